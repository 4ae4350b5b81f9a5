import { expect, test } from '@jest/globals';
import { generator } from '../../../harness/verdict/validity.ts';
import { op, sample, scene } from './scene.ts';

const arrivals = (lateMs: number, n = 100) =>
  Array.from({ length: n }, (_, at) => op({ who: 'k6', intendedAt: 1_000 + at, startedAt: 1_000 + at + lateMs }));
const dropped = (value: number) => sample(2_000, 'generator_dropped_iterations', value);
const judge = (ops: ReturnType<typeof arrivals>, samples = [dropped(0)], options = {}) =>
  generator(scene({ ops, samples }), options);

test('on time, nothing dropped: pass', () => {
  expect(judge(arrivals(5))).toMatchObject({ verdict: 'pass', samples: 100, actual: 0 });
});

test('more than one in a hundred late: unsure, never fail', () => {
  expect(judge([...arrivals(5, 99), ...arrivals(80, 1)]).verdict).toBe('pass');
  expect(judge([...arrivals(5, 98), ...arrivals(80, 2)])).toMatchObject({
    verdict: 'unsure',
    because: expect.stringContaining('more than 50 ms late'),
  });
});

test('dropped arrivals, or nobody who counted them: unsure', () => {
  expect(judge(arrivals(5), [dropped(0), dropped(3)]).because).toContain('dropped 3 arrivals');
  expect(judge(arrivals(5), []).because).toContain('nobody counted');
});

test('no CPU left: unsure; the same use is fine on more cores', () => {
  const samples = [dropped(0), sample(3_000, 'generator_cpu_ratio', 1.2)];
  expect(judge(arrivals(5), samples).because).toContain('CPU');
  expect(judge(arrivals(5), samples, { cores: 2 }).verdict).toBe('pass');
});

test('strangers on the machine: unsure; what the system needs itself is no excuse', () => {
  const busy = (foreign: number) => [
    dropped(0),
    sample(1_050, 'machine_cpu_ratio', 1),
    sample(1_050, 'foreign_cpu_ratio', foreign),
  ];
  expect(judge(arrivals(5), busy(0.4)).because).toContain('other programs took 40.0 % of the machine');
  expect(judge(arrivals(5), busy(0.1)).verdict).toBe('pass');
});

test('warm-up and closed-loop clients have no schedule to keep', () => {
  expect(judge([...arrivals(5), ...arrivals(900).map((one) => ({ ...one, warmup: true }))]).verdict).toBe('pass');
  expect(judge([op()]).verdict).toBe('skipped');
});
