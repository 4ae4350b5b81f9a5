/** Appends evidence while an experiment runs: plans, invokes, ops, answers, samples, facts and marks, one JSON object a line, in one folder. */
import { once } from 'node:events';
import { appendFileSync, createWriteStream, mkdirSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { evidenceFiles, type EvidenceKind, evidenceKinds } from './files.ts';
import type { AnswerSeen, Fact, Invoke, Mark, Op, Plan, Sample } from './records.ts';

export interface ExperimentJournal {
  readonly folder: string;
  /** `at` is now: before the first of what it announces. */
  plan(plan: Omit<Plan, 'at'>): void;
  /** Before the request is sent; one op with its id must follow. */
  invoke(invoke: Invoke): void;
  op(op: Op): void;
  /** Kept while it is among the sample: all at first, then ever fewer of the same kind. */
  answer(answer: AnswerSeen): void;
  sample(sample: Sample): void;
  /** `at` is now, `comparison` is `==` unless said otherwise. */
  fact(fact: Pick<Fact, 'name' | 'expected' | 'actual'> & Partial<Fact>): void;
  /** `at` only for a moment that was observed elsewhere, e.g. by the load generator. */
  mark(kind: Mark['kind'], name: string, detail?: Mark['detail'], at?: number): Mark;
  /** Flushes all files; what is appended afterwards is lost. Rejects when something could not be written. */
  close(): Promise<void>;
}

/** What to add to the monotonic clock to have the system's. */
let offsetMs = performance.timeOrigin;

/**
 * The system clock in milliseconds since the epoch, with sub-millisecond fractions from the monotonic one. Databases, brokers
 * and services write the system clock's time: when it is set or slewed, the evidence must follow it, or an event would seem
 * to come before its request.
 */
export function clockMs(): number {
  const monotonicMs = performance.now();
  const systemMs = Date.now();
  const fraction = monotonicMs + offsetMs - systemMs;
  // Date.now() is the whole millisecond that has begun: anything else than a fraction of it is the clock having moved.
  if (fraction < 0 || fraction >= 1) offsetMs = systemMs - monotonicMs + (fraction < 0 ? 0 : 0.999);
  return monotonicMs + offsetMs;
}

/** An answer's body is evidence of its shape; a longer one says no more about it. */
const bodyBytesMax = 16 * 1024;
const allUpTo = 32;

/**
 * Which answers are kept: the first 32 with the same name and status, then every second, from 65 every fourth ...: sixteen for each
 * doubling, so that the end of a long load is seen as well as its beginning. Each kind has a quota of its own: a rare status is
 * kept however late it comes, and so is a body that is not what it says it is.
 */
export function answerSampler(): (answer: Pick<AnswerSeen, 'what' | 'status' | 'unreadable'>) => boolean {
  const seen = new Map<string, number>();
  return ({ what, status, unreadable = false }) => {
    const kind = `${what} ${status} ${unreadable}`;
    const nth = (seen.get(kind) ?? 0) + 1;
    seen.set(kind, nth);
    return nth % 2 ** Math.max(0, Math.ceil(Math.log2(nth / allUpTo))) === 0;
  };
}

/** `failed` hears at once, and once, that a file can't be written any more: a full disk. What comes for it afterwards is lost. */
export function openJournal(folder: string, failed: (error: Error) => void = () => undefined): ExperimentJournal {
  mkdirSync(folder, { recursive: true });
  const own = evidenceKinds.filter((kind) => evidenceFiles[kind].writtenBy === 'journal');
  const streams = new Map(own.map((kind) => [kind, createWriteStream(join(folder, evidenceFiles[kind].name), { flags: 'a' })]));
  let failure: Error | undefined;
  for (const [kind, stream] of streams)
    // Nobody listening, it would end the process.
    stream.on('error', (cause) => {
      if (failure) return;
      failure = new Error(
        `EVIDENCE_UNWRITTEN: ${evidenceFiles[kind].name}: ${cause.message}. Make room where reports go, and run it again`,
        { cause },
      );
      failed(failure);
    });
  const sampled = answerSampler();
  const written = new Map<EvidenceKind, number>(own.filter((kind) => kind !== 'marks').map((kind) => [kind, 0]));
  const append = (to: EvidenceKind, line: object) => {
    const stream = streams.get(to);
    if (!stream?.writable) return;
    stream.write(`${JSON.stringify(line)}\n`);
    if (written.has(to)) written.set(to, (written.get(to) ?? 0) + 1);
  };
  return {
    folder,
    plan: (plan) => append('plans', { at: clockMs(), ...plan }),
    invoke: (invoke) => append('invokes', invoke),
    op: (op) => append('ops', op),
    answer(answer) {
      const { body: _long, ...rest } = answer;
      if (sampled(answer)) append('answers', answer.bodyBytes > bodyBytesMax ? rest : answer);
    },
    sample: (sample) => append('samples', sample),
    fact: (fact) => append('facts', { at: clockMs(), comparison: '==', ...fact, actual: fact.actual ?? null }),
    mark(kind, name, detail, at = clockMs()) {
      const mark: Mark = { at, kind, name, ...(detail && { detail }) };
      append('marks', mark);
      return mark;
    },
    async close() {
      // Who takes rows away afterwards must not be believed.
      append('marks', { at: clockMs(), kind: 'mark', name: 'journal-end', detail: Object.fromEntries(written) } satisfies Mark);
      await Promise.all(
        [...streams.values()].map(async (stream) => {
          if (stream.closed) return;
          const closed = once(stream, 'close');
          stream.end();
          await closed.catch(() => undefined);
        }),
      );
      if (failure) throw failure;
    },
  };
}

export interface Marks {
  mark(kind: Mark['kind'], name: string, detail?: Mark['detail'], at?: number): void;
}

/** Marks alone, each on disk when the call returns: few, and told of what may be about to break. */
export function openMarks(file: string): Marks {
  mkdirSync(dirname(file), { recursive: true });
  return {
    mark: (kind, name, detail, at = clockMs()) =>
      appendFileSync(file, `${JSON.stringify({ at, kind, name, ...(detail && { detail }) } satisfies Mark)}\n`),
  };
}
