/** daprd, built from its own module with only the components that a project uses: half the time, size and memory of all of them. */
import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { chmod, cp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { ask } from './command.ts';
import { compileAlone, goEnv } from './go.ts';
import { executable, homeOf, onPath } from './places.ts';
import type { Recipe, Work } from './recipe.ts';

/** Which Dapr all of this is about: its resources are described from the same one. */
export const daprdVersion = '1.18.2';

/** What costs next to nothing and lets a sidecar run anywhere: names, secrets, and brokers and stores in memory. */
const always = [
  'nameresolution.mdns',
  'nameresolution.sqlite',
  'pubsub.in-memory',
  'secretstores.local.env',
  'secretstores.local.file',
  'state.in-memory',
];

/** In the made folder: the component types that it was built with, as JSON. */
const listFile = 'components.json';

/** With these types of components (`pubsub.kafka`), and the few that are always there. */
export function daprdWith(types: readonly string[]): Recipe {
  const wantedTypes = [...new Set([...always, ...types])].sort();
  return {
    name: 'daprd',
    wanted: { make: daprdVersion, accept: daprdVersion },
    variable: 'PLUMBLINE_DAPRD',
    shape: 'a daprd executable',
    flavour: `components-${createHash('sha256').update(wantedTypes.join()).digest('hex').slice(0, 8)}`,
    product: 'daprd',
    aboutS: 240,
    aboutMb: 3_000,
    candidates: (env) => [
      ...onPath('daprd', env).map((path) => ({ path, from: 'PATH' })),
      ...[join(homeOf(env), '.dapr', 'bin', 'daprd')].filter(executable).map((path) => ({ path, from: '~/.dapr/bin' })),
    ],
    version: async (path, signal) => (await ask(path, ['--version'], { signal })).trim(),
    // One that was built for a project with more components is as good.
    serves: (folder) => wantedTypes.every((type) => builtWith(folder).includes(type)),
    ways: [{ title: `build daprd ${daprdVersion}`, needs: ['go'], build: (work) => build(work, wantedTypes) }],
  };
}

function builtWith(folder: string): readonly string[] {
  try {
    return JSON.parse(readFileSync(join(folder, listFile), 'utf8')) as string[];
  } catch {
    return [];
  }
}

async function build({ into, scratch, run, step }: Work, types: readonly string[]): Promise<void> {
  step('fetching its source');
  const answer = await run('go', ['mod', 'download', '-json', `github.com/dapr/dapr@v${daprdVersion}`], { env: goEnv });
  const { Dir: module } = JSON.parse(answer) as { Dir: string };

  // A copy, because Go refuses overlays beneath its module cache, and that cache must stay as it is.
  const source = join(scratch, 'dapr');
  await cp(module, source, { recursive: true });
  const components = join(source, 'cmd', 'daprd', 'components');
  await chmod(components, 0o755);
  await dropOthers(components, types);
  await writable(source);

  const target = ['-tags', 'allcomponents', './cmd/daprd'];
  step('fetching its modules');
  // `go list -deps` fetches what this flavour needs; `go mod download` would fetch every component's client library.
  await run('go', ['list', '-deps', '-f', '{{if .Error}}{{.Error}}{{end}}', ...target], { cwd: source, env: goEnv });
  await compileAlone(step, () => {
    step('compiling');
    const flags = `-s -w -X github.com/dapr/dapr/pkg/buildinfo.version=${daprdVersion}`;
    return run('go', ['build', '-trimpath', '-ldflags', flags, '-o', join(into, 'daprd'), ...target], {
      cwd: source,
      env: goEnv,
    });
  });
  await writeFile(join(into, listFile), JSON.stringify(types));
}

/** Leaves the files that register one of the types; a file says in its name which kind of component it registers, and under which words. */
async function dropOthers(components: string, types: readonly string[]): Promise<void> {
  const left = new Set(types);
  for (const file of await readdir(components)) {
    const source = await readFile(join(components, file), 'utf8');
    const kind = /^middleware_http_/.test(file) ? 'middleware.http' : file.split('_')[0];
    const registered = [...source.slice(source.indexOf('func init()')).matchAll(/"([a-z0-9.-]+)"/gi)].map(
      ([, name]) => `${kind}.${name}`,
    );
    const used = registered.filter((type) => types.includes(type));
    for (const type of used) left.delete(type);
    // Without tags, this one says in a sentence what was forgotten.
    if (used.length === 0 && file !== 'zz_notag.go') await rm(join(components, file));
  }
  if (left.size > 0) throw new Error(`dapr ${daprdVersion} has no component ${[...left].join(', ')}`);
}

/** The module cache is read-only and so is a copy of it; without this only root could remove the copy again. */
async function writable(folder: string): Promise<void> {
  await chmod(folder, 0o755);
  for (const entry of await readdir(folder, { withFileTypes: true }))
    if (entry.isDirectory()) await writable(join(folder, entry.name));
}
