import { describe, expect, it } from '@jest/globals';
import { attemptsMax, pauseMs, retryMs, unreachedMs } from '../../../impl/notification/retry.ts';

describe('the next try', () => {
  it('waits longer each time, and in all for longer than a greylisting server wants', () => {
    const waits = Array.from({ length: attemptsMax - 1 }, (_, at) => retryMs(at + 1, 0.5));
    expect(waits).toEqual([2_000, 10_000, 50_000, 250_000, 1_250_000]);
    expect(retryMs(1, 0)).toBe(1_500);
    expect(retryMs(1, 1)).toBe(2_500);
    expect(retryMs(50, 0.5)).toBe(1_800_000);
  });

  it('of what reached nobody comes after a second at first, and each minute in the end', () => {
    expect([0, 20_000, 86_400_000].map((ageMs) => unreachedMs(ageMs, 0.5))).toEqual([1_000, 5_000, 60_000]);
    expect([1, 2, 7, 50].map((failures) => pauseMs(failures, 0.5))).toEqual([500, 1_000, 30_000, 30_000]);
  });
});
