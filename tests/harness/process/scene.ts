/** A folder and a scope per test, and questions to the machine that the code under test does not answer itself. */
import { readFileSync } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { openScope, type Scope } from '../../../harness/process/scope.ts';
import type { SpawnOptions } from '../../../harness/process/spawn.ts';
import { until } from '../../../harness/process/until.ts';

export const fixture = (name: string) => join(import.meta.dirname, 'fixtures', name);

export async function inScope(act: (scope: Scope, folder: string) => Promise<void>): Promise<void> {
  const folder = await mkdtemp(join(tmpdir(), 'plumbline-test-'));
  const scope = openScope({ title: 'test' });
  try {
    await act(scope, folder);
  } finally {
    await scope.close();
    await rm(folder, { recursive: true });
  }
}

export const program = (name: string, folder: string, env: Record<string, string> = {}): SpawnOptions => ({
  title: name,
  command: process.execPath,
  args: [fixture(name)],
  cwd: folder,
  env,
  logFile: join(folder, `${name}.log`),
});

/** Its own reading of /proc, so that a fault in `family.ts` can't hide from its own tests. */
export function lives(pid: number): boolean {
  try {
    return !/^State:\s+[ZX]/m.test(readFileSync(`/proc/${pid}/status`, 'utf8'));
  } catch {
    return false;
  }
}

export const untilTrue = (title: string, fact: () => boolean) =>
  until(title, () => (fact() ? true : undefined), { everyMs: 10, giveUpMs: 10_000 });

/** The pids a fixture printed as `children 12 13`. */
export const childrenIn = (log: () => string): Promise<number[]> =>
  until('children printed', () => /^children (.+)$/m.exec(log())?.[1]?.split(' ').map(Number), { everyMs: 10, giveUpMs: 10_000 });
