/** An arm: a stretch in which the workload does something differently, so that objectives can look at it alone or hold it against another. */
import type { WorkloadRun } from '../experiment.ts';

/** Marks where it begins and ends; what breaks off has no end, and is not judged as if it were whole. */
export async function inArm<T>({ journal }: Pick<WorkloadRun, 'journal'>, name: string, act: () => Promise<T>): Promise<T> {
  journal.mark('arm-in', name);
  const done = await act();
  journal.mark('arm-out', name);
  return done;
}
