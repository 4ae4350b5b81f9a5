/**
 * Runs a k6 script and turns its points into ops. The script (see load/k6/) adds one `plumbline_op` point per request with
 * the op (and of some the answer) as metadata and prints one line when its first measured iteration begins; k6's raw points stay in the evidence.
 */
import { createReadStream, readFileSync } from 'node:fs';
import { open } from 'node:fs/promises';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { setTimeout as sleep } from 'node:timers/promises';
import { createGunzip } from 'node:zlib';
import { clockMs } from '../evidence/journal.ts';
import type { AnswerSeen, Op, OpType } from '../evidence/records.ts';
import type { Workload, WorkloadRun } from '../experiment.ts';
import { spawnProcess } from '../process/spawn.ts';

export interface K6Options {
  readonly title: string;
  /** Absolute path of the k6 script. */
  readonly script: string;
  readonly service: string;
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
const startedLine = /plumbline measured-start (\d+(?:\.\d+)?)/;

export const k6 = (options: K6Options): Workload => ({
  title: options.title,
  tools: ['k6'],
  measuredMs: options.measuredMs,
  run: (w) => runK6(options, w),
});

async function runK6(options: K6Options, w: WorkloadRun): Promise<void> {
  const logFile = join(w.folder, 'k6.log');
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
  await readPoints(join(w.folder, pointsFile), w);
  w.signal.throwIfAborted();
  if (exit.code !== 0)
    throw new Error(`K6_FAILED: k6 ended with ${exit.signal ?? `exit code ${exit.code}`}. Last log:\n${exit.logTail}`);
}

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
  readonly data: { readonly time: string; readonly value: number; readonly metadata?: { readonly op?: string } };
}

/** The script's half of an op: times in ms since the epoch. */
interface ScriptOp {
  readonly what: string;
  readonly intendedAt: number;
  readonly startedAt: number;
  readonly at: number;
  readonly status: number;
  readonly errorCode?: number;
  readonly error?: string;
  readonly eventId?: string;
  readonly eventType?: string;
  readonly key?: string;
  readonly warmup?: boolean;
  /** Of some requests: what is held against the HTTP contract. */
  readonly answer?: Pick<AnswerSeen, 'method' | 'path' | 'contentType'> & { readonly body: string };
}

async function readPoints(file: string, { journal }: WorkloadRun): Promise<void> {
  const gunzip = createGunzip();
  const input = createReadStream(file).on('error', (error) => gunzip.destroy(error));
  const lines = createInterface({ input: input.pipe(gunzip), crlfDelay: Number.POSITIVE_INFINITY });
  let dropped = 0;
  let lastAt = clockMs();
  try {
    for await (const line of lines) {
      // Parse only what becomes evidence: nine in ten points are k6's own metrics.
      if (!line.includes('"plumbline_op"') && !line.includes('"dropped_iterations"')) continue;
      const { type, metric, data } = JSON.parse(line) as Point;
      if (type !== 'Point') continue;
      if (metric === 'dropped_iterations') {
        dropped += data.value;
        lastAt = Date.parse(data.time);
        journal.sample({ at: lastAt, metric: 'generator_dropped_iterations', labels: { generator: 'k6' }, value: dropped });
      } else if (data.metadata?.op) {
        const { answer, ...op } = JSON.parse(data.metadata.op) as ScriptOp;
        journal.op(toOp(op));
        if (answer) {
          const { at, what, status } = op;
          journal.answer({ at, what, status, ...answer, bodyBytes: Buffer.byteLength(answer.body) });
        }
      }
    }
  } catch (error) {
    // An interrupted k6 leaves an unfinished gzip: what was read until then is evidence all the same.
    journal.mark('note', `k6's points end early: ${(error as Error).message}`);
  }
  if (dropped === 0)
    journal.sample({ at: lastAt, metric: 'generator_dropped_iterations', labels: { generator: 'k6' }, value: 0 });
}

function toOp({ status, errorCode = 0, error, ...rest }: Omit<ScriptOp, 'answer'>): Op {
  return { ...rest, who: 'k6', type: outcome(status, errorCode), status, ...(error && { error: `${errorCode}: ${error}` }) };
}

/** k6's codes 1000-1212 (up to "connection refused") mean that nothing was sent; a timeout or a reset may have been carried out. */
function outcome(status: number, errorCode: number): OpType {
  if (status === 0) return errorCode === 1212 || (errorCode >= 1100 && errorCode < 1120) ? 'fail' : 'unsure';
  return status < 400 ? 'ok' : status < 500 ? 'fail' : 'unsure';
}
