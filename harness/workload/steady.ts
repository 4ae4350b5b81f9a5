/** Open-model arrivals in the harness itself: the n-th begins at its time, however slow those before it are. */
import { setTimeout as sleep } from 'node:timers/promises';
import { clockMs } from '../evidence/journal.ts';
import type { WorkloadRun } from '../experiment.ts';

export interface Arrivals {
  readonly ratePerS: number;
  readonly forMs: number;
}

/** Resolves when every arrival has ended. `intendedAt` belongs into the op, or a late harness would look like a fast system. */
export async function steady(
  { signal, journal }: Pick<WorkloadRun, 'signal' | 'journal'>,
  { ratePerS, forMs }: Arrivals,
  arrive: (n: number, intendedAt: number) => Promise<void>,
): Promise<void> {
  const startedAt = clockMs();
  const count = Math.round((ratePerS * forMs) / 1000);
  const under: Promise<void>[] = [];
  let failed: { readonly cause: unknown } | undefined;
  for (let n = 0; n < count; n++) {
    const intendedAt = startedAt + (n * 1000) / ratePerS;
    const waitMs = intendedAt - clockMs();
    if (waitMs > 0 && !failed && !signal.aborted) await sleep(waitMs, undefined, { signal }).catch(() => undefined);
    if (failed || signal.aborted) break;
    // Heard at once: an arrival that fails while later ones are waited for must not end the process unheard.
    under.push(arrive(n, intendedAt).catch((cause: unknown) => void (failed ??= { cause })));
  }
  await Promise.all(under);
  signal.throwIfAborted();
  if (failed) throw failed.cause;
  // Late ones are sent all the same, and their lateness is in the ops: none is ever dropped.
  journal.sample({ at: clockMs(), metric: 'generator_dropped_iterations', labels: { generator: 'steady' }, value: 0 });
}
