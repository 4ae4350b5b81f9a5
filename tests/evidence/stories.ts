/** The evidence of one innocent load and one innocent drill, and the ways to make them guilty. */
import type {
  AnswerSeen,
  BrokerRecord,
  Effect,
  ExperimentRecord,
  Fact,
  Invoke,
  Mark,
  Op,
  OutboxRow,
  Plan,
  Sample,
  Slo,
  StageRecord,
} from '../../harness/evidence/records.ts';
import { seedOf } from '../../harness/random.ts';

type Rows<T> = { -readonly [K in keyof T]: T[K] };
interface Files {
  plans: Rows<Plan>[];
  invokes: Rows<Invoke>[];
  ops: Rows<Op>[];
  answers: Rows<AnswerSeen>[];
  facts: Rows<Fact>[];
  samples: Rows<Sample>[] | undefined;
  journal: Rows<Mark>[];
  outbox: Rows<OutboxRow>[] | undefined;
  effects: Rows<Effect>[] | undefined;
  records: Rows<BrokerRecord>[] | undefined;
}
export interface Story {
  readonly record: ExperimentRecord;
  readonly files: Files;
}
type Change = (story: Guilt) => void;

export const BEGAN = Date.UTC(2026, 2, 2, 9, 0, 0);
/** Of the run; each workload's comes of it. */
export const SEED = 7;
/** What all of them stand on. */
export const stage: StageRecord = { replicas: { backend: 1, notification: 1 }, traces: false, profile: 'rehearsed' };

const round = (ms: number) => Math.round(ms * 100) / 100;

/** mulberry32: small, seeded, the same everywhere. */
function randomFrom(seed: number): () => number {
  let state = seed;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let t = Math.imul(state ^ (state >>> 15), 1 | state);
    t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t;
    return ((t ^ (t >>> 14)) >>> 0) / 4294967296;
  };
}

const slo = (rest: Pick<Slo, 'name' | 'asks' | 'metric' | 'stat' | 'comparison' | 'limit' | 'unit'> & Partial<Slo>): Slo => ({
  proves: [],
  window: 'all',
  samplesMin: 20,
  ...rest,
});

const answerP50 = slo({
  name: 'answer-p50',
  asks: 'Half of all changes are answered within 50 ms of being due.',
  proves: ['SC-007'],
  metric: 'latency.response',
  stat: 'p50',
  comparison: '<',
  limit: 50,
  unit: 'ms',
  window: 'measured',
});
const fewErrors = slo({
  name: 'few-errors',
  asks: 'At most one request in a hundred fails.',
  metric: 'errors',
  stat: 'ratio',
  comparison: '<=',
  limit: 0.01,
  unit: 'ratio',
  window: 'measured',
});
const contractKept = slo({
  name: 'contract-kept',
  asks: 'No record breaks its schema.',
  proves: ['FR-024'],
  metric: 'contract.invalid',
  stat: 'count',
  comparison: '==',
  limit: 0,
  unit: 'records',
});
const answersKept = slo({
  name: 'answers-kept',
  asks: 'No answer breaks its contract.',
  metric: 'answers.broken',
  stat: 'ratio',
  comparison: '==',
  limit: 0,
  unit: 'ratio',
  samplesMin: 5,
});
const caughtUp = slo({
  name: 'caught-up',
  asks: 'Ten seconds after the healing nothing acknowledged waits any more.',
  metric: 'recovery.caught-up',
  stat: 'value',
  comparison: '<=',
  limit: 10,
  unit: 's',
});
const noneLost = slo({
  name: 'none-lost',
  asks: 'No acknowledged event is lost.',
  proves: ['SC-006'],
  metric: 'delivery.lost',
  stat: 'count',
  comparison: '==',
  limit: 0,
  unit: 'events',
});

const costP50 = slo({
  name: 'cost-p50',
  asks: 'With publishing on, answers take at most half as long again as with publishing off.',
  metric: 'latency.response',
  stat: 'p50',
  comparison: '<=',
  limit: 1.5,
  unit: 'ratio',
  window: 'arm:on',
  against: 'arm:off',
});

