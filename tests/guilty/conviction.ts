/** What a table of culprits says of one, and the test that holds the judge to it. */
import { describe, expect, it } from '@jest/globals';
import { claims } from '../harness/plumbline.ts';
import { trial } from './trial.ts';

export interface Conviction {
  readonly who: string;
  readonly experiments: readonly string[];
  /** Service -> the file here that runs in its place. */
  readonly culprits: Readonly<Record<string, string>>;
  readonly without: readonly string[];
  /** All that fails, sorted: experiment and claim. */
  readonly of: readonly string[];
}

export function convicts(all: readonly Conviction[]): void {
  describe.each(all)('$who', ({ experiments, culprits, without, of }) => {
    const { seen } = trial(experiments, { culprits, without });
    it('is convicted of that, and of nothing else', () => {
      expect(claims(seen.findings, 'fail')).toEqual(of);
      expect(seen.ended?.code).toBe(1);
    });
  });
}
