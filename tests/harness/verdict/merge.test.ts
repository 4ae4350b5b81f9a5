import { expect, test } from '@jest/globals';
import fc from 'fast-check';
import type { Verdict } from '../../../harness/evidence/records.ts';
import { exitCodeOf, merge } from '../../../harness/verdict/merge.ts';

const verdict = fc.constantFrom<Verdict>('pass', 'fail', 'unsure', 'skipped');

test('nothing judged at all is unsure, and so is nothing but skipped claims', () => {
  expect(merge([])).toBe('unsure');
  expect(merge(['skipped', 'skipped'])).toBe('unsure');
});

test('the worst wins: fail > unsure > pass', () => {
  expect(merge(['pass', 'unsure', 'fail'])).toBe('fail');
  expect(merge(['pass', 'unsure'])).toBe('unsure');
  expect(merge(['pass', 'pass'])).toBe('pass');
});

test('order, repetition and skipped claims change nothing', () => {
  fc.assert(
    fc.property(fc.array(verdict, { minLength: 1 }), (all) => {
      expect(merge(all.toReversed())).toBe(merge(all));
      expect(merge([...all, ...all])).toBe(merge(all));
      expect(merge(['skipped', ...all])).toBe(merge(all));
    }),
  );
});

test('merging merged parts is merging the whole', () => {
  const parts = fc.array(
    fc.array(
      verdict.filter((one) => one !== 'skipped'),
      { minLength: 1 },
    ),
    { minLength: 1 },
  );
  fc.assert(fc.property(parts, (all) => expect(merge(all.map(merge))).toBe(merge(all.flat()))));
});

test('exit codes: 0 pass, 1 fail, 2 unsure, and a skipped run is no pass', () => {
  expect((['pass', 'fail', 'unsure', 'skipped'] as const).map(exitCodeOf)).toEqual([0, 1, 2, 2]);
});
