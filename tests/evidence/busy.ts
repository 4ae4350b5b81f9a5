/** An innocent load, long enough for percentiles, with events on two topics and facts: what crimes need to be committed on. */
import type { ExperimentRecord, Mark, Slo } from '../../harness/evidence/records.ts';
import { randomFrom, seedOf, uuidFrom } from '../../harness/random.ts';
import { BEGAN, SEED, stage, type Story } from './stories.ts';

const startMs = BEGAN + 60_000;
const round = (ms: number) => Math.round(ms * 100) / 100;

const slo = (rest: Pick<Slo, 'name' | 'asks' | 'metric' | 'stat' | 'limit' | 'unit'>): Slo => ({
  proves: [],
  comparison: '<=',
  window: 'measured',
  samplesMin: 200,
  ...rest,
});

export function busy({ arrivals = 400, ratePerS = 50 } = {}): Story {
  const record: ExperimentRecord = {
    name: 'busy',
    kind: 'load',
    asks: 'Are creates answered and published in time, and none of them lost?',
    proves: ['SC-007'],
    workload: `k6, open model, ${ratePerS} creates/s`,
    faults: [],
    slos: [
      slo({ name: 'busy-errors', asks: 'One in a hundred fails.', metric: 'errors', stat: 'ratio', limit: 0.01, unit: 'ratio' }),
      slo({ name: 'busy-p95', asks: 'Answered soon.', metric: 'latency.response', stat: 'p95', limit: 200, unit: 'ms' }),
      slo({
        name: 'in-broker-p95',
        asks: 'Published soon.',
        metric: 'latency.accept-to-broker',
        stat: 'p95',
        limit: 100,
        unit: 'ms',
      }),
    ],
    checkers: ['delivery', 'conformance', 'generator'],
    sometimes: [],
    facts: [{ name: 'looked', asks: 'Was it as expected?' }],
    settleMsMax: 10_000,
    stage,
    seed: seedOf(SEED, 'busy', 'workload'),
  };
  const random = randomFrom(33);
  const files: Story['files'] = {
    plans: [{ at: startMs, who: 'k6', what: 'create', model: 'open', arrivals, ratePerS, concurrency: 100 }],
    invokes: [],
    ops: [],
    answers: [],
    facts: [1, 2].map((n) => ({ at: startMs + n, name: 'looked', comparison: '==' as const, expected: n, actual: n })),
    samples: [],
    journal: [],
    outbox: [],
    effects: [],
    records: [],
  };
  for (let n = 0; n < arrivals; n++) {
    const intendedAt = startMs + n * (1_000 / ratePerS);
    const startedAt = round(intendedAt + random());
    const at = round(startedAt + 5 + random() * 10);
    const [eventId, key, eventType] = [uuidFrom(random), String(5_000 + n), 'task.created'];
    const invoke = `measured/${n}`;
    files.invokes.push({ id: invoke, at: startedAt, intendedAt, who: 'k6', what: 'create', eventType });
    files.ops.push({
      invoke,
      at,
      intendedAt,
      startedAt,
      who: 'k6',
      what: 'create',
      type: 'ok',
      status: 201,
      eventId,
      eventType,
      key,
    });
    const [createdAt, sentAt] = [round(at - 2), round(at + 6 + random() * 6)];
    const event = {
      event_id: eventId,
      event_type: eventType,
      timestamp: new Date(Math.round(createdAt)).toISOString(),
      version: 'v1.0',
      data: { id: 5_000 + n, user_id: 'ada', title: `task ${n}`, completed: false },
    };
    const topics = ['task-events', 'task-updates'];
    files.outbox?.push({
      outbox: 'domain',
      eventId,
      key,
      eventType,
      createdAt,
      sentAt,
      attempts: 1,
      error: null,
      topics,
      givenUpAt: null,
      event,
    });
    for (const topic of topics)
      files.records?.push({
        topic,
        partition: n % 3,
        offset: 1_000 + Math.floor(n / 3),
        at: Math.floor(sentAt) - 1,
        key,
        contentType: 'application/cloudevents+json',
        id: eventId,
        event: structuredClone(event),
      });
    files.effects?.push({ consumer: 'notices', seq: 1_000 + n, eventId, eventType, key, at: round(sentAt + 10 + random() * 5) });
  }
  const endMs = startMs + (arrivals * 1_000) / ratePerS;
  const mark = (at: number, name: string, detail?: Mark['detail']): Mark => ({
    at,
    kind: 'mark',
    name,
    ...(detail && { detail }),
  });
  files.journal = [
    mark(startMs - 300, 'quiet'),
    mark(startMs - 200, 'experiment-start'),
    mark(startMs - 100, 'workload-start'),
    mark(startMs - 1, 'measured-start'),
    mark(endMs, 'measured-end'),
    mark(endMs + 500, 'workload-end'),
    mark(endMs + 900, 'settled'),
    mark(endMs + 1_000, 'collected'),
  ];
  for (let at = startMs - 500; at < endMs; at += 1_000)
    files.samples?.push(
      { at, metric: 'disk_sync_ms', labels: { instance: 'machine' }, value: 3 },
      { at, metric: 'foreign_cpu_ratio', labels: { instance: 'machine' }, value: 0.02 },
      { at, metric: 'generator_cpu_ratio', labels: { generator: 'k6' }, value: 0.1 },
      { at, metric: 'generator_dropped_iterations', labels: { generator: 'k6' }, value: 0 },
      { at, metric: 'harness_event_loop_lag_ms', labels: {}, value: 1 },
      { at, metric: 'clock_step_ms', labels: { instance: 'harness' }, value: 0 },
    );
  return { record, files };
}
