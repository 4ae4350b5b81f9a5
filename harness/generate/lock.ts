/**
 * `package-lock.json` without the engines of what it installs. npm holds them against the Node that runs npm, which here only installs:
 * everything runs on the Node 24 that comes as a package. Held against the wrong one they warn of packages that are fine, and, worse, npm
 * leaves out without a word an optional native part whose engines refuse it.
 */
import { fileURLToPath } from 'node:url';

export const lockFile = fileURLToPath(new URL('../../package-lock.json', import.meta.url));

interface Lock {
  readonly packages: Readonly<Record<string, { readonly engines?: unknown }>>;
}

export function withoutEngines(text: string): string {
  const lock = JSON.parse(text) as Lock;
  const packages = Object.entries(lock.packages).map(([path, one]) => {
    const { engines: _engines, ...rest } = one;
    // Our own stay: they say what npm and its Node must be able to do.
    return [path, path === '' ? one : rest] as const;
  });
  return `${JSON.stringify({ ...lock, packages: Object.fromEntries(packages) }, null, 2)}\n`;
}
