import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { appendFileSync, existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from '@jest/globals';
import { allPids } from '../../../harness/process/family.ts';
import { childrenIn, fixture, lives, untilTrue } from './scene.ts';

/** The watchdog of a harness is the process with that harness' list as its argument. */
function watchdogsOf(pid: number): number[] {
  return allPids().filter((one) => {
    try {
      return readFileSync(`/proc/${one}/cmdline`, 'utf8').includes(`plumbline-reap-${pid}-`);
    } catch {
      return false;
    }
  });
}

/** Bit 0 of the caught signals. Node itself catches SIGINT and SIGTERM (and dies), but leaves SIGHUP to its program. */
const catchesSighup = (pid: number) =>
  (BigInt(`0x${/^SigCgt:\s+(\w+)/m.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))?.[1]}`) & 1n) !== 0n;

async function startHarness() {
  // A group of its own, to press Ctrl-C on.
  const harness = spawn(process.execPath, [fixture('harness.ts')], { stdio: ['pipe', 'pipe', 'inherit'], detached: true });
  const { folder, pid } = JSON.parse(String((await once(harness.stdout, 'data'))[0])) as { folder: string; pid: number };
  const children = await childrenIn(() => readFileSync(join(folder, 'family.log'), 'utf8'));
  const [watchdog] = watchdogsOf(harness.pid as number) as [number];
  await untilTrue('the watchdog catches signals', () => catchesSighup(watchdog));
  const list = readFileSync(`/proc/${watchdog}/cmdline`, 'utf8').split('\0')[2] as string;
  return { harness, folder, family: [pid, ...children], watchdog, list };
}

describe('the watchdog', () => {
  for (const signal of ['SIGKILL', 'SIGINT'] as const) {
    it(`leaves nothing of a harness that ended by ${signal} to its whole group`, async () => {
      const { harness, folder, family, watchdog, list } = await startHarness();
      expect([...family, watchdog].every(lives)).toBe(true);
      process.kill(-(harness.pid as number), signal);
      await untilTrue('the family is gone', () => !family.some(lives));
      await untilTrue('the folder is gone', () => !existsSync(folder));
      await untilTrue('the watchdog is gone', () => !lives(watchdog));
      expect(existsSync(list)).toBe(false);
    });
  }

  it('survives signals that are not for it, and ends by itself after an orderly end', async () => {
    const { harness, folder, family, watchdog, list } = await startHarness();
    for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.kill(watchdog, signal);
    const ended = once(harness, 'exit');
    harness.stdin.write('close\n');
    expect((await ended)[0]).toBe(0);
    expect(family.filter(lives)).toEqual([]);
    expect(existsSync(folder)).toBe(false);
    await untilTrue('the watchdog is gone', () => !lives(watchdog));
    // It removes its list as the last thing: had a signal killed it, the list would still be there.
    expect(existsSync(list)).toBe(false);
  });

  it('spares a process that has the pid of one long gone', async () => {
    const { harness, watchdog, list, family } = await startHarness();
    const bystander = spawn(process.execPath, [fixture('forever.mjs')], { stdio: 'ignore', detached: true });
    await once(bystander, 'spawn');
    appendFileSync(list, `+${bystander.pid} 1\n`);
    harness.kill('SIGKILL');
    await untilTrue('the watchdog is gone', () => !lives(watchdog));
    expect(family.filter(lives)).toEqual([]);
    expect(lives(bystander.pid as number)).toBe(true);
    bystander.kill('SIGKILL');
  });
});
