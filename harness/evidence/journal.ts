/** Appends evidence while an experiment runs: ops, samples, facts and marks, one JSON object a line, in one folder. */
import { createWriteStream, mkdirSync, type WriteStream } from 'node:fs';
import { join } from 'node:path';
import type { Fact, Mark, Op, Sample } from './records.ts';

export interface ExperimentJournal {
  readonly folder: string;
  op(op: Op): void;
  sample(sample: Sample): void;
  /** `at` is now, `comparison` is `==` unless said otherwise. */
  fact(fact: Pick<Fact, 'name' | 'expected' | 'actual'> & Partial<Fact>): void;
  /** `at` only for a moment that was observed elsewhere, e.g. by the load generator. */
  mark(kind: Mark['kind'], name: string, detail?: Mark['detail'], at?: number): Mark;
  /** Flushes all files; nothing can be appended afterwards. */
  close(): Promise<void>;
}

/** Milliseconds since the epoch with sub-millisecond fractions; steps if the system clock steps. */
export const clockMs = (): number => performance.timeOrigin + performance.now();

export function openJournal(folder: string): ExperimentJournal {
  mkdirSync(folder, { recursive: true });
  const open = (name: string) => createWriteStream(join(folder, name), { flags: 'a' });
  const ops = open('ops.ndjson');
  const samples = open('samples.ndjson');
  const facts = open('facts.ndjson');
  const marks = open('journal.ndjson');
  const append = (to: WriteStream, line: object) => void to.write(`${JSON.stringify(line)}\n`);
  return {
    folder,
    op: (op) => append(ops, op),
    sample: (sample) => append(samples, sample),
    fact: (fact) => append(facts, { at: clockMs(), comparison: '==', ...fact, actual: fact.actual ?? null }),
    mark(kind, name, detail, at = clockMs()) {
      const mark: Mark = { at, kind, name, ...(detail && { detail }) };
      append(marks, mark);
      return mark;
    },
    async close() {
      await Promise.all(
        [ops, samples, facts, marks].map(
          (stream) =>
            new Promise<void>((done, failed) => {
              stream.once('error', failed);
              stream.end(done);
            }),
        ),
      );
    },
  };
}
