import { expect, test } from '@jest/globals';
import type { Op, Slo } from '../../../harness/evidence/records.ts';
import { randomFrom } from '../../../harness/random.ts';
import { objective } from '../../../harness/verdict/objective.ts';
import { validateSlo } from '../../../harness/verdict/validate-slo.ts';
import { mark, op, type Partly, scene, slo } from './scene.ts';

const compares: Partial<Slo> = {
  stat: 'p95',
  window: 'arm:on',
  against: 'arm:off',
  unit: 'ratio',
  comparison: '<',
  limit: 1.1,
  samplesMin: 200,
};
const judge = (rest: Partial<Slo>, evidence: Partly) =>
  objective(slo({ ...compares, ...rest }), scene(evidence), undefined).judgement;

/** There and back again, ten seconds each, a hundred operations a second. */
const order = ['off', 'on', 'on', 'off'];
const lengthMs = 10_000;
const marks = order.flatMap((arm, n) => [mark(n * lengthMs, arm, 'arm-in'), mark((n + 1) * lengthMs - 1, arm, 'arm-out')]);
const opsOf = (ms: (arm: string, stretch: number, random: () => number) => number, perStretch = 1_000): Op[] => {
  const random = randomFrom(5);
  return order.flatMap((arm, stretch) =>
    Array.from({ length: perStretch }, (_, n) => {
      const startedAt = stretch * lengthMs + (n * (lengthMs - 1)) / perStretch;
      return op({ startedAt, at: startedAt + ms(arm, stretch, random) });
    }),
  );
};
const even = (factor: number) => opsOf((arm, _, random) => (10 + 5 * random()) * (arm === 'on' ? factor : 1));

test('two equal arms: about once as much, and chance is narrow', () => {
  const found = judge({}, { marks, ops: even(1) });
  expect(found).toMatchObject({ verdict: 'pass', samples: 2_000, actual: expect.closeTo(1, 1) });
  const [low, high] = found.between ?? [];
  expect(low).toBeGreaterThan(0.97);
  expect(high).toBeLessThan(1.03);
  expect(found.because).toMatch(/^latency.response p95 was 14\.\d+ ms in arm:on, 14\.\d+ ms in arm:off: \S+ times as much/);
  expect(found.because).toContain('promised: below 1.1');
  expect(found.because).toMatch(/took longer in (4[89]|5[0-2]) % \(Mann-Whitney p = 0\.\d+\)$/);
});

test('a third more: it fails, with the slowest to start from, and ranks say how plainly', () => {
  const found = judge({}, { marks, ops: even(1.3) });
  expect(found).toMatchObject({ verdict: 'fail', actual: expect.closeTo(1.3, 1) });
  expect(found.examples).toHaveLength(10);
  expect(found.because).toMatch(/took longer in 9\d % \(Mann-Whitney p < 0\.001\)/);
});

test('a limit that chance alone could reach: unsure, and it says so', () => {
  const found = judge({}, { marks, ops: even(1.1) });
  expect(found).toMatchObject({ verdict: 'unsure', because: expect.stringContaining('within what chance could have done') });
});

test('in its own unit it is a difference', () => {
  const found = judge({ unit: 'ms', limit: 8, stat: 'p50' }, { marks, ops: even(1.5) });
  expect(found).toMatchObject({
    verdict: 'pass',
    unit: 'ms',
    actual: expect.closeTo(6.3, 0),
    because: expect.stringContaining('ms more'),
  });
});

test('a machine that gets slower is no difference between the arms', () => {
  const drifting = opsOf((_, stretch, random) => (10 + 5 * random()) * (1 + stretch / 4));
  const found = judge({ stat: 'mean' }, { marks, ops: drifting });
  // Not a pass either: with two pairs nobody can know that it was the machine.
  expect(found.actual).toBeCloseTo(1, 1);
  expect(found.verdict).not.toBe('fail');
});

