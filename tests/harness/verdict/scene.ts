/** Literal evidence for the judge's tests: say only what the test is about. */
import type {
  BrokerRecord,
  Effect,
  ExperimentRecord,
  Invoke,
  Mark,
  Op,
  OutboxRow,
  Sample,
  Slo,
  StageRecord,
} from '../../../harness/evidence/records.ts';
import { evidenceKinds } from '../../../harness/evidence/files.ts';
import { stageInWords } from '../../../harness/evidence/in-words.ts';
import { seedOf } from '../../../harness/random.ts';
import { system } from '../../evidence/system.ts';
import type { ExperimentEvidence, Run } from '../../../harness/evidence/run-folder.ts';

export const op = (rest: Partial<Op> = {}): Op => {
  const startedAt = rest.startedAt ?? 1_000;
  return { at: startedAt + 10, intendedAt: startedAt, startedAt, who: 'journey', what: 'create', type: 'ok', ...rest };
};
/** An acknowledged create at `startedAt` that promised event `id` about task `key`. */
export const created = (id: string, startedAt = 1_000, key = id): Op =>
  op({ startedAt, eventId: id, eventType: 'task.created', key });

export const effect = (eventId: string, seq: number, at = 1_100, key = eventId): Effect => ({
  seq,
  eventId,
  eventType: 'task.created',
  key,
  at,
  consumer: 'notices',
});
export const row = (eventId: string, sentAt: number | null = 1_050, key = eventId): OutboxRow => ({
  eventId,
  key,
  eventType: 'task.created',
  createdAt: 1_000,
  sentAt,
  attempts: 1,
  error: null,
  topics: ['task-events'],
});
export const record = (id: string, rest: Partial<BrokerRecord> = {}): BrokerRecord => ({
  topic: 'task-events',
  partition: 0,
  offset: 0,
  at: 1_060,
  key: id,
  contentType: 'application/cloudevents+json',
  id,
  event: { event_id: id, event_type: 'task.created', version: 'v1.0', data: { id: 1 } },
  ...rest,
});
export const mark = (at: number, name: string, kind: Mark['kind'] = 'mark'): Mark => ({ at, kind, name });
export const sample = (at: number, metric: string, value: number, labels: Record<string, string> = {}): Sample => ({
  at,
  metric,
  labels,
  value,
});

export const settledAt = (at: number): Mark[] => [
  mark(0, 'quiet'),
  mark(0, 'experiment-start'),
  mark(0, 'workload-start'),
  mark(0, 'measured-start'),
  mark(at, 'workload-end'),
  mark(at, 'settled'),
  mark(at, 'collected'),
];
export const gaveUpAt = (at: number): Mark[] =>
  settledAt(at).map((one) => (one.name === 'settled' ? mark(at, 'settle-gave-up') : one));

export const experiment: ExperimentRecord = {
  name: 'one',
  kind: 'drill',
  asks: 'Does it hold?',
  proves: [],
  workload: 'journey',
  faults: [],
  slos: [],
  checkers: [],
  sometimes: [],
  settleMsMax: 5_000,
};
/** `undefined` takes a file away that was there. */
export type Partly = { readonly [K in keyof ExperimentEvidence]?: ExperimentEvidence[K] | undefined };
/** What was sent, of which these are the ends: an innocent harness loses nothing. */
export const invokesOf = (ops: readonly Op[]): Invoke[] =>
  ops.map(({ who, what, startedAt, intendedAt, ...op }, n) => ({
    id: op.invoke ?? `r${n}`,
    at: startedAt,
    intendedAt,
    who,
    what,
  }));
export const scene = (rest: Partly = {}): ExperimentEvidence =>
  ({
    plans: [],
    invokes: invokesOf(rest.ops ?? []),
    name: 'one',
    folder: 'experiments/one',
    record: experiment,
    system,
    marks: settledAt(10_000),
    damage: [],
    ...rest,
    ...(rest.ops && { ops: rest.ops.map((one, n) => ({ invoke: `r${n}`, ...one })) }),
  }) as ExperimentEvidence;
export const slo = (rest: Partial<Slo> = {}): Slo => ({
  name: 'fast',
  asks: 'It is fast.',
  proves: [],
  metric: 'latency.response',
  stat: 'p50',
  comparison: '<',
  limit: 50,
  unit: 'ms',
  window: 'all',
  samplesMin: 20,
  ...rest,
});
const stage: StageRecord = { replicas: { backend: 1 }, traces: false, profile: 'rehearsed' };
const seed = 1;
/** The journal of a harness that went to its end tells how many rows each file got, and of each fault how it was drawn. */
function closed(marks: readonly Mark[], evidence: ExperimentEvidence): Mark[] {
  const detail = Object.fromEntries(evidenceKinds.map((kind) => [kind, evidence[kind]?.length ?? 0]));
  const faults = new Map(evidence.record?.faults.map((fault) => [fault.name, fault]));
  const told = marks.map((one) => {
    const fault = one.kind === 'fault-in' && one.detail === undefined ? faults.get(one.name) : undefined;
    if (fault) return { ...one, detail: fault };
    return one.name === 'collected' && one.detail === undefined ? { ...one, detail } : one;
  });
  if (!marks.some(({ name }) => name === 'collected') || marks.some(({ name }) => name === 'journal-end')) return told;
  return [...told, { ...mark(Math.max(...marks.map(({ at }) => at)), 'journal-end'), detail }];
}
/** As an honest harness leaves it: each file is there, but for what was taken away on purpose, and the record says what all others say. */
function whole(evidence: ExperimentEvidence): ExperimentEvidence {
  const { record, name } = evidence;
  const files = Object.fromEntries(
    evidenceKinds.map((kind) => [kind, kind === 'samples' ? [sample(0, 'outbox_unsent', 0)] : []]),
  );
  const untouched = record === undefined || record.skipped !== undefined;
  if (untouched) return evidence;
  const all = { ...files, ...evidence };
  return {
    ...all,
    ...(all.marks && { marks: closed(all.marks, all) }),
    record: { stage, seed: seedOf(seed, name, 'workload'), ...record, name },
  };
}

export const runOf = (...experiments: ExperimentEvidence[]): Run => ({
  name: 'a-run',
  system,
  schemas: { any: { type: 'object' } },
  requirements: [],
  session: [{ ...mark(-1, 'staged'), detail: { stage } }],
  manifest: {
    format: 1,
    run: 'a-run',
    repeat: 'npm run verify -- --seed 1',
    startedAt: new Date(-60_000).toISOString(),
    seed,
    stages: Object.fromEntries(experiments.map(({ name }) => [name, stageInWords(stage)])),
    commit: 'abc',
    dirty: false,
    target: 'local',
    experiments: experiments.map(({ name }) => name),
    tools: {},
    machine: { cores: 2 },
    settings: {},
  },
  experiments: experiments.map(whole),
  damage: [],
});
