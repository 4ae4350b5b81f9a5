/**
 * The one table of what an experiment leaves behind: rows of one type, one file each. Add a kind of evidence: its type in
 * `records.ts`, its line here, and whoever writes it.
 */
import type { AnswerSeen, BrokerRecord, Effect, Fact, Mark, Op, OutboxRow, Plan, Sample } from './records.ts';

interface EvidenceFile<Row, Writer> {
  readonly name: string;
  /** A phrase for readers. */
  readonly holds: string;
  /** `journal`: row by row, while the experiment runs; `last reads`: at once, when it is over. */
  readonly writtenBy: Writer;
  /** Never there: it only carries the type of the rows. */
  readonly row?: Row;
}

const journaled = <Row>(name: string, holds: string): EvidenceFile<Row, 'journal'> => ({ name, holds, writtenBy: 'journal' });
const lastRead = <Row>(name: string, holds: string): EvidenceFile<Row, 'last reads'> => ({
  name,
  holds,
  writtenBy: 'last reads',
});

export const evidenceFiles = {
  ops: journaled<Op>('ops.ndjson', 'requests, and how each ended'),
  answers: journaled<AnswerSeen>('answers.ndjson', 'a sample of the answers as they came'),
  plans: journaled<Plan>('plans.ndjson', 'what each generator set out to send'),
  samples: journaled<Sample>('samples.ndjson', 'numbers read each second: sidecars, backlog, machine'),
  facts: journaled<Fact>('facts.ndjson', 'what a check looked at, and what it saw'),
  marks: journaled<Mark>('journal.ndjson', 'when what began, broke, healed and ended'),
  outbox: lastRead<OutboxRow>('outbox.ndjson', 'events the system wrote down to be published'),
  effects: lastRead<Effect>('effects.ndjson', 'what the events did in other services'),
  records: lastRead<BrokerRecord>('records.ndjson', 'records found in the broker'),
} as const;

export type EvidenceKind = keyof typeof evidenceFiles;
type RowOf<Kind extends EvidenceKind> = NonNullable<(typeof evidenceFiles)[Kind]['row']>;
/** Absent: nobody looked. */
export type EvidenceRows = { readonly [Kind in EvidenceKind]?: readonly RowOf<Kind>[] };

export const evidenceKinds = Object.keys(evidenceFiles) as EvidenceKind[];

/** What the run knew about an experiment when it began: no rows, one object. */
export const RECORD_FILE = 'experiment.json';
