/**
 * A process and all it brought forth, read from /proc. A process group is not enough: each backend of Postgres is the leader
 * of a session of its own. Where there is no /proc (macOS), the group is all we see.
 */
import { readdirSync, readFileSync } from 'node:fs';

export interface Relative {
  readonly pid: number;
  readonly parent: number;
  readonly group: number;
  /** Clock ticks since boot; with the pid it names a process for good, for pids are used again. */
  readonly startTicks: string;
  readonly state: string;
}

/** `undefined` when there is no such process, or no /proc. */
export function processAt(pid: number): Relative | undefined {
  let stat: string;
  try {
    stat = readFileSync(`/proc/${pid}/stat`, 'utf8');
  } catch {
    return undefined;
  }
  // The command's name is in parentheses and may hold spaces and parentheses itself.
  const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
  return {
    pid,
    state: fields[0] as string,
    parent: Number(fields[1]),
    group: Number(fields[2]),
    startTicks: fields[19] as string,
  };
}

export function allPids(): number[] {
  try {
    return readdirSync('/proc')
      .filter((name) => /^\d+$/.test(name))
      .map(Number);
  } catch {
    return [];
  }
}

/** `leader`, the living members of the group it leads, and all their descendants, whatever group those are in. */
export function familyOf(leader: number): Relative[] {
  const all = allPids().flatMap((pid) => processAt(pid) ?? []);
  const family = new Map<number, Relative>();
  for (const one of all) if (one.group === leader || one.pid === leader) family.set(one.pid, one);
  for (let grew = true; grew;) {
    grew = false;
    for (const one of all) {
      if (!family.has(one.parent) || family.has(one.pid)) continue;
      family.set(one.pid, one);
      grew = true;
    }
  }
  return [...family.values()].filter(({ state }) => state !== 'Z');
}

/** The very same process is still running; a zombie is not. */
export function isRunning({ pid, startTicks }: Pick<Relative, 'pid' | 'startTicks'>): boolean {
  const now = processAt(pid);
  return now !== undefined && now.startTicks === startTicks && now.state !== 'Z';
}

/** Whether anybody is left in the group. A zombie whose parent never reaps it doesn't count. */
export function isGroupRunning(leader: number): boolean {
  if (!signalTo(-leader, 0)) return false;
  const pids = allPids();
  if (pids.length === 0) return true;
  return pids.some((pid) => {
    const one = processAt(pid);
    return one?.group === leader && one.state !== 'Z';
  });
}

/** False when there is nobody to signal. */
export function signalTo(pid: number, signal: NodeJS.Signals | 0): boolean {
  try {
    process.kill(pid, signal);
    return true;
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'EPERM';
  }
}

/** SIGKILL for a whole family. The leader stands still first, so that nobody is born between the look and the blow. */
export function killFamily(leader: number): Relative[] {
  signalTo(-leader, 'SIGSTOP');
  const family = familyOf(leader);
  signalTo(-leader, 'SIGKILL');
  for (const one of family) if (one.group !== leader && isRunning(one)) signalTo(one.pid, 'SIGKILL');
  return family;
}
