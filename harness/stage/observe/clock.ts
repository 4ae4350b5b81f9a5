/** Clocks held against each other: the harness' wall clock against its monotonic one, and the database's against the harness'. */
import { clockMs } from '../../evidence/journal.ts';
import type { Sample } from '../../evidence/records.ts';

/** Each call gives `clock_step_ms`: by how much the wall clock went further than the monotonic one since the call before. */
export function clockStepSampler(wall = () => Date.now(), monotonic = () => performance.now()): () => Sample[] {
  let before = wall() - monotonic();
  return () => {
    const now = wall() - monotonic();
    const value = now - before;
    before = now;
    return [{ at: clockMs(), metric: 'clock_step_ms', labels: { instance: 'harness' }, value }];
  };
}

/**
 * `clock_offset_ms` (the database's time less ours at the middle of the question) and `clock_uncertainty_ms` (half of how long the
 * question took: it was read somewhere in between).
 */
export async function databaseClock(ask: () => Promise<number | undefined>, now = clockMs): Promise<Sample[]> {
  const askedAt = now();
  const theirs = await ask();
  const at = now();
  if (theirs === undefined || !Number.isFinite(theirs)) return [];
  const labels = { instance: 'database' };
  return [
    { at, metric: 'clock_offset_ms', labels, value: theirs - (askedAt + at) / 2 },
    { at, metric: 'clock_uncertainty_ms', labels, value: (at - askedAt) / 2 },
  ];
}
