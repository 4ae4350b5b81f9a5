import { expect, it } from '@jest/globals';
import { randomFrom } from '../../harness/random.ts';

const draw = (seed: number, n: number) => {
  const random = randomFrom(seed);
  return Array.from({ length: n }, random);
};

it('gives the same numbers for the same seed, others for another, all in [0, 1) and spread', () => {
  expect(draw(7, 5)).toEqual(draw(7, 5));
  expect(draw(7, 5)).not.toEqual(draw(8, 5));
  const many = draw(1, 10_000);
  expect(Math.min(...many)).toBeGreaterThanOrEqual(0);
  expect(Math.max(...many)).toBeLessThan(1);
  const mean = many.reduce((sum, value) => sum + value, 0) / many.length;
  expect(mean).toBeCloseTo(0.5, 1);
});
