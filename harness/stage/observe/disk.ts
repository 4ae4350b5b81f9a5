/**
 * The machine's disk: what was written before is on it before anything is measured, and while something is measured, how long it keeps a
 * small write waiting, asked ten times a second: a database can commit no faster than that.
 */
import { execFile } from 'node:child_process';
import { readdirSync, readFileSync } from 'node:fs';
import { open } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { clockMs } from '../../evidence/journal.ts';
import type { Sample } from '../../evidence/records.ts';
import { familyOf } from '../../process/family.ts';
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
    return [{ at: clockMs(), metric: 'disk_sync_ms', labels: { instance: 'machine' }, value }];
  };
}

const sectorBytes = 512;

/**
 * Each call gives `disk_written_bytes` since the call before: `by: system` by what this run started (the harness and the generator
 * too), `by: others` the rest of what the disks wrote. A process counts when it hands bytes over, a disk when it writes them, so one
 * second may be shifted against the other. Nothing where there is no /proc.
 */
export function diskWriters(): () => Sample[] {
  let before = { disks: disksWrote(), own: ownWrote() };
  return () => {
    const now = { disks: disksWrote(), own: ownWrote() };
    let system = 0;
    for (const [pid, bytes] of now.own) system += Math.max(0, bytes - (before.own.get(pid) ?? 0));
    const all = now.disks === undefined || before.disks === undefined ? undefined : now.disks - before.disks;
    before = now;
    if (all === undefined || now.own.size === 0) return [];
    const at = clockMs();
    const sample = (by: string, value: number): Sample => ({
      at,
      metric: 'disk_written_bytes',
      labels: { instance: 'machine', by },
      value,
    });
    return [sample('system', system), sample('others', Math.max(0, all - system))];
  };
}

/** Whole disks only: their parts and what is stacked on them would count the same bytes again. */
function disksWrote(): number | undefined {
  try {
    const whole = new Set(readdirSync('/sys/block').filter((name) => !/^(loop|ram|zram|dm-|md)/.test(name)));
    let sectors = 0;
    for (const line of readFileSync('/proc/diskstats', 'utf8').split('\n')) {
      const fields = line.trim().split(/\s+/);
      if (whole.has(fields[2] ?? '')) sectors += Number(fields[9]);
    }
    return sectors * sectorBytes;
  } catch {
    return undefined;
  }
}

function ownWrote(): Map<number, number> {
  const bytes = new Map<number, number>();
  for (const pid of [process.pid, ...familyOf(process.pid).map((one) => one.pid)]) {
    try {
      const written = /^write_bytes: (\d+)$/m.exec(readFileSync(`/proc/${pid}/io`, 'utf8'))?.[1];
      if (written !== undefined) bytes.set(pid, Number(written));
    } catch {
      // It ended a moment ago, is another user's, or there is no /proc.
    }
  }
  return bytes;
}
