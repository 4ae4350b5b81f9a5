/** Guilty evidence with an excuse at hand, each beside its innocent twin. */
import { expect, test } from '@jest/globals';
import type { Op, Sample, Slo } from '../../../harness/evidence/records.ts';
import { judge } from '../../../harness/verdict/judge.ts';
import { factJudged } from '../../../harness/verdict/facts.ts';
import { sighting } from '../../../harness/verdict/sighting.ts';
import { recoveryOf } from '../../../harness/verdict/health.ts';
import { created, experiment, mark, op, type Partly, record, row, runOf, sample, scene, slo } from './scene.ts';

const [n, t0] = [3_000, 100_000];
const marks = [
  mark(t0 - 1, 'experiment-start'),
  mark(t0, 'measured-start'),
  mark(t0 + 30_000, 'measured-end'),
  mark(t0 + 31_000, 'workload-end'),
];
const errors = slo({
  name: 'errors',
  metric: 'errors',
  stat: 'ratio',
  comparison: '<=',
  limit: 0,
  unit: 'ratio',
  window: 'measured',
});
const p95 = slo({ name: 'p95', stat: 'p95', limit: 200, window: 'measured' });
const none = sample(t0, 'generator_dropped_iterations', 0);
const opsOf = (each: (i: number) => Partial<Op>) =>
  Array.from({ length: n }, (_, i) => op({ who: 'k6', startedAt: t0 + i * 10, ...each(i) }));
const taking = (ms: number, i: number): Partial<Op> => ({ at: t0 + i * 10 + ms });
const judged = (wanted: Slo, ops: readonly Op[], samples: readonly Sample[], rest: Partly = {}) =>
  judge(runOf(scene({ ops, samples, marks, record: { ...experiment, slos: [wanted] }, ...rest })), {
    intact: true,
  }).experiments[0]?.findings.find(({ claim }) => claim === `slo:${wanted.name}`);
const stall = sample(t0 + 5_000, 'disk_sync_ms', 400);
const wrote = (by: string, value: number) => sample(t0 + 5_000, 'disk_written_bytes', value, { by });

test('a slow disk excuses no error', () => {
  expect(
    judged(
      errors,
      opsOf((i) => (i % 2 ? {} : { type: 'unsure' })),
      [none, stall],
    )?.verdict,
  ).toBe('fail');
  expect(
    judged(
      errors,
      opsOf(() => ({})),
      [none, stall],
    )?.verdict,
  ).toBe('pass');
});

test('only what overlaps a stall is set aside, and the stall of strangers only', () => {
  const allSlow = opsOf((i) => taking(400, i));
  const slowInStall = opsOf((i) => taking(i >= 300 && i < 500 ? 400 : 10, i));
  expect(judged(p95, allSlow, [none, stall])?.verdict).toBe('fail');
  expect(judged(p95, slowInStall, [none])?.verdict).toBe('fail');
  expect(judged(p95, slowInStall, [none, { ...stall, value: 1_200 }, wrote('others', 9), wrote('system', 1)])).toMatchObject({
    verdict: 'unsure',
    because: expect.stringMatching(/overlapped a stall/),
  });
  expect(judged(p95, slowInStall, [none, { ...stall, value: 1_200 }, wrote('others', 1), wrote('system', 9)])?.verdict).toBe(
    'fail',
  );
});

test("arrivals that found every caller waiting for the system are its failures; others are nobody's", () => {
  const plans = (concurrency: number) => [{ at: t0, who: 'k6', what: 'create', model: 'open' as const, concurrency }];
  const dropped = sample(t0 + 5_005, 'generator_dropped_iterations', 50, { generator: 'k6' });
  const slow = opsOf((i) => taking(1_000, i));
  expect(judged(errors, slow, [dropped], { plans: plans(100) })?.verdict).toBe('fail');
  expect(judged(errors, slow, [dropped], { plans: plans(1_000) })?.verdict).toBe('unsure');
  expect(judged(errors, slow, [none], { plans: plans(100) })?.verdict).toBe('pass');
});

test('sent late: service time convicts, response time acquits, between them nobody knows', () => {
  const late = (lagMs: number, ms: number) =>
    opsOf((i) => ({ intendedAt: t0 + i * 10, startedAt: t0 + i * 10 + lagMs, at: t0 + i * 10 + lagMs + ms }));
  expect(judged(p95, late(100, 300), [none])?.verdict).toBe('fail');
  expect(judged(p95, late(100, 50), [none])?.verdict).toBe('pass');
  expect(judged(p95, late(300, 50), [none])).toMatchObject({
    verdict: 'unsure',
    between: [expect.closeTo(50, 0), expect.closeTo(350, 0)],
  });
});

test('a closed loop, or one that never said what it is, shows no percentile', () => {
  const by = (who: string) => opsOf(() => ({ who }));
  expect(judged(p95, by('wrk'), [none])).toMatchObject({
    verdict: 'unsure',
    because: expect.stringContaining('never declared a plan'),
  });
  const plans = [{ at: t0, who: 'wrk', what: 'create', model: 'closed' as const }];
  expect(judged(p95, by('wrk'), [none], { plans })?.because).toContain('closed loop');
  expect(judged(p95, by('wrk'), [none], { plans: [{ ...plans[0], model: 'open' as const } as never] })?.verdict).toBe('pass');
});

