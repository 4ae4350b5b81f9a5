/** A copy of the orders as a project outside of this repository, which has it as its package, in a folder with a name that shells stumble over. */
import { cpSync, mkdirSync, readdirSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { join, resolve } from 'node:path';

const repository = resolve(import.meta.dirname, '../..');

/** With its check alone, so that its verify suite is one experiment of seconds. The package is linked, as `npm link` does. */
export function projectOutside(below: string): string {
  const root = join(below, "somebody's shop");
  cpSync(join(repository, 'tests/byo/orders'), root, { recursive: true });
  for (const folder of ['load', 'chaos']) rmSync(join(root, folder), { recursive: true });
  const checks = join(root, 'tests/contracts');
  for (const name of readdirSync(checks)) {
    const text = readFileSync(join(checks, name), 'utf8');
    const own = text
      .replace('#harness/experiment.ts', 'plumbline/experiment')
      .replace(/#harness\/workload\/(\w+)\.ts/g, 'plumbline/workload/$1');
    writeFileSync(join(checks, name), own);
  }
  writeFileSync(join(root, 'package.json'), JSON.stringify({ name: 'shop', private: true, type: 'module' }));
  const packages = join(root, 'node_modules');
  mkdirSync(join(packages, '.bin'), { recursive: true });
  symlinkSync(repository, join(packages, 'plumbline'));
  symlinkSync(join(repository, 'node_modules/postgres'), join(packages, 'postgres'));
  symlinkSync('../plumbline/harness/cli.ts', join(packages, '.bin/plumbline'));
  return root;
}
