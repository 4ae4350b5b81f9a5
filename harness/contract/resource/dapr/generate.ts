/**
 * Writes crds.json and components.json from the source of daprd at the pinned version. Run it when the pin changes:
 * `node harness/contract/resource/dapr/generate.ts`; it fetches nothing that `go mod download` has not put into the module cache.
 */
import { execFileSync } from 'node:child_process';
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { format } from 'prettier';
import { daprdVersion } from '../../../toolchain/daprd.ts';
import { tableOfComponents } from './from-contrib.ts';
import { schemasOfResources } from './from-crds.ts';

const cache = execFileSync('go', ['env', 'GOMODCACHE'], { encoding: 'utf8' }).trim();
const dapr = join(cache, 'github.com', 'dapr', `dapr@v${daprdVersion}`);
if (!existsSync(dapr)) throw new Error(`${dapr} is missing. Try: go mod download github.com/dapr/dapr@v${daprdVersion}`);
// The version that daprd itself is built with, not the newest.
const [, contribVersion] = /components-contrib (v\S+)/.exec(readFileSync(join(dapr, 'go.mod'), 'utf8')) ?? [];
const contrib = join(cache, 'github.com', 'dapr', `components-contrib@${contribVersion}`);
if (!existsSync(contrib))
  throw new Error(`${contrib} is missing. Try: go mod download github.com/dapr/components-contrib@${contribVersion}`);

await write('crds.json', {
  source: `dapr v${daprdVersion}, charts/dapr/crds`,
  resources: schemasOfResources(join(dapr, 'charts', 'dapr', 'crds')),
});
await write('components.json', {
  source: `components-contrib ${contribVersion}, metadata.yaml and source; registered as in dapr v${daprdVersion}`,
  components: tableOfComponents(contrib, join(dapr, 'cmd', 'daprd', 'components')),
});

async function write(name: string, value: unknown): Promise<void> {
  const text = await format(JSON.stringify(value), { parser: 'json', printWidth: 130 });
  writeFileSync(join(import.meta.dirname, name), text);
  process.stdout.write(`${name}: ${text.length} characters\n`);
}
