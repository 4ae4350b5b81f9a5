/** Looks again and again until it is as wanted, and then, or when patience ends, gives what it saw last: a fact for the judge. */
import { setTimeout as sleep } from 'node:timers/promises';
import type { WorkloadRun } from '../experiment.ts';

export interface Patience {
  readonly everyMs: number;
  readonly giveUpMs: number;
}

export async function eventually<T>(
  { signal }: Pick<WorkloadRun, 'signal'>,
  look: () => Promise<T>,
  wanted: (seen: T) => boolean,
  { everyMs, giveUpMs }: Patience,
): Promise<T> {
  const giveUpAt = performance.now() + giveUpMs;
  for (;;) {
    const seen = await look();
    if (wanted(seen) || performance.now() > giveUpAt) return seen;
    await sleep(everyMs, undefined, { signal });
  }
}
