import { describe, expect, it } from '@jest/globals';
import type { Fact } from '../../../harness/evidence/records.ts';
import { factJudged, holds } from '../../../harness/verdict/facts.ts';

const asked = { name: 'kept', asks: 'Is it kept?' };
const fact = (over: Partial<Fact>): Fact => ({ at: 1, name: 'kept', comparison: '==', expected: 1, actual: 1, ...over });
const judged = (facts: readonly Fact[] | undefined) =>
  factJudged({ name: 'x', folder: 'experiments/x', damage: [], ...(facts && { facts }) }, asked);

describe('a fact', () => {
  it('passes when it was seen, and as expected each time', () => {
    expect(judged([fact({}), fact({ expected: { a: 1, b: 2 }, actual: { b: 2, a: 1 } })])).toMatchObject({
      verdict: 'pass',
      samples: 2,
    });
  });

  it('fails with the contradiction, however often it held', () => {
    const one = judged([fact({}), fact({ expected: 'done', actual: 'open', about: 'task 7' }), fact({})]);
    expect(one).toMatchObject({ verdict: 'fail', actual: 1, because: 'expected "done", saw "open" (task 7)' });
  });

  it('is unsure when nobody looked, or at something else only', () => {
    expect([judged(undefined), judged([]), judged([fact({ name: 'other' })])].map(({ verdict }) => verdict)).toEqual([
      'unsure',
      'unsure',
      'unsure',
    ]);
  });

  it.each([
    [fact({ comparison: '<=', expected: 5, actual: 5 }), true],
    [fact({ comparison: '<=', expected: 5, actual: 6 }), false],
    [fact({ comparison: '>=', expected: 5, actual: 4 }), false],
    [fact({ comparison: '<=', expected: 5, actual: null }), false],
    [fact({ comparison: '>=', expected: 0, actual: '1' }), false],
    [fact({ expected: null, actual: undefined }), false],
    [fact({ expected: [1, 2], actual: [2, 1] }), false],
  ])('holds or not (%#)', (one, expected) => {
    expect(holds(one)).toBe(expected);
  });
});
