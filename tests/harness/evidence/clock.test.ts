import { afterEach, describe, expect, it, jest } from '@jest/globals';
import { clockMs } from '../../../harness/evidence/journal.ts';

afterEach(() => void jest.restoreAllMocks());

describe('the clock of the evidence', () => {
  it('is the system clock, finer than a millisecond', () => {
    const seen = Array.from({ length: 2_000 }, () => [Date.now(), clockMs(), Date.now()] as const);
    for (const [before, now, after] of seen) {
      expect(now).toBeGreaterThanOrEqual(before);
      expect(now).toBeLessThan(after + 1);
    }
    expect(seen.some(([, now]) => now % 1 !== 0)).toBe(true);
  });

  it.each([-150, 150, 3_600_000])('follows the system clock when it is set by %d ms', (stepMs) => {
    clockMs();
    const real = Date.now.bind(Date);
    jest.spyOn(Date, 'now').mockImplementation(() => real() + stepMs);
    expect(Math.abs(clockMs() - (real() + stepMs))).toBeLessThan(5);
  });
});