const COUNTER = 'dapr_component_pubsub_egress_count';

/** Twenty seconds, three changes and a reading a second, in an open model. */
export function load(change: Change = () => {}): Story {
  const record: ExperimentRecord = {
    name: 'steady-load',
    kind: 'load',
    asks: 'Do changes stay fast at a steady rate while their events are published?',
    proves: ['SC-007', 'FR-024'],
    workload: 'k6, open model, 4 requests/s for 20 s',
    faults: [],
    slos: [answerP50, fewErrors, contractKept, answersKept],
    checkers: ['generator', 'crud-events', 'conformance', 'order', 'answers'],
    sometimes: [],
    settleMsMax: 10_000,
  };
  return told(record, { seed: 11, who: 'k6', outage: undefined }, (guilt) => {
    guilt.story.files.answers = guilt.story.files.ops.filter((op) => op.what === 'read').map(answerTo);
    change(guilt);
  });
}

function answerTo({ at, what, key }: Op): AnswerSeen {
  const body = JSON.stringify({ id: Number(key), title: `task ${key}` });
  const path = `/api/ada/tasks/${key}`;
  return { at, what, method: 'GET', path, status: 200, contentType: 'application/json', bodyBytes: body.length, body };
}

/** The same with the broker gone from second 8 to second 12: events wait in the outbox and come late. */
export function drill(change: Change = () => {}): Story {
  const record: ExperimentRecord = {
    name: 'broker-killed',
    kind: 'drill',
    asks: 'Does anything get lost when the broker is killed for four seconds?',
    proves: ['SC-006', 'EDGE-kafka'],
    workload: 'journey, 4 requests/s for 20 s',
    faults: [{ name: 'kill-kafka', do: 'kill', to: 'kafka', tolerated: false, afterMs: 6_000, forMs: 4_000, seed: 5 }],
    slos: [noneLost, caughtUp],
    checkers: ['delivery', 'order', 'healed'],
    sometimes: [
      {
        name: 'publishing-failed',
        asks: 'At least one publish really failed while the broker was gone.',
        metric: COUNTER,
        labels: { success: 'false' },
        rises: 1,
        during: 'fault',
      },
    ],
    settleMsMax: 10_000,
  };
  return told(record, { seed: 12, who: 'journey', outage: { fromS: 8, toS: 12 } }, change);
}

