/**
 * Ports that stay ours for as long as a scope. A port found free by binding is free for a moment only, so each claim is a
 * lock file that every other harness process on this machine respects; and all lie below the ephemeral range, else an
 * outgoing connection could sit on one while its owner is being revived.
 */
import { randomInt, randomUUID } from 'node:crypto';
import { chmodSync, linkSync, mkdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { isRunning, processAt, signalTo } from './family.ts';
import { ownerOf } from './port-owner.ts';
import type { Scope } from './scope.ts';

const lowest = 15_000;
const attemptsMax = 2_000;

/** `count` different ports that nobody listens on, until the scope closes. */
export async function claimPorts(scope: Scope, count: number): Promise<number[]> {
  const end = Math.min(ephemeralStart(), 32_768);
  const ports = new Set<number>();
  // Also while a port is being tried: the scope may close in that moment.
  const letGo = (port: number) => {
    if (ports.delete(port)) release(port);
  };
  scope.defer(`release ${count} ports`, async () => ports.forEach(letGo));
  let port = randomInt(lowest, end);
  for (let attempts = 0; ports.size < count; attempts += 1) {
    if (attempts === attemptsMax)
      throw new Error(`NO_PORTS: ${attemptsMax} ports between ${lowest} and ${end} are taken. Stop other runs`);
    port = port + 1 < end ? port + 1 : lowest;
    if (lock(port) !== 'ours') continue;
    ports.add(port);
    if (!(await isFree(port))) letGo(port);
    scope.signal.throwIfAborted();
  }
  return [...ports];
}

/** That very port, or an error that names who has it. `purpose` is what it is for: `backend`. */
export async function claimPort(scope: Scope, port: number, purpose: string): Promise<number> {
  let isOurs = false;
  scope.defer(`release port ${port}`, async () => {
    if (isOurs) release(port);
  });
  const claimed = lock(port);
  isOurs = claimed === 'ours';
  if (!isOurs) throw portTaken(port, purpose, `claimed by another run of the harness, pid ${claimed}`);
  if (!(await isFree(port))) throw portTaken(port, purpose, `in use by ${ownerOf(port) ?? 'another process'}`);
  return port;
}

const portTaken = (port: number, purpose: string, why: string) =>
  new Error(`PORT_TAKEN: port ${port} (${purpose}) is ${why}. Stop it, or give ${purpose} another port`);

/** `ours`, or the pid of who holds it. */
function lock(port: number): 'ours' | number {
  const folder = locksFolder();
  const path = join(folder, String(port));
  // Written elsewhere and linked: nobody ever reads a lock without its pid.
  const draft = join(folder, `draft-${randomUUID()}`);
  writeFileSync(draft, `${process.pid} ${processAt(process.pid)?.startTicks ?? ''}`, { flag: 'wx' });
  try {
    for (;;) {
      try {
        linkSync(draft, path);
        return 'ours';
      } catch (error) {
        if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw error;
      }
      const holder = liveHolder(path);
      if (holder !== undefined) return holder;
      discardStale(path, join(folder, `stale-${randomUUID()}`));
    }
  } finally {
    rmSync(draft, { force: true });
  }
}

/** The pid in a lock file whose process still runs. */
function liveHolder(path: string): number | undefined {
  let words: string[];
  try {
    words = readFileSync(path, 'utf8').split(' ');
  } catch {
    return undefined;
  }
  const [pid, startTicks] = [Number(words[0]), words[1]];
  const lives = startTicks ? isRunning({ pid, startTicks }) : signalTo(pid, 0);
  return lives ? pid : undefined;
}

/** Renamed first: of two who find it stale only one gets it, and a fresh lock caught by mistake is put back. */
function discardStale(path: string, aside: string): void {
  try {
    renameSync(path, aside);
  } catch {
    return;
  }
  try {
    if (liveHolder(aside) !== undefined) linkSync(aside, path);
  } catch {
    // Someone else linked theirs in between: binding the port decides between the two.
  }
  rmSync(aside, { force: true });
}

const release = (port: number) => rmSync(join(locksFolder(), String(port)), { force: true });

function locksFolder(): string {
  const folder = join(tmpdir(), 'plumbline-ports');
  if (mkdirSync(folder, { recursive: true })) chmodSync(folder, 0o1777);
  return folder;
}

function isFree(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const server = createServer();
    server.once('error', () => resolve(false));
    server.listen({ port, host: '127.0.0.1', exclusive: true }, () => server.close(() => resolve(true)));
  });
}

function ephemeralStart(): number {
  try {
    return Number(readFileSync('/proc/sys/net/ipv4/ip_local_port_range', 'utf8').trim().split(/\s+/)[0]);
  } catch {
    return 32_768;
  }
}
