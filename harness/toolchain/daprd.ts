/** daprd, built from its own module with only the components this system uses: half the time, size and memory of all of them. */
import { createHash } from 'node:crypto';
import { chmod, cp, readdir, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { ask } from './command.ts';
import { compileAlone, goEnv } from './go.ts';
import { executable, homeOf, onPath } from './places.ts';
import type { Recipe, Work } from './recipe.ts';
import { wanted } from './wanted.ts';

const version = wanted.daprd.make;

/** Files of `cmd/daprd/components` that stay. Add one here and the flavour, with it the place in the cache, changes. */
const kept = [
  'bindings_cron',
  'nameresolution_mdns',
  'nameresolution_sqlite',
  'pubsub_in-memory',
  'pubsub_kafka',
  'secretstores_local_env',
  'secretstores_local_file',
  'state_in-memory',
  'state_postgres',
  'state_redis',
  'zz_notag',
];

export const daprd: Recipe = {
  name: 'daprd',
  variable: 'PLUMBLINE_DAPRD',
  shape: 'a daprd executable',
  flavour: `todo-components-${createHash('sha256').update(kept.join()).digest('hex').slice(0, 8)}`,
  product: 'daprd',
  aboutS: 240,
  aboutMb: 3_000,
  candidates: (env) => [
    ...onPath('daprd', env).map((path) => ({ path, from: 'PATH' })),
    ...[join(homeOf(env), '.dapr', 'bin', 'daprd')].filter(executable).map((path) => ({ path, from: '~/.dapr/bin' })),
  ],
  version: async (path, signal) => (await ask(path, ['--version'], { signal })).trim(),
  ways: [{ title: `build daprd ${version}`, needs: ['go'], build }],
};

async function build({ into, scratch, run, step }: Work): Promise<void> {
  step('fetching its source');
  const answer = await run('go', ['mod', 'download', '-json', `github.com/dapr/dapr@v${version}`], { env: goEnv });
  const { Dir: module } = JSON.parse(answer) as { Dir: string };

  // A copy, because Go refuses overlays beneath its module cache, and that cache must stay as it is.
  const source = join(scratch, 'dapr');
  await cp(module, source, { recursive: true });
  const components = join(source, 'cmd', 'daprd', 'components');
  await chmod(components, 0o755);
  await dropOthers(components);
  await writable(source);

  const target = ['-tags', 'allcomponents', './cmd/daprd'];
  step('fetching its modules');
  // `go list -deps` fetches what this flavour needs; `go mod download` would fetch every component's client library.
  await run('go', ['list', '-deps', '-f', '{{if .Error}}{{.Error}}{{end}}', ...target], { cwd: source, env: goEnv });
  await compileAlone(step, () => {
    step('compiling');
    const flags = `-s -w -X github.com/dapr/dapr/pkg/buildinfo.version=${version}`;
    return run('go', ['build', '-trimpath', '-ldflags', flags, '-o', join(into, 'daprd'), ...target], {
      cwd: source,
      env: goEnv,
    });
  });
}

async function dropOthers(components: string): Promise<void> {
  const present = await readdir(components);
  const lost = kept.filter((name) => !present.includes(`${name}.go`));
  if (lost.length > 0) throw new Error(`dapr ${version} has no component file ${lost.join(', ')}`);
  for (const file of present) if (!kept.includes(file.replace(/\.go$/, ''))) await rm(join(components, file));
}

/** The module cache is read-only and so is a copy of it; without this only root could remove the copy again. */
async function writable(folder: string): Promise<void> {
  await chmod(folder, 0o755);
  for (const entry of await readdir(folder, { withFileTypes: true }))
    if (entry.isDirectory()) await writable(join(folder, entry.name));
}
