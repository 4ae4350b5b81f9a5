import { expect, test } from '@jest/globals';
import type { Slo } from '../../../harness/evidence/records.ts';
import { objective } from '../../../harness/verdict/objective.ts';
import { created, effect, mark, op, type Partly, record, scene, slo } from './scene.ts';

const judge = (rest: Partial<Slo>, evidence: Partly) => objective(slo(rest), scene(evidence), undefined).judgement;
const many = (n: number, rest: Partial<ReturnType<typeof op>> = {}) =>
  Array.from({ length: n }, (_, at) => op({ startedAt: 1_000 + at, ...rest }));

test('response time counts from when it was due, service time from when it was sent', () => {
  const ops = Array.from({ length: 20 }, (_, n) => op({ startedAt: 1_100 + n, intendedAt: 1_000 + n, at: 1_110 + n }));
  expect(judge({}, { ops })).toMatchObject({ verdict: 'fail', actual: 110.015 });
  expect(judge({ metric: 'latency.service' }, { ops })).toMatchObject({ verdict: 'pass', actual: 10.007 });
  expect(judge({ metric: 'latency.generator-lag' }, { ops }).actual).toBeCloseTo(100, 0);
});

test('a failed operation is slower than any limit', () => {
  const ops = [...many(10), ...many(10, { type: 'fail' })];
  expect(judge({}, { ops }).verdict).toBe('pass');
  expect(judge({}, { ops: [...ops, op({ type: 'unsure' })] })).toMatchObject({
    verdict: 'fail',
    actual: null,
    because: expect.stringContaining('beyond any limit'),
  });
});

test('an operation belongs to the window in which it was due', () => {
  const marks = [mark(0, 'measured-start'), mark(1_500, 'workload-end')];
  const ops = [...many(20), op({ startedAt: 1_600, intendedAt: 1_499 }), op({ intendedAt: 1_501, startedAt: 1_501 })];
  expect(judge({ window: 'measured' }, { ops, marks }).samples).toBe(21);
});

test('warm-up is not counted, and another kind of operation neither', () => {
  const ops = [...many(20), ...many(5, { warmup: true }), ...many(5, { what: 'read' })];
  expect(judge({ op: 'create' }, { ops }).samples).toBe(20);
});

test.each([
  ['fewer than asked for', { samplesMin: 30 }, 29, '30 are needed'],
  ['p95 of fewer than 200', { stat: 'p95' as const, samplesMin: 1 }, 199, '200 are needed'],
  ['p99 of fewer than 1,000', { stat: 'p99' as const, samplesMin: 1 }, 999, '1,000 are needed'],
])('%s samples: unsure', (_, rest, n, because) => {
  expect(judge(rest, { ops: many(n) })).toMatchObject({ verdict: 'unsure', because: expect.stringContaining(because) });
  expect(judge(rest, { ops: many(n + 1) }).verdict).toBe('pass');
});

test('errors are the share that failed or was not answered', () => {
  const ops = [...many(98), op({ type: 'fail' }), op({ type: 'unsure' })];
  expect(judge({ metric: 'errors', stat: 'ratio', comparison: '<=', limit: 0.01, unit: 'ratio' }, { ops })).toMatchObject({
    verdict: 'fail',
    actual: 0.02,
  });
});

test('throughput counts good answers by the time they came', () => {
  const marks = [mark(1_000, 'measured-start'), mark(3_000, 'workload-end')];
  const ops = [...many(40), op({ at: 3_500, startedAt: 2_000 }), op({ type: 'fail' })];
  const found = judge(
    { metric: 'throughput', stat: 'rate', comparison: '>=', limit: 20, unit: 'ops/s', window: 'measured' },
    { ops, marks },
  );
  expect(found).toMatchObject({ verdict: 'pass', actual: 20, samples: 40 });
});

test('accept-to-broker: the first record of the events’ own topic; none is infinitely late', () => {
  const ops = Array.from({ length: 20 }, (_, n) => created(String(n), 1_000));
  const records = ops.flatMap((one) => [
    record(one.key ?? '', { at: 1_080 }),
    record(one.key ?? '', { at: 9_000 }),
    record(one.key ?? '', { at: 1_001, topic: 'task-updates' }),
  ]);
  const rest = { metric: 'latency.accept-to-broker', stat: 'max', limit: 100 } as const;
  expect(judge(rest, { ops, records })).toMatchObject({ verdict: 'pass', actual: expect.closeTo(80, 0) });
  expect(judge(rest, { ops, records: records.filter((one) => one.id !== '3') })).toMatchObject({ verdict: 'fail', actual: null });
  // Where it looked for them it can not know: system.json tells of another system.
  const elsewhere = records.map((one) => ({ ...one, topic: 'orders' }));
  expect(judge(rest, { ops, records: elsewhere })).toMatchObject({
    verdict: 'unsure',
    because: expect.stringContaining('it is in orders, which system.json does not name'),
  });
});

test('accept-to-effect ends with the effect', () => {
  const ops = Array.from({ length: 20 }, (_, n) => created(String(n), 1_000));
  const effects = ops.map((one, n) => effect(one.key ?? '', n, 1_250));
  expect(judge({ metric: 'latency.accept-to-effect', stat: 'max', limit: 100 }, { ops, effects }).actual).toBeCloseTo(250, 0);
});

test.each([
  ['latency.response', { ops: undefined }],
  ['latency.accept-to-broker', { ops: many(20), records: undefined }],
  ['latency.accept-to-effect', { ops: many(20), effects: undefined }],
])('%s without its evidence is unsure', (metric, evidence) => {
  expect(judge({ metric }, evidence)).toMatchObject({ verdict: 'unsure', because: expect.stringContaining('missing') });
});

test('a window that was never opened, or holds nothing, is unsure', () => {
  expect(judge({ window: 'fault' }, { ops: many(20) }).because).toContain('no fault was ever in');
  expect(judge({ op: 'delete' }, { ops: many(20) }).because).toContain('operation "delete"');
});

test('a wrong objective convicts nobody', () => {
  expect(judge({ metric: 'latency.respnse' }, { ops: many(20) })).toMatchObject({
    verdict: 'unsure',
    because: expect.stringContaining('did you mean latency.response?'),
  });
});

test('the histogram stays with a latency objective', () => {
  expect(objective(slo(), scene({ ops: many(20) }), undefined).latencies?.samples).toBe(20);
});
