import { expect, test } from '@jest/globals';
import fc from 'fast-check';
import { randomFrom } from '../../../../harness/random.ts';
import { bootstrap, type Stretches, type Weights } from '../../../../harness/verdict/statistics/bootstrap.ts';

const settings = { confidence: 0.95, draws: 1_000, seed: 7 };
const meanOf =
  (values: readonly number[]) =>
  ([weights = []]: readonly Weights[]) =>
    values.reduce((sum, value, n) => sum + value * (weights[n] ?? 0), 0) / weights.reduce((sum, weight) => sum + weight, 0);
const stretches = fc.array(fc.integer({ min: 1, max: 8 }), { minLength: 1, maxLength: 5 });

test('the same seed gives the same interval, another one nearly', () => {
  const values = Array.from({ length: 50 }, (_, n) => n % 10);
  const of = (seed: number) => bootstrap({ ...settings, samples: [[50]], statistic: meanOf(values), seed });
  expect(of(1)).toEqual(of(1));
  expect(of(1)?.[0]).toBeCloseTo(of(2)?.[0] ?? Number.NaN, 0);
});

test('as theory has it: the mean of independent slices is known to 1.96 standard errors', () => {
  const random = randomFrom(3);
  const values = Array.from({ length: 400 }, random);
  const [low, high] = bootstrap({ ...settings, samples: [[400]], statistic: meanOf(values) }) ?? [0, 0];
  const mean = values.reduce((sum, value) => sum + value, 0) / 400;
  // Uniform numbers spread by the root of a twelfth.
  const error = (1.96 * Math.sqrt(1 / 12)) / Math.sqrt(400);
  expect(low).toBeCloseTo(mean - error, 2);
  expect(high).toBeCloseTo(mean + error, 2);
});

test('nineteen intervals in twenty hold the truth', () => {
  const random = randomFrom(11);
  let held = 0;
  for (let trial = 0; trial < 200; trial += 1) {
    const values = Array.from({ length: 40 }, random);
    const [low, high] = bootstrap({ ...settings, draws: 400, seed: trial, samples: [[40]], statistic: meanOf(values) }) ?? [0, 0];
    if (low <= 0.5 && 0.5 <= high) held += 1;
  }
  expect(held / 200).toBeGreaterThan(0.9);
});

test('every draw takes as many stretches as there are, whole, and the interval is in order', () => {
  fc.assert(
    fc.property(stretches, (sizes: Stretches) => {
      const spread = bootstrap({
        ...settings,
        draws: 50,
        samples: [sizes],
        statistic: ([weights = []]) => {
          const drawn = weights.reduce((sum, weight) => sum + weight, 0);
          expect(weights).toHaveLength(sizes.reduce((sum, size) => sum + size, 0));
          expect(drawn).toBeGreaterThanOrEqual(sizes.length * Math.min(...sizes));
          expect(drawn).toBeLessThanOrEqual(sizes.length * Math.max(...sizes));
          return drawn;
        },
      });
      expect(spread?.[0]).toBeLessThanOrEqual(spread?.[1] ?? Number.NaN);
    }),
    { numRuns: 30 },
  );
});

test('neighbours are drawn together: what is common to both cancels out', () => {
  // The machine was twice as slow in the second half, for both arms.
  const machine = [1, 1, 2, 2];
  const ratio = (weights: readonly Weights[]) => meanOf(machine)([weights[0] ?? []]) / meanOf(machine)([weights[1] ?? []]);
  const paired = [
    [2, 2],
    [2, 2],
  ];
  expect(bootstrap({ ...settings, samples: paired, statistic: ratio })).toEqual([1, 1]);
  const alone = bootstrap({ ...settings, samples: [[2, 2], [4]], statistic: ratio });
  expect(alone?.[1]).toBeGreaterThan(1);
});

test('draws that say nothing are left out, and too many of them say nothing at all', () => {
  let turn = 0;
  const sometimes = (share: number) => () => (turn++ % 10 < share * 10 ? Number.NaN : 1);
  expect(bootstrap({ ...settings, samples: [[3]], statistic: sometimes(0.4) })).toEqual([1, 1]);
  expect(bootstrap({ ...settings, samples: [[3]], statistic: sometimes(0.6) })).toBeUndefined();
});