test('one slow second moves the interval: neighbours are not independent', () => {
  const hiccup = opsOf((_, __, random) => 10 + 5 * random()).map((one) =>
    one.startedAt >= 12_000 && one.startedAt < 13_000 ? { ...one, at: one.at + 40 } : one,
  );
  const found = judge({ limit: 1.5 }, { marks, ops: hiccup });
  expect((found.between?.[1] ?? 0) - (found.between?.[0] ?? 0)).toBeGreaterThan(1);
  expect(found.verdict).toBe('unsure');
});

test.each([
  ['too few in one arm', { marks, ops: even(1).filter(({ startedAt }) => startedAt < 31_000) }, '1,101 samples in arm:off'],
  [
    'nothing of the kind in one',
    { marks, ops: even(1).filter(({ startedAt }) => startedAt < 10_000) },
    'fell into the arm:on window',
  ],
  ['an arm never marked', { marks: marks.slice(2, 6), ops: even(1) }, 'never marked an arm off'],
  ['an arm without end', { marks: marks.slice(0, -1), ops: even(1) }, 'do not come in pairs'],
] as const)('%s: unsure', (_, evidence, because) => {
  expect(judge({ samplesMin: 1_500 }, evidence)).toMatchObject({
    verdict: 'unsure',
    because: expect.stringContaining(because),
  });
});

test('against an arm that never answered nothing can be held; one that never answers is beyond any limit', () => {
  const dead = (which: string) =>
    opsOf(() => 10).map((one) => {
      const arm = order[Math.floor(one.startedAt / lengthMs)];
      return arm === which ? { ...one, type: 'unsure' as const } : one;
    });
  expect(judge({}, { marks, ops: dead('off') })).toMatchObject({ verdict: 'unsure', actual: null });
  expect(judge({}, { marks, ops: dead('on') })).toMatchObject({ verdict: 'fail', actual: null, between: [null, null] });
});

test('rates: good answers a second of one arm against the other', () => {
  const ops = opsOf(() => 10).filter((one, n) => order[Math.floor(one.startedAt / lengthMs)] === 'off' || n % 2 === 0);
  const rate: Partial<Slo> = { metric: 'throughput', stat: 'rate', comparison: '>=', samplesMin: 1 };
  expect(judge({ ...rate, limit: 0.4 }, { marks, ops })).toMatchObject({ verdict: 'pass', actual: expect.closeTo(0.5, 2) });
  expect(judge({ ...rate, limit: 0.6 }, { marks, ops }).verdict).toBe('fail');
  expect(judge({ ...rate, limit: -60, unit: 'ops/s' }, { marks, ops })).toMatchObject({
    verdict: 'pass',
    actual: expect.closeTo(-50, 0),
  });
});

test('errors: what counts is how many were asked, not how many seconds', () => {
  const ops = even(1).map((one, n) => (n % 100 === 0 ? { ...one, type: 'fail' as const } : one));
  const errors: Partial<Slo> = { metric: 'errors', stat: 'ratio', unit: 'share', limit: 0.01, samplesMin: 1 };
  expect(judge(errors, { marks, ops })).toMatchObject({ verdict: 'pass', actual: 0 });
});

test('the same evidence gives the same words', () => {
  expect(judge({}, { marks, ops: even(1.1) })).toEqual(judge({}, { marks, ops: even(1.1) }));
});

test('an objective that could never be judged is found before anything starts', () => {
  const errors = (rest: Partial<Slo>) => validateSlo(slo({ ...compares, ...rest }));
  expect(errors({})).toEqual([]);
  expect(errors({ window: 'arm:On' as never })[0]).toContain('arm:On is not a window; known: measured, fault');
  expect(errors({ against: 'arm:on' })).toEqual(["arm:on can't be held against itself"]);
  expect(errors({ comparison: '==' })[0]).toContain('never exactly alike');
  expect(errors({ unit: 's' })).toEqual(['latency.response is measured in ms, not s']);
  expect(errors({ metric: 'delivery.lost', stat: 'count', unit: 'events' })[0]).toContain('looks at the whole experiment');
});
