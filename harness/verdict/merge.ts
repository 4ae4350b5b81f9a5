/** The verdict algebra: fail > unsure > pass; `skipped` is neutral; nothing judged at all is `unsure`. */
import type { Verdict } from '../evidence/records.ts';

export function merge(verdicts: Iterable<Verdict>): Verdict {
  const seen = new Set(verdicts);
  if (seen.has('fail')) return 'fail';
  if (seen.has('unsure')) return 'unsure';
  // A run of skipped claims proved as little as a run without claims.
  return seen.has('pass') ? 'pass' : 'unsure';
}

/** What a shell sees. 3 (the harness broke) and 130 (interrupted) are the command line's to give. */
export function exitCodeOf(verdict: Verdict): 0 | 1 | 2 {
  if (verdict === 'pass') return 0;
  return verdict === 'fail' ? 1 : 2;
}