function told(
  asked: ExperimentRecord,
  plot: {
    readonly seed: number;
    readonly who: string;
    readonly outage: { readonly fromS: number; readonly toS: number } | undefined;
  },
  change: Change,
): Story {
  const record = { ...asked, stage, seed: seedOf(SEED, asked.name, 'workload') };
  const random = randomFrom(plot.seed);
  const at = (seconds: number) => round(BEGAN + seconds * 1_000);
  const uuid = () => {
    const hex = Array.from({ length: 32 }, () => Math.floor(random() * 16).toString(16)).join('');
    return `${hex.slice(0, 8)}-${hex.slice(8, 12)}-4${hex.slice(13, 16)}-a${hex.slice(17, 20)}-${hex.slice(20, 32)}`;
  };
  const outage = plot.outage && { fromMs: at(plot.outage.fromS), toMs: at(plot.outage.toS) };
  const files = {
    plans: [],
    invokes: [],
    ops: [],
    answers: [],
    facts: [],
    outbox: [],
    effects: [],
    records: [],
  } as unknown as Required<Story['files']> & {
    outbox: OutboxRow[];
    effects: Effect[];
    records: BrokerRecord[];
  };

  for (let n = 0; n < 80; n += 1) {
    const intendedAt = at(0.5 + n * 0.24);
    const startedAt = round(intendedAt + random() * 2);
    const answeredAt = round(startedAt + 6 + random() * 14 + (random() > 0.97 ? 60 : 0));
    const warmup = n < 6;
    const beat = n % 4;
    const task = 100 + Math.floor(n / 4);
    const verb = { 0: ['create', 'task.created'], 1: ['update', 'task.updated'], 2: ['complete', 'task.completed'] }[beat];
    const invoke = `${verb?.[0] ?? 'read'}-${n}`;
    const op = {
      invoke,
      at: answeredAt,
      intendedAt,
      startedAt,
      who: plot.who,
      what: verb?.[0] ?? 'read',
      type: 'ok' as const,
      key: String(task),
    };
    files.invokes.push({
      id: invoke,
      at: startedAt,
      intendedAt,
      who: plot.who,
      what: op.what,
      ...(beat !== 0 && { key: op.key }),
      ...(verb?.[1] && { eventType: verb[1] }),
      ...(warmup && { warmup }),
    });
    if (!verb?.[1]) {
      files.ops.push({ ...op, status: 200, ...(warmup && { warmup }) });
      continue;
    }
    const eventId = uuid();
    const eventType = verb[1];
    files.ops.push({ ...op, eventId, eventType, status: beat === 0 ? 201 : 200, ...(warmup && { warmup }) });
    const waits = outage && answeredAt >= outage.fromMs && answeredAt < outage.toMs;
    // After an outage the relay works the backlog off in order, some ms an event.
    const sentAt = round(waits ? outage.toMs + 900 + (answeredAt - outage.fromMs) / 8 : answeredAt + 8 + random() * 6);
    const event = {
      event_id: eventId,
      event_type: eventType,
      timestamp: new Date(Math.round(answeredAt)).toISOString(),
      version: 'v1.0',
      data: { id: task, user_id: 'ada', title: `task ${task}`, completed: beat === 2 },
    };
    files.outbox.push({
      outbox: 'domain',
      eventId,
      key: op.key,
      eventType,
      topics: ['task-events'],
      createdAt: round(answeredAt - 2),
      sentAt,
      givenUpAt: null,
      attempts: waits ? 3 : 1,
      error: null,
      cause: null,
      event: structuredClone(event),
    });
    files.records.push({
      topic: 'task-events',
      partition: task % 3,
      offset: 0,
      at: Math.floor(sentAt),
      key: op.key,
      contentType: 'application/cloudevents+json',
      id: eventId,
      event,
    });
    files.effects.push({ consumer: 'notices', seq: 0, eventId, eventType, key: op.key, at: round(sentAt + 10 + random() * 8) });
  }
  files.plans = [...Map.groupBy(files.invokes, ({ what, warmup }) => `${what} ${warmup}`).values()].map((all) => {
    const { what, warmup } = all[0] as Invoke;
    const plan = { at: at(0.2), who: plot.who, what, model: 'open' as const, arrivals: all.length, ratePerS: 1 };
    return { ...plan, ...(warmup && { warmup }) };
  });
  const nextOffset = new Map<number, number>();
  for (const one of files.records.sort((a, b) => a.at - b.at) as Rows<BrokerRecord>[]) {
    one.offset = nextOffset.get(one.partition) ?? 0;
    nextOffset.set(one.partition, one.offset + 1);
  }
  for (const [index, one] of (files.effects.sort((a, b) => a.at - b.at) as Rows<Effect>[]).entries()) one.seq = index + 1;

  const mark = (seconds: number, kind: Mark['kind'], name: string): Mark => ({ at: at(seconds), kind, name });
  files.journal = [
    mark(0, 'mark', 'quiet'),
    mark(0, 'mark', 'experiment-start'),
    mark(0.2, 'mark', 'workload-start'),
    mark(1.9, 'mark', 'measured-start'),
    ...(plot.outage
      ? [
          { ...mark(plot.outage.fromS, 'fault-in', 'kill-kafka'), detail: { ...asked.faults[0] } },
          mark(plot.outage.toS, 'fault-out', 'kill-kafka'),
          mark(plot.outage.toS + 0.8, 'healed', 'kill-kafka'),
        ]
      : []),
    mark(20, 'mark', 'workload-end'),
    mark(21, 'mark', 'settled'),
    mark(21.2, 'mark', 'collected'),
  ];
  files.samples = [];
  for (let second = 0; second <= 20; second += 1) {
    const sample = (metric: string, value: number, labels: Record<string, string> = {}) =>
      files.samples?.push({ at: at(second), metric, labels, value });
    const unsent = files.outbox.filter((row) => row.createdAt <= at(second) && (row.sentAt ?? 0) > at(second)).length;
    sample('outbox_unsent', unsent);
    if (plot.who === 'k6') sample('generator_cpu_ratio', round(0.2 + random() * 0.1));
    sample('generator_dropped_iterations', 0, { generator: plot.who });
    const failures = plot.outage ? Math.min(Math.max(second - plot.outage.fromS, 0), 4) * 2 : 0;
    sample(COUNTER, failures, { success: 'false', instance: 'backend' });
  }
  const story = { record, files };
  change(new Guilt(story));
  return story;
}

