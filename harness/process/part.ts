/** A part of the system under test that can be hurt and healed: what all Startables have in common. */
import { clockMs } from '../evidence/journal.ts';
import { processAt } from './family.ts';
import type { Scope } from './scope.ts';
import { type Exit, type RunningProcess, type SpawnOptions, spawnProcess } from './spawn.ts';
import { within } from './within.ts';

export interface Part {
  readonly title: string;
  readonly logFile: string;
  readonly pid: number;
  /** False once its process has ended, whoever ended it. */
  readonly running: boolean;
  /** Of the process that runs now, or ran last. */
  readonly exited: Promise<Exit>;
  /** In order, with SIGKILL when its grace is over; resolves when nothing of it runs. Fine when it runs no more. */
  stop(): Promise<void>;
  /** SIGKILL; resolves when nothing of it runs. */
  kill(): Promise<void>;
  /** Starts it again on the same ports and files, after `stop`, `kill` or a crash; resolves when it is ready. */
  revive(): Promise<void>;
  /** As revive, but where others find it by name it has another address, as a pod has that replaces a lost one. */
  replace(): Promise<void>;
  pause(): Promise<void>;
  resume(): Promise<void>;
  /** Asks it what it was asked when it started; rejects with a sentence when it does not answer well within `msMax`. */
  lookAt(msMax: number): Promise<void>;
  logTail(): string;
  /** Every time it ended without being told to, oldest first. */
  readonly crashes: readonly Crash[];
}

export interface Crash {
  /** When it was seen, in ms since the epoch. */
  readonly at: number;
  readonly exit: Exit;
}

export interface PartPlan {
  readonly process: SpawnOptions;
  readonly stopSignal?: NodeJS.Signals;
  readonly graceMs: number;
  /** Its arguments at an address it never had; without it, a part that is replaced stays where it was. */
  argsElsewhere?(): Promise<readonly string[]>;
  /** Resolves when the part can do its work; rejects when it never will. */
  ready(running: RunningProcess, signal: AbortSignal): Promise<void>;
}

/** Starts it and resolves when it is ready; the scope stops it. */
export async function startPart(scope: Scope, plan: PartPlan): Promise<Part> {
  const { title, logFile } = plan.process;
  let running: RunningProcess | undefined;
  let options = plan.process;
  let hasEnded = false;
  const crashes: Crash[] = [];
  let starting = new AbortController();
  // One deed at a time: a revive and a kill at once would leave nobody knowing what runs.
  let turn: Promise<unknown> = Promise.resolve();
  const inTurn = <T>(deed: () => Promise<T>): Promise<T> => {
    const mine = turn.then(deed);
    turn = mine.catch(() => {});
    return mine;
  };

  const start = async (mayGoOn: AbortSignal) => {
    const signal = AbortSignal.any([scope.signal, mayGoOn]);
    signal.throwIfAborted();
    hasEnded = false;
    const mine = await spawnProcess(options);
    running = mine;
    mine.exited.then((exit) => {
      if (running === mine) hasEnded = true;
      if (exit.reason === 'crashed') crashes.push({ at: clockMs(), exit });
    }, neverRejects);
    const aborted = Promise.withResolvers<never>();
    const abort = () => aborted.reject(signal.reason);
    signal.addEventListener('abort', abort, { once: true });
    // A `ready` that ignores its signal must not hold up the stop, which waits for its turn.
    await Promise.race([signal.aborted ? Promise.reject(signal.reason) : plan.ready(mine, signal), aborted.promise]).finally(() =>
      signal.removeEventListener('abort', abort),
    );
  };
  /** A start under way must not be waited for by who wants it stopped. */
  const giveUpStarting = (why: string) =>
    starting.abort(new Error(`STOPPED_WHILE_STARTING: ${title} was ${why} before it was ready`));

  const part: Part = {
    crashes,
    title,
    logFile,
    get pid() {
      return theProcess().pid;
    },
    get running() {
      return running !== undefined && !hasEnded;
    },
    get exited() {
      return theProcess().exited;
    },
    async stop() {
      giveUpStarting('stopped');
      await inTurn(async () => running?.stop({ graceMs: plan.graceMs, ...(plan.stopSignal && { signal: plan.stopSignal }) }));
    },
    async kill() {
      giveUpStarting('killed');
      await inTurn(async () => running?.kill());
    },
    revive: () => again(),
    replace: () =>
      again(async () => {
        const args = await plan.argsElsewhere?.();
        if (args) options = { ...options, args };
      }),
    pause: () => inTurn(async () => running?.pause()),
    resume: () => inTurn(async () => running?.resume()),
    async lookAt(msMax) {
      // What stands still accepts connections all the same: it would cost the whole time to find out.
      if (hasEnded) throw new Error(`${title} does not run`);
      if (processAt(theProcess().pid)?.state === 'T') throw new Error(`${title} stands still (SIGSTOP)`);
      await within(msMax, title, (signal) => plan.ready(theProcess(), signal));
    },
    logTail: () => running?.logTail() ?? '',
  };
  function again(before?: () => Promise<void>): Promise<void> {
    // Made now and not in its turn: a kill in the same breath must find it.
    starting = new AbortController();
    const { signal } = starting;
    return inTurn(async () => {
      if (!hasEnded) throw new Error(`STILL_RUNNING: ${title} (pid ${running?.pid}) can't be revived. Kill or stop it first`);
      // It may have crashed a moment ago; what it left behind must not hold the ports.
      await running?.kill();
      await before?.();
      await start(signal);
    });
  }
  const theProcess = () => {
    if (!running) throw new Error(`NOT_STARTED: ${title} never ran`);
    return running;
  };

  scope.defer(`stop ${title}`, part.stop);
  await inTurn(() => start(starting.signal));
  return part;
}

const neverRejects = () => {};
