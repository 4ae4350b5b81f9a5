/**
 * The machine's disk: what was written before is on it before anything is measured, and while something is measured, how long it keeps a
 * small write waiting, asked ten times a second: a database can commit no faster than that.
 */
import { execFile } from 'node:child_process';
import { open } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { clockMs } from '../../evidence/journal.ts';
import type { Sample } from '../../evidence/records.ts';
import type { Scope } from '../../process/scope.ts';

/**
 * After a build or an installation, gigabytes wait for the disk, and every commit behind them. Resolves when they are written, or
 * after `giveUpMs`; says so only when it took long. Where there is no `sync`, at once.
 */
export async function flushDisk(say: (text: string) => void, giveUpMs = 60_000): Promise<void> {
  const startedAt = performance.now();
  // One that the disk holds can't be ended: then nobody waits for it any more.
  await Promise.race([
    new Promise<void>((done) => execFile('sync', { timeout: giveUpMs }, () => done())),
    sleep(giveUpMs, undefined, { ref: false }),
  ]);
  const seconds = (performance.now() - startedAt) / 1000;
  if (seconds > 1) say(`waited ${seconds.toFixed(1)} s until what was written before was on the disk`);
}

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
