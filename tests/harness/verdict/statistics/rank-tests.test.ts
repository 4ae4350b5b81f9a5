import { expect, test } from '@jest/globals';
import fc from 'fast-check';
import { mannWhitney } from '../../../../harness/verdict/statistics/rank-tests.ts';

test('as SciPy documents it: mannwhitneyu(males, females, method="asymptotic")', () => {
  const found = mannWhitney([19, 22, 16, 29, 24], [20, 11, 17, 12]);
  expect(found.u).toBe(17);
  expect(found.superiority).toBe(0.85);
  expect(found.p).toBeCloseTo(0.11134688653314041, 6);
});

test('ties share their ranks, and narrow what chance would do', () => {
  // By hand: ranks of the first 1, 3, 3, 5.5; variance 4 * 3 / 12 * (8 - 30 / 42); z = (3.5 - 0.5) / sqrt(7.2857).
  const found = mannWhitney([1, 2, 2, 3], [2, 3, 4]);
  expect(found.u).toBe(2.5);
  expect(found.p).toBeCloseTo(0.26638, 4);
});

test('a sample against itself says nothing, and what never came is the largest', () => {
  expect(mannWhitney([5, 5, 5], [5, 5])).toEqual({ u: 3, superiority: 0.5, p: 1 });
  expect(mannWhitney([Infinity, Infinity], [1, Infinity]).superiority).toBe(0.75);
});

const sample = fc.array(fc.oneof(fc.integer({ min: 0, max: 9 }), fc.constant(Infinity)), { minLength: 1, maxLength: 40 });

test('U counts pairs, ties half', () => {
  fc.assert(
    fc.property(sample, sample, (first, second) => {
      const pairs = first.flatMap((a) => second.map((b) => (a > b ? 1 : a === b ? 0.5 : 0)));
      expect(mannWhitney(first, second).u).toBeCloseTo(
        pairs.reduce<number>((sum, one) => sum + one, 0),
        6,
      );
    }),
  );
});

test('the other way round is the same surprise, and any rising scale too', () => {
  fc.assert(
    fc.property(sample, sample, (first, second) => {
      const found = mannWhitney(first, second);
      const turned = mannWhitney(second, first);
      expect(turned.p).toBeCloseTo(found.p, 9);
      expect(turned.superiority).toBeCloseTo(1 - found.superiority, 9);
      const scaled = (values: readonly number[]) => values.map((value) => 3 * value + 7);
      expect(mannWhitney(scaled(first), scaled(second))).toEqual(found);
      expect(found.p).toBeGreaterThanOrEqual(0);
      expect(found.p).toBeLessThanOrEqual(1);
    }),
  );
});
