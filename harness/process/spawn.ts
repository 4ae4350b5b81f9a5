/** One child process, its group and its log. Everything in the harness that runs was started here. */
import { spawn } from 'node:child_process';
import { closeSync, existsSync, fstatSync, mkdirSync, openSync, readSync } from 'node:fs';
import { dirname } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { familyOf, isGroupRunning, isRunning, killFamily, processAt, type Relative, signalTo } from './family.ts';
import { watch, watchGroup } from './reaper.ts';

export interface SpawnOptions {
  readonly title: string;
  readonly command: string;
  readonly args: readonly string[];
  readonly cwd: string;
  /** All it gets, but for PATH, HOME and LANG: what else is in our environment must not change a measurement. */
  readonly env: Readonly<Record<string, string>>;
  /** stdout and stderr, appended by the child itself: a busy harness never slows a chatty service down. */
  readonly logFile: string;
  readonly uid?: number;
  readonly gid?: number;
}

export interface Exit {
  readonly code: number | null;
  readonly signal: NodeJS.Signals | null;
  readonly reason: 'stopped by us' | 'killed by us' | 'crashed';
  readonly logTail: string;
}

export interface StopOptions {
  /** After that long: SIGKILL. */
  readonly graceMs: number;
  readonly signal?: NodeJS.Signals;
}

export interface RunningProcess {
  readonly title: string;
  readonly pid: number;
  readonly logFile: string;
  /** When the process itself ended, for whatever reason. */
  readonly exited: Promise<Exit>;
  /** Both resolve when the process and all it brought forth are gone; both are fine when it ended long ago. */
  stop(options: StopOptions): Promise<Exit>;
  kill(): Promise<Exit>;
  /** SIGSTOP for the whole family; resolves when the process stands still. */
  pause(): Promise<void>;
  resume(): Promise<void>;
  logTail(): string;
}

const pollMs = 10;

export async function spawnProcess(options: SpawnOptions): Promise<RunningProcess> {
  const { title, command, args, cwd, env, logFile, uid, gid } = options;
  watch();
  mkdirSync(dirname(logFile), { recursive: true });
  const log = openSync(logFile, 'a');
  const child = spawn(command, args, {
    cwd,
    env: { ...inherited(), ...env },
    stdio: ['ignore', log, log],
    detached: true,
    ...(uid !== undefined && { uid }),
    ...(gid !== undefined && { gid }),
  });
  const pid = child.pid;
  const unwatch = pid === undefined ? () => {} : watchGroup(pid);
  closeSync(log);

  let reason: Exit['reason'] = 'crashed';
  const logTail = () => tailOf(logFile);
  const exited = Promise.withResolvers<Exit>();
  const gone = Promise.withResolvers<void>();
  let isGone = false;
  /** Seen before a signal, for those whose parent dies before we look again. */
  const relatives = new Map<number, Relative>();
  const remember = (family: readonly Relative[]) => {
    for (const one of family) relatives.set(one.pid, one);
  };

  child.once('exit', async (code, signal) => {
    exited.resolve({ code, signal, reason, logTail: logTail() });
    // Whoever crashed can't end its children in order any more.
    if (reason === 'crashed' && pid !== undefined) remember(killFamily(pid));
    while ([...relatives.values()].some(isRunning) || isGroupRunning(pid as number)) await sleep(pollMs);
    isGone = true;
    unwatch();
    gone.resolve();
  });
  await new Promise<void>((resolve, reject) => {
    child.once('spawn', resolve);
    child.once('error', (error) => reject(spawnFailed(options, error)));
  });

  const leader = pid as number;
  // A zombie has ended too: Node only has not heard of it yet.
  const hasEnded = () => child.exitCode !== null || child.signalCode !== null || processAt(leader)?.state === 'Z';
  const killNow = () => {
    if (isGone) return;
    if (!hasEnded()) reason = 'killed by us';
    remember(killFamily(leader));
    for (const one of relatives.values()) if (isRunning(one)) signalTo(one.pid, 'SIGKILL');
  };
  const kill = async () => {
    killNow();
    await gone.promise;
    return exited.promise;
  };

  return {
    title,
    pid: leader,
    logFile,
    exited: exited.promise,
    logTail,
    kill,
    async stop({ graceMs, signal = 'SIGTERM' }) {
      if (!hasEnded()) {
        reason = 'stopped by us';
        const family = familyOf(leader);
        remember(family);
        signalTo(-leader, signal);
        // Someone may have paused it: the signal waits until it goes on.
        wake(leader, family);
      }
      const timer = setTimeout(killNow, graceMs);
      await gone.promise.finally(() => clearTimeout(timer));
      return exited.promise;
    },
    async pause() {
      if (hasEnded()) return;
      signalTo(-leader, 'SIGSTOP');
      for (const one of familyOf(leader)) if (one.group !== leader) signalTo(one.pid, 'SIGSTOP');
      while (!hasEnded() && (processAt(leader)?.state ?? 'T') !== 'T') await sleep(1);
    },
    async resume() {
      if (!hasEnded()) wake(leader, familyOf(leader));
    },
  };
}

function wake(leader: number, family: readonly Relative[]): void {
  for (const one of family) if (one.group !== leader) signalTo(one.pid, 'SIGCONT');
  signalTo(-leader, 'SIGCONT');
}

function inherited(): Record<string, string> {
  return Object.fromEntries(['PATH', 'HOME', 'LANG'].flatMap((name) => (process.env[name] ? [[name, process.env[name]]] : [])));
}

function spawnFailed({ title, command, cwd, uid }: SpawnOptions, error: NodeJS.ErrnoException): Error {
  const why =
    error.code === 'ENOENT' && !existsSync(cwd)
      ? `its folder ${cwd} does not exist`
      : error.code === 'ENOENT'
        ? `${command} was not found${command.includes('/') ? '' : ' on PATH'}`
        : error.code === 'EACCES'
          ? `${command} may not be run${uid === undefined ? '' : ` by uid ${uid}`}`
          : error.message;
  return new Error(`SPAWN_FAILED: ${title}: ${why}. Try: npm run doctor`, { cause: error });
}

/** The last lines of a log, at most 2 KiB: enough for an error message. Empty when there is no log. */
export function tailOf(logFile: string, bytesMax = 2048): string {
  let file: number;
  try {
    file = openSync(logFile, 'r');
  } catch {
    return '';
  }
  try {
    const size = fstatSync(file).size;
    const bytes = Buffer.alloc(Math.min(size, bytesMax));
    readSync(file, bytes, 0, bytes.length, size - bytes.length);
    const text = bytes.toString('utf8');
    return (size > bytesMax ? text.slice(text.indexOf('\n') + 1) : text).trimEnd();
  } finally {
    closeSync(file);
  }
}
