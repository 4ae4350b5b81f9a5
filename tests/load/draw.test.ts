import { describe, expect, it } from '@jest/globals';
import { drawTask } from '../../load/k6/draw.ts';

const draws = (seed: number) => Array.from({ length: 400 }, (_, n) => drawTask(seed, n));

describe('what k6 is given by chance', () => {
  it('is the same for the same seed, and another for another', () => {
    expect(draws(7)).toEqual(draws(7));
    expect(draws(7)).not.toEqual(draws(8));
  });

  it('does not depend on which iterations came before: a dropped one moves no other', () => {
    expect(drawTask(7, 399)).toEqual(draws(7)[399]);
  });

  it('is many sizes, most of them short, and every priority', () => {
    const sizes = draws(7).map(({ description }) => description.length);
    expect(new Set(sizes).size).toBeGreaterThan(100);
    expect(sizes.toSorted((a, b) => a - b)[200]).toBeLessThan(200);
    expect(Math.max(...sizes)).toBeGreaterThan(600);
    expect(new Set(draws(7).map(({ priority }) => priority))).toEqual(new Set([1, 2, 3]));
  });
});
