import { expect, test } from '@jest/globals';
import fc from 'fast-check';
import { Latencies } from '../../../../harness/verdict/statistics/histogram.ts';
import { Weighed } from '../../../../harness/verdict/statistics/weighed.ts';

const slice = { min: 0, max: 3 };
const latency = fc.record({
  ms: fc.oneof(fc.integer({ min: 1, max: 60_000 }), fc.constant(Infinity)),
  slice: fc.integer(slice),
});
const weights = fc.array(fc.integer({ min: 0, max: 3 }), { minLength: 4, maxLength: 4 });

test('it says what a histogram of the same draw says', () => {
  fc.assert(
    fc.property(fc.array(latency, { minLength: 1, maxLength: 100 }), weights, (all, drawn) => {
      const rising = all.toSorted((a, b) => (a.ms === b.ms ? 0 : a.ms - b.ms));
      const weighed = new Weighed(rising, drawn);
      const whole = Latencies.of(rising.flatMap((one) => new Array<number>(drawn[one.slice] ?? 0).fill(one.ms)));
      for (const p of [1, 50, 95, 99.9, 100]) near(weighed.percentileMs(p), whole.percentileMs(p));
      near(weighed.maxMs(), whole.maxMs());
      near(weighed.meanMs(), whole.meanMs());
    }),
  );
});

/** The histogram keeps three digits. */
function near(exact: number, kept: number): void {
  if (Number.isFinite(exact)) expect(Math.abs(exact - kept)).toBeLessThanOrEqual(0.001 * exact);
  else expect(kept).toBe(exact);
}