test('a clock that was set, and an answer before its request, are unsure', () => {
  const back = opsOf((i) => ({ intendedAt: t0 + i * 10, startedAt: t0 + i * 10 - 400, at: t0 + i * 10 + 1 }));
  expect(judged(p95, back, [none])).toMatchObject({ verdict: 'unsure', because: expect.stringContaining('a clock moved') });
  expect(
    judged(
      p95,
      opsOf(() => ({})),
      [none, sample(t0 + 5, 'clock_step_ms', -400)],
    )?.verdict,
  ).toBe('unsure');
  expect(
    judged(
      p95,
      opsOf(() => ({})),
      [none, sample(t0 + 5, 'clock_step_ms', -1)],
    )?.verdict,
  ).toBe('pass');
});

test('what never came is excused by no clock and no CPU', () => {
  const lost = opsOf((i) => (i % 2 ? { type: 'unsure' } : {}));
  const busy = sample(t0 + 5, 'foreign_cpu_ratio', 0.9);
  const step = sample(t0 + 5, 'clock_step_ms', -400);
  expect(judged(p95, lost, [none, busy, step])?.verdict).toBe('fail');
  expect(
    judged(
      p95,
      opsOf((i) => taking(400, i)),
      [none, busy],
    )?.verdict,
  ).toBe('unsure');
});

test('a broker behind the database is told by its records, and clocks that differ widen what is judged', () => {
  const ids = Array.from({ length: n }, (_, i) => `e${i}`);
  const ops = ids.map((id, i) => ({ ...created(id, t0 + i * 10), who: 'k6' }));
  const broker = (shiftMs: number) => ({
    outbox: ids.map((id, i) => ({ ...row(id, t0 + i * 10 + 400), createdAt: t0 + i * 10 + 5 })),
    records: ids.map((id, i) => record(id, { offset: i, at: t0 + i * 10 + 60 + shiftMs })),
  });
  const wanted = { ...p95, metric: 'latency.accept-to-broker', limit: 100 };
  expect(judged(wanted, ops, [none], broker(0))?.verdict).toBe('pass');
  expect(judged(wanted, ops, [none], broker(-300))?.verdict).toBe('unsure');
  const apart = ['clock_offset_ms', 'clock_uncertainty_ms'].map((metric) => sample(t0, metric, 25, { instance: 'broker' }));
  expect(judged(wanted, ops, [none, ...apart], broker(0))?.verdict).toBe('unsure');
});

test('counters are read by instance: three that stand still never rise', () => {
  const wanted = { name: 'failed', asks: '?', metric: 'failures', labels: {}, rises: 1, during: 'fault' as const };
  const faulty = [mark(0, 'experiment-start'), mark(5_000, 'kill', 'fault-in'), mark(9_000, 'kill', 'healed')];
  const still = [1, 2, 3].flatMap((k) =>
    [1, 6, 7].map((s) => sample(s * 1_000, 'failures', k * 100, { instance: `backend-${k}` })),
  );
  expect(sighting(scene({ samples: still, marks: faulty }), wanted)).toMatchObject({ verdict: 'unsure', actual: 0 });
  expect(
    sighting(scene({ samples: [...still, sample(8_000, 'failures', 103, { instance: 'backend-1' })], marks: faulty }), wanted),
  ).toMatchObject({ verdict: 'pass', actual: 3 });
  const newcomer = [6, 7].map((s) => sample(s * 1_000, 'failures', 500, { instance: 'backend-9' }));
  expect(sighting(scene({ samples: [...still, ...newcomer], marks: faulty }), wanted)).toMatchObject({ actual: 0 });
});

test('200,000 samples are no reason to break', () => {
  const many = Array.from({ length: 200_000 }, (_, i) => sample(t0 + i / 10, 'generator_dropped_iterations', 0));
  const disks = Array.from({ length: 200_000 }, (_, i) => sample(t0 + i / 10, 'disk_sync_ms', 5, { instance: 'machine' }));
  expect(
    judged(
      p95,
      opsOf(() => ({})),
      [...many, ...disks],
    )?.verdict,
  ).toBe('pass');
  const wanted = { name: 'x', asks: '?', metric: 'disk_sync_ms', labels: {}, rises: 1, during: 'all' as const };
  expect(sighting(scene({ samples: disks, marks }), wanted).because).toContain('the fault did nothing');
});

test('nothing equals nothing', () => {
  const fact = (expected: unknown, actual: unknown) =>
    factJudged(scene({ facts: [{ at: 1, name: 'f', comparison: '==', expected, actual }] }), { name: 'f', asks: '?' }).verdict;
  for (const nothing of [undefined, null, Number.NaN, Number.POSITIVE_INFINITY]) expect(fact(nothing, nothing)).toBe('fail');
  expect(fact({ at: null }, { at: null })).toBe('pass');
  expect(fact({ at: Number.NaN }, { at: null })).toBe('fail');
});

test('recovered when five healthy seconds begin; a later stall is a relapse', () => {
  const drill = [
    ...marks,
    mark(t0 + 5_000, 'kill', 'fault-in'),
    mark(t0 + 6_000, 'kill', 'fault-out'),
    mark(t0 + 10_000, 'kill', 'healed'),
  ];
  const bad = (...seconds: number[]) => opsOf((i) => (seconds.includes(Math.floor(i / 100)) ? { type: 'unsure' } : {}));
  const seen = (ops: Op[]) => recoveryOf(scene({ ops, marks: drill }));
  expect(seen(bad(10, 11))).toMatchObject({ recoveredMs: t0 + 12_000, relapsesMs: [] });
  expect(seen(bad(11, 20))).toMatchObject({ recoveredMs: t0 + 12_000, relapsesMs: [t0 + 20_000] });
  expect(seen(opsOf((i) => (i >= 1_000 ? { type: 'unsure' } : {})))).not.toHaveProperty('recoveredMs');
});
