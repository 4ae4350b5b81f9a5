import { expect, test } from '@jest/globals';
import fc from 'fast-check';
import { Latencies, samplesForPercentile } from '../../../../harness/verdict/statistics/histogram.ts';

const ms = fc.oneof(fc.double({ min: 0, max: 600_000, noNaN: true }), fc.constant(Number.POSITIVE_INFINITY));
const PERCENTILES = [0, 50, 90, 95, 99, 99.9, 100];

test('the merge of two histograms is the histogram of the union', () => {
  fc.assert(
    fc.property(fc.array(ms), fc.array(ms), (left, right) => {
      const merged = Latencies.of(left);
      merged.merge(Latencies.of(right));
      const union = Latencies.of([...left, ...right]);
      expect(merged.encode()).toEqual(union.encode());
      expect(PERCENTILES.map((p) => merged.percentileMs(p))).toEqual(PERCENTILES.map((p) => union.percentileMs(p)));
    }),
    { numRuns: 30 },
  );
});

test('a percentile is the nearest rank, within the three digits that are kept', () => {
  fc.assert(
    fc.property(
      fc.array(fc.integer({ min: 1, max: 60_000 }), { minLength: 1, maxLength: 300 }),
      fc.constantFrom(50, 95, 99),
      (values, p) => {
        const sorted = values.toSorted((a, b) => a - b);
        const exact = sorted[Math.max(1, Math.ceil((p / 100) * sorted.length)) - 1] ?? 0;
        const read = Latencies.of(values).percentileMs(p);
        expect(Math.abs(read - exact) / exact).toBeLessThan(0.001);
      },
    ),
    { numRuns: 50 },
  );
});

test('what comes back from its encoding is the same histogram', () => {
  const latencies = Latencies.of([0.001, 1, 20.5, 3_000, Number.POSITIVE_INFINITY]);
  const back = Latencies.decode(latencies.encode());
  expect(back.encode()).toEqual(latencies.encode());
  expect(back.samples).toBe(5);
});

test('a failed operation is slower than any limit, and never averaged away', () => {
  const latencies = Latencies.of([...new Array(98).fill(10), Number.POSITIVE_INFINITY, Number.NaN]);
  expect(latencies.percentileMs(98)).toBeCloseTo(10, 1);
  expect(latencies.percentileMs(99)).toBe(Number.POSITIVE_INFINITY);
  expect(latencies.meanMs()).toBe(Number.POSITIVE_INFINITY);
});

test('nothing recorded has no percentile at all', () => {
  expect(new Latencies().percentileMs(50)).toBeNaN();
  expect(new Latencies().meanMs()).toBeNaN();
});

test('ten samples must lie beyond a percentile', () => {
  expect([50, 95, 99].map(samplesForPercentile)).toEqual([20, 200, 1_000]);
});
