/** How long the machine's disk keeps a small write waiting, asked ten times a second: a database can commit no faster than that. */
import { open } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { clockMs } from '../evidence/journal.ts';
import type { Sample } from '../evidence/records.ts';
import type { Scope } from '../process/scope.ts';

const pauseMs = 100;
const block = Buffer.alloc(4096);

/** Each call gives `disk_sync_ms`: the longest of the probe's writes since the call before, one under way included. */
export async function diskSampler(scope: Scope, folder: string): Promise<() => Sample[]> {
  const file = await open(join(folder, 'disk-probe'), 'w');
  let startedAt: number | undefined;
  let longestMs = 0;
  let stopping = false;
  const probing = (async () => {
    while (!stopping) {
      startedAt = performance.now();
      await file.write(block, 0, block.length, 0);
      await file.datasync();
      longestMs = Math.max(longestMs, performance.now() - startedAt);
      startedAt = undefined;
      await sleep(pauseMs);
    }
  })();
  // A full disk ends the probe and nothing else: the parts will say so themselves.
  probing.catch(() => (startedAt = undefined));
  scope.defer('stop the disk probe', async () => {
    stopping = true;
    await Promise.allSettled([probing]);
    await file.close();
  });
  return () => {
    const underWayMs = startedAt === undefined ? 0 : performance.now() - startedAt;
    const value = Math.max(longestMs, underWayMs);
    longestMs = 0;
    return [{ at: clockMs(), metric: 'disk_sync_ms', labels: {}, value }];
  };
}