/** One crime each; everything else stays as it was. */
export class Guilt {
  readonly story: { record: ExperimentRecord; files: Files };
  constructor(story: { record: ExperimentRecord; files: Files }) {
    this.story = story;
  }
  get #files(): Files {
    return this.story.files;
  }

  loseEffect(index: number): void {
    this.#files.effects?.splice(index, 1);
  }
  repeatEffect(index: number): void {
    const effects = this.#files.effects ?? [];
    const once = effects[index];
    if (once) effects.push({ ...once, seq: effects.length + 1, at: once.at + 40 });
  }
  /** The effects of one task's first two events change places. */
  swapEffects(taskIndex: number): void {
    const ofTask = (this.#files.effects ?? []).filter((effect) => effect.key === String(100 + taskIndex));
    const [first, second] = ofTask;
    if (!first || !second) throw new Error(`task ${taskIndex} has no two effects`);
    [first.eventId, second.eventId, first.eventType, second.eventType] = [
      second.eventId,
      first.eventId,
      second.eventType,
      first.eventType,
    ];
  }
  /** Too few virtual users: each arrival later than the one before, and some never sent. Answers look slow for it. */
  starveGenerator(): void {
    for (const [index, op] of this.#files.ops.entries()) {
      op.intendedAt = round(op.intendedAt - Math.min(index, 60) * 3);
    }
    for (const sample of this.#files.samples ?? []) if (sample.metric === 'generator_dropped_iterations') sample.value = 37;
    const [plan] = this.#files.plans;
    if (plan) plan.arrivals = (plan.arrivals ?? 0) + 37;
  }
  silenceCounter(): void {
    for (const sample of this.#files.samples ?? []) if (sample.metric === COUNTER) sample.value = 0;
  }
  /** The last changes were acknowledged, and the relay had not come round to them when waiting ended. */
  leaveInOutbox(count: number): void {
    const files = this.#files;
    const waiting = new Set(
      (files.outbox ?? [])
        .toSorted((a, b) => b.createdAt - a.createdAt)
        .slice(0, count)
        .map((row) => row.eventId),
    );
    for (const row of files.outbox ?? [])
      if (waiting.has(row.eventId)) Object.assign(row, { sentAt: null, attempts: 7, error: 'broker refused' });
    files.effects = files.effects?.filter((effect) => !waiting.has(effect.eventId));
    files.records = files.records?.filter((record) => !waiting.has(record.id ?? ''));
    for (const mark of files.journal) if (mark.name === 'settled') mark.name = 'settle-gave-up';
    files.samples?.push({ at: BEGAN + 21_000, metric: 'outbox_unsent', labels: {}, value: count });
    this.story.record = {
      ...this.story.record,
      slos: this.story.record.slos.filter((one) => one.metric !== 'recovery.caught-up'),
    };
  }
  /** Every completion is answered 503: no op but creates and updates is ever acknowledged. */
  refuseCompletions(): void {
    const gone = new Set<string>();
    for (const op of this.#files.ops.filter(({ what }) => what === 'complete')) {
      gone.add(op.eventId ?? '');
      delete op.eventId;
      Object.assign(op, { type: 'unsure', status: 503, error: 'the store is away' });
    }
    this.#keepOnly((id) => !gone.has(id));
    this.story.record = { ...this.story.record, slos: this.story.record.slos.filter(({ metric }) => metric !== 'errors') };
  }
  /** Every third create is acknowledged without naming its event, and nothing comes of it. */
  muteCreates(): void {
    const gone = new Set<string>();
    for (const [n, op] of this.#files.ops.filter(({ what }) => what === 'create').entries()) {
      if (n % 3 !== 0) continue;
      gone.add(op.eventId ?? '');
      delete op.eventId;
    }
    this.#keepOnly((id) => !gone.has(id));
  }
  #keepOnly(wanted: (eventId: string) => boolean): void {
    const files = this.#files;
    files.outbox = files.outbox?.filter(({ eventId }) => wanted(eventId));
    files.effects = files.effects?.filter(({ eventId }) => wanted(eventId));
    files.records = files.records?.filter(({ id }) => wanted(id ?? ''));
  }
  /** Half of what was sent left no trace but that it was sent. */
  loseCompletions(): void {
    this.#files.ops = this.#files.ops.filter(({ what }, n) => what !== 'read' || n % 8 !== 3);
    this.#files.answers = this.#files.answers?.slice(0, 10) ?? [];
  }
  /** A repeated create made a second task: with its row, its record and its effect, and nobody was told of it. */
  secondTask(index: number): void {
    const { outbox = [], records = [], effects = [] } = this.#files;
    const id = '00000000-0000-4000-a000-000000000002';
    const key = '999';
    const first = outbox.filter(({ eventType }) => eventType === 'task.created')[index];
    const record = records.find((one) => one.id === first?.eventId);
    const effect = effects.find((one) => one.eventId === first?.eventId);
    if (!first || !record || !effect) throw new Error(`there is no create ${index}`);
    const event = { ...(record.event as { data: object }), event_id: id };
    event.data = { ...event.data, id: Number(key) };
    outbox.push({ ...first, eventId: id, key, event });
    records.push({ ...record, id, key, event: structuredClone(event), offset: records.length });
    effects.push({ ...effect, eventId: id, key, seq: effects.length + 1 });
  }
  /** As many as were left in the outbox will never leave it. */
  giveUp(): void {
    for (const row of this.#files.outbox ?? [])
      if (row.sentAt === null) Object.assign(row, { givenUpAt: row.createdAt + 1_500, error: 'refused for good' });
  }
  breakEvent(index: number): void {
    const event = this.#files.records?.[index]?.event as { data: { id: unknown } };
    event.data.id = 'not a number';
  }
  breakAnswer(index: number): void {
    const answer = this.#files.answers?.[index];
    if (!answer) throw new Error(`there is no answer ${index}`);
    answer.body = (answer.body ?? '').replace(/"id":(\d+)/, '"id":"$1"');
  }
  /** Two arms, there and back again; every answer of one took 30 ms more. */
  slowArm(): void {
    this.story.record = { ...this.story.record, slos: [...this.story.record.slos, costP50] };
    const stretches = ['on', 'off', 'off', 'on'].map((name, n) => {
      const from = BEGAN + 2_000 + n * 4_500;
      return { name, from, to: from + 4_500 };
    });
    for (const { name, from, to } of stretches) {
      this.#files.journal.push({ at: from, kind: 'arm-in', name }, { at: to, kind: 'arm-out', name });
      for (const op of this.#files.ops)
        if (name === 'on' && op.intendedAt >= from && op.intendedAt < to) op.at = round(op.at + 30);
    }
    this.#files.journal.sort((a, b) => a.at - b.at);
  }
  neverHeal(): void {
    this.#files.journal = this.#files.journal.filter((mark) => mark.kind !== 'healed');
  }
  forget(file: 'effects' | 'outbox' | 'records' | 'samples'): void {
    this.#files[file] = undefined;
  }
  /** The harness was stopped at second ten: half the ops, nothing collected. */
  cutShort(): void {
    this.#files.ops = this.#files.ops.filter((op) => op.at < BEGAN + 10_000);
    this.#files.invokes = this.#files.invokes.filter((invoke) => invoke.at < BEGAN + 10_000);
    this.#files.answers = this.#files.answers?.filter((answer) => answer.at < BEGAN + 10_000) ?? [];
    this.#files.journal = this.#files.journal.filter((mark) => mark.at < BEGAN + 10_000);
    for (const file of ['effects', 'outbox', 'records'] as const) this.forget(file);
  }
}
