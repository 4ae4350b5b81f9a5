/**
 * How busy the machine is, and with whom: a run that shared its cores with strangers measured the strangers too. What the
 * system and the generator need themselves is no excuse, so the two are told apart.
 */
import { readFileSync } from 'node:fs';
import { cpus } from 'node:os';
import { clockMs } from '../../evidence/journal.ts';
import type { Sample } from '../../evidence/records.ts';
import { familyOf } from '../../process/family.ts';

/** Linux counts CPU time of processes in ticks of 10 ms (USER_HZ). */
const tickMs = 10;

/**
 * Each call gives shares of the CPU time of all cores since the call before, 0 to 1: `machine_cpu_ratio` (not idle) and
 * `foreign_cpu_ratio` (taken by processes that this run did not start; only where there is a /proc).
 */
export function machineSampler(): () => Sample[] {
  let before = { machine: times(), own: ownTicks() };
  return () => {
    const now = { machine: times(), own: ownTicks() };
    const totalMs = now.machine.totalMs - before.machine.totalMs;
    const busyMs = now.machine.busyMs - before.machine.busyMs;
    let ownMs = 0;
    for (const [pid, ticks] of now.own) ownMs += (ticks - (before.own.get(pid) ?? 0)) * tickMs;
    before = now;
    if (totalMs <= 0) return [];
    const at = clockMs();
    const sample = (metric: string, value: number): Sample => ({ at, metric, labels: { instance: 'machine' }, value });
    return [
      sample('machine_cpu_ratio', busyMs / totalMs),
      ...(now.own.size > 0 ? [sample('foreign_cpu_ratio', Math.max(0, busyMs - ownMs) / totalMs)] : []),
    ];
  };
}

function times(): { readonly busyMs: number; readonly totalMs: number } {
  let busyMs = 0;
  let idleMs = 0;
  for (const { times: t } of cpus()) {
    busyMs += t.user + t.nice + t.sys + t.irq;
    idleMs += t.idle;
  }
  return { busyMs, totalMs: busyMs + idleMs };
}

/** User and system ticks of this process and all it brought forth, by pid. */
function ownTicks(): Map<number, number> {
  const ticks = new Map<number, number>();
  for (const pid of [process.pid, ...familyOf(process.pid).map((one) => one.pid)]) {
    try {
      // The name in parentheses may hold spaces; fields 14 and 15 are the 12th and 13th after it.
      const fields = readFileSync(`/proc/${pid}/stat`, 'utf8').split(') ').at(-1)?.split(' ') ?? [];
      ticks.set(pid, Number(fields[11]) + Number(fields[12]));
    } catch {
      // It ended a moment ago, or there is no /proc.
    }
  }
  return ticks;
}
