/**
 * Runs a k6 script and turns its points into invokes and ops. The script (see load/k6/) adds a `plumbline_invoke` point before each
 * request and one `plumbline_op` point after it, with the op (and of some the answer) as metadata, and prints one line when its first
 * measured iteration begins; k6's raw points stay in the evidence. What its scenarios will send is planned here.
 */
import { createReadStream, readFileSync } from 'node:fs';
import { open } from 'node:fs/promises';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { setTimeout as sleep } from 'node:timers/promises';
import { createGunzip } from 'node:zlib';
import { clockMs } from '../evidence/journal.ts';
import type { AnswerSeen, Invoke, Op, OpType } from '../evidence/records.ts';
import type { Workload, WorkloadRun } from '../experiment.ts';
import { spawnProcess } from '../process/spawn.ts';
import { seenHeaders } from './answer-headers.ts';

export interface K6Options {
  readonly title: string;
  /** Absolute path of the k6 script. */
  readonly script: string;
  readonly service: string;
  /** The kind of operation that each of its iterations is. */
  readonly what: string;
  /** Arrivals per second, open model: a slow system does not slow the arrivals. */
  readonly ratePerS: number;
  readonly warmupMs: number;
  readonly measuredMs: number;
  readonly vusMax: number;
  /** Whom the script acts as; it finds what makes each known in TOKENS, a JSON object by user. */
  readonly users?: (seed: number) => readonly string[];
  readonly env?: Readonly<Record<string, string>>;
}

const pointsFile = 'k6-points.json.gz';
/** What goes past the end of a scenario so that its last arrival is never cut off; the script sends nothing in it. */
const slackMs = 250;
const startedLine = /plumbline measured-start (\d+(?:\.\d+)?)/;

export const k6 = (options: K6Options): Workload => ({
  title: options.title,
  tools: ['k6'],
  measuredMs: options.measuredMs,
  run: (w) => runK6(options, w),
});

async function runK6(options: K6Options, w: WorkloadRun): Promise<void> {
  const logFile = join(w.folder, 'k6.log');
  plan(options, w);
  const k6Process = await spawnProcess({
    title: 'k6',
    command: w.tool('k6'),
    // Few system tags: each tag costs the generator CPU it needs for sending in time.
    args: [
      'run',
      '--quiet',
      '--no-usage-report',
      '--no-color',
      '--log-format=raw',
      '--address=',
      '--summary-mode=disabled',
      '--system-tags=status,scenario',
      `--out=json=${join(w.folder, pointsFile)}`,
      options.script,
    ],
    cwd: w.folder,
    env: {
      TARGET: w.target.url(options.service).origin,
      RATE: String(options.ratePerS),
      WARMUP_MS: String(options.warmupMs),
      MEASURED_MS: String(options.measuredMs),
      SLACK_MS: String(slackMs),
      VUS_MAX: String(options.vusMax),
      SEED: String(w.seed),
      K6_NO_USAGE_REPORT: 'true',
      TOKENS: JSON.stringify(await tokensOf(options, w)),
      ...options.env,
    },
    logFile,
  });
  w.scope.defer('stop k6', async () => void (await k6Process.stop({ graceMs: 2_000 })));
  const abort = () => void k6Process.stop({ graceMs: 2_000 });
  w.signal.addEventListener('abort', abort, { once: true });
  const watching = new AbortController();
  const watched = watch(k6Process.pid, logFile, options.measuredMs, w, watching.signal);
  const exit = await k6Process.exited;
  watching.abort();
  await watched;
  w.signal.removeEventListener('abort', abort);
  const lost = await readPoints(join(w.folder, pointsFile), w);
  w.signal.throwIfAborted();
  if (exit.code !== 0)
    throw new Error(`K6_FAILED: k6 ended with ${exit.signal ?? `exit code ${exit.code}`}. Last log:\n${exit.logTail}`);
  if (lost !== undefined)
    throw new Error(
      `K6_POINTS_LOST: ${lost}; nobody knows what became of the rest: see ${pointsFile} and k6.log, and run it again`,
    );
  const thrown = (await contents(logFile)).split('\n').filter((line) => scriptThrew.test(line));
  if (thrown.length > 0)
    throw new Error(`K6_SCRIPT_THREW: ${thrown.length} lines of k6.log tell of a script that threw; mend it: ${thrown[0]}`);
}

const scriptThrew = /\b(?:Uncaught|\w*Error|GoError): .*\bat \S+|script exception/;

/** What each scenario will send: as many as are due before it ends. */
function plan({ what, ratePerS, warmupMs, measuredMs, vusMax }: K6Options, { journal }: WorkloadRun): void {
  const scenario = (ms: number) => ({
    who: 'k6',
    what,
    model: 'open' as const,
    arrivals: arrivalsIn(ratePerS, ms),
    ratePerS,
    // Who waits for an answer asks nothing else: that many, and no more.
    concurrency: vusMax,
  });
  if (warmupMs > 0) journal.plan({ ...scenario(warmupMs), warmup: true });
  journal.plan(scenario(measuredMs));
}

/** As the script counts them: the n-th is due n/rate after the beginning, and what is due at the end no longer counts. */
const arrivalsIn = (ratePerS: number, ms: number): number => Math.round((ratePerS * ms) / 1000);

async function tokensOf({ users }: K6Options, { target, seed }: WorkloadRun): Promise<Record<string, string>> {
  const names = users?.(seed) ?? [];
  return Object.fromEntries(
    await Promise.all(names.map(async (name) => [name, (await target.authorization(name)).authorization ?? ''] as const)),
  );
}

