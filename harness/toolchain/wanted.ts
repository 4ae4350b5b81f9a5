/** The pinned versions, in one table. `make` is what gets built or fetched; `accept` is what a found one must satisfy. */
import type { ToolName } from './tool.ts';

export interface Wanted {
  readonly make: string;
  /** `1.18.2` is exact, `1.8.x` any patch of 1.8, `>=15` that or newer. */
  readonly accept: string;
}

export const wanted: Readonly<Record<ToolName, Wanted>> = {
  daprd: { make: '1.18.2', accept: '1.18.2' },
  kafka: { make: '4.1.1', accept: '4.1.x' },
  postgres: { make: '18.4', accept: '>=15' },
  // Which patch of 6.2 depends on the package and the platform; the cache remembers what the built one says.
  redis: { make: '6.2', accept: '>=6.2' },
  k6: { make: '1.8.1', accept: '1.8.x' },
  zipkin: { make: '3.5.1', accept: '3.x' },
  // Packagers decide which one there is; 110 is the first whose new headless mode draws what a person would see.
  chromium: { make: '110', accept: '>=110' },
};

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
