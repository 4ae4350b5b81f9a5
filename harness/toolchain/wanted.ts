/** Versions: which one of a tool is wanted, and whether a found one will do. */

export interface Wanted {
  /** What gets built or fetched. */
  readonly make: string;
  /** What a found one must satisfy: `1.18.2` is exact, `1.8.x` any patch of 1.8, `>=15` that or newer. */
  readonly accept: string;
}

export function fits(version: string, accept: string): boolean {
  if (accept.startsWith('>=')) return atLeast(version, accept.slice(2));
  if (accept.endsWith('.x')) return version === accept.slice(0, -2) || version.startsWith(accept.slice(0, -1));
  return version === accept;
}

/** Numbers, not text: 10.1 is newer than 9.2. A part that is no number counts as 0. */
export function atLeast(version: string, least: string): boolean {
  const have = version.split('.').map((part) => Number.parseInt(part, 10) || 0);
  const need = least.split('.').map((part) => Number.parseInt(part, 10) || 0);
  for (const [place, number] of need.entries()) {
    const difference = (have[place] ?? 0) - number;
    if (difference !== 0) return difference > 0;
  }
  return true;
}