/** Twice a second: has the measured part begun, and how much CPU does the generator take? */
async function watch(pid: number, logFile: string, measuredMs: number, w: WorkloadRun, signal: AbortSignal): Promise<void> {
  let begun = false;
  let before = { cpuMs: cpuMsOf(pid), at: clockMs() };
  while (!signal.aborted) {
    await sleep(250, undefined, { signal }).catch(() => undefined);
    if (!begun) {
      const start = startedLine.exec(await contents(logFile));
      if (start) {
        begun = true;
        const startedAt = Number(start[1]);
        w.journal.mark('mark', 'measured-start', { by: 'k6' }, startedAt);
        w.journal.mark('mark', 'measured-end', { by: 'k6', planned: true }, startedAt + measuredMs);
      }
    }
    const now = { cpuMs: cpuMsOf(pid), at: clockMs() };
    if (now.cpuMs === undefined || now.at - before.at < 900) continue;
    if (before.cpuMs !== undefined) {
      const value = (now.cpuMs - before.cpuMs) / (now.at - before.at);
      w.journal.sample({ at: now.at, metric: 'generator_cpu_ratio', labels: { generator: 'k6' }, value });
    }
    before = now;
  }
}

async function contents(file: string): Promise<string> {
  const handle = await open(file, 'r');
  try {
    return await handle.readFile('utf8');
  } finally {
    await handle.close();
  }
}

/** User and system time in ms, from /proc (absent elsewhere); Linux counts in 10 ms ticks. */
function cpuMsOf(pid: number): number | undefined {
  try {
    const fields = readFileSync(`/proc/${pid}/stat`, 'utf8').split(') ')[1]?.split(' ') ?? [];
    return (Number(fields[11]) + Number(fields[12])) * 10;
  } catch {
    return undefined;
  }
}

interface Point {
  readonly type: string;
  readonly metric: string;
  readonly data: {
    readonly time: string;
    readonly value: number;
    readonly metadata?: { readonly op?: string; readonly invoke?: string };
  };
}

/** The script's half of an op: times in ms since the epoch. */
interface ScriptOp {
  readonly invoke: string;
  readonly what: string;
  readonly intendedAt: number;
  readonly startedAt: number;
  readonly at: number;
  readonly status: number;
  readonly errorCode?: number;
  readonly error?: string;
  /** It was answered, and what came is not what the script can read. */
  readonly unreadable?: true;
  readonly eventId?: string;
  readonly eventType?: string;
  readonly key?: string;
  readonly warmup?: boolean;
  /** Of some requests: what is held against the HTTP contract. */
  readonly answer?: Pick<AnswerSeen, 'method' | 'path' | 'contentType'> & {
    readonly body: string;
    readonly headers: Readonly<Record<string, string>>;
  };
}

/** Says what is missing, when something is: then nobody may say that nothing was dropped. */
export async function readPoints(file: string, { journal }: Pick<WorkloadRun, 'journal'>): Promise<string | undefined> {
  const gunzip = createGunzip();
  const input = createReadStream(file).on('error', (error) => gunzip.destroy(error));
  const lines = createInterface({ input: input.pipe(gunzip), crlfDelay: Number.POSITIVE_INFINITY });
  const dropped = (at: number, value: number) =>
    journal.sample({ at, metric: 'generator_dropped_iterations', labels: { generator: 'k6' }, value });
  let drops = 0;
  let unreadable = 0;
  try {
    for await (const line of lines) {
      // Parse only what becomes evidence: nine in ten points are k6's own metrics.
      if (!line.includes('"plumbline_') && !line.includes('"dropped_iterations"')) continue;
      try {
        const { type, metric, data } = JSON.parse(line) as Point;
        if (type !== 'Point') continue;
        if (metric === 'dropped_iterations') dropped(Date.parse(data.time), (drops += data.value));
        else if (data.metadata?.invoke) journal.invoke(toInvoke(JSON.parse(data.metadata.invoke) as Omit<Invoke, 'who'>));
        else if (data.metadata?.op) tell(JSON.parse(data.metadata.op) as ScriptOp, journal);
        else unreadable += 1;
      } catch {
        unreadable += 1;
      }
    }
  } catch (error) {
    // What was read until then is evidence all the same.
    return `k6's points end early (${(error as Error).message})`;
  }
  if (unreadable > 0) return `${unreadable} of k6's points can't be read`;
  if (drops === 0) dropped(clockMs(), 0);
  return undefined;
}

const toInvoke = (invoke: Omit<Invoke, 'who'>): Invoke => ({ ...invoke, who: 'k6' });

function tell({ answer, ...op }: ScriptOp, journal: WorkloadRun['journal']): void {
  journal.op(toOp(op));
  if (!answer) return;
  const { at, what, status, unreadable } = op;
  journal.answer({
    at,
    what,
    status,
    ...answer,
    headers: seenHeaders(Object.entries(answer.headers)),
    bodyBytes: Buffer.byteLength(answer.body),
    ...(unreadable && { unreadable }),
  });
}

function toOp({ status, errorCode = 0, error, unreadable, ...rest }: Omit<ScriptOp, 'answer'>): Op {
  const type = unreadable && status < 400 ? 'unsure' : outcome(status, errorCode);
  return { ...rest, who: 'k6', type, status, ...(error && { error: errorCode ? `${errorCode}: ${error}` : error }) };
}

/** k6's codes 1000-1212 (up to "connection refused") mean that nothing was sent; a timeout or a reset may have been carried out. */
function outcome(status: number, errorCode: number): OpType {
  if (status === 0) return errorCode === 1212 || (errorCode >= 1100 && errorCode < 1120) ? 'fail' : 'unsure';
  return status < 400 ? 'ok' : status < 500 ? 'fail' : 'unsure';
}
