/** Open-model arrivals in the harness itself: the n-th begins at its time, however slow those before it are. */
import { setTimeout as sleep } from 'node:timers/promises';
import { clockMs } from '../evidence/journal.ts';
import type { WorkloadRun } from '../experiment.ts';

export interface Arrivals {
  readonly ratePerS: number;
  readonly forMs: number;
  /** The kind of operation that every arrival is; of several, how many arrivals are of each. */
  readonly what: string | Readonly<Record<string, number>>;
  /** Kinds that an arrival goes on with as long as it is answered: how many, nobody can plan; but some. */
  readonly then?: readonly string[];
  /** As whom they come: `journey` where a chain of requests waits for its answers. Default: `steady`. */
  readonly who?: string;
}

/** Says what it will send, sends it, and resolves when every arrival has ended. `intendedAt` belongs into the op, or a late harness would look like a fast system. */
export async function steady(
  { signal, journal }: Pick<WorkloadRun, 'signal' | 'journal'>,
  { ratePerS, forMs, what, then = [], who = 'steady' }: Arrivals,
  arrive: (n: number, intendedAt: number) => Promise<void>,
): Promise<void> {
  const count = Math.round((ratePerS * forMs) / 1000);
  const kinds = typeof what === 'string' ? { [what]: count } : what;
  const planned = Object.values(kinds).reduce((sum, n) => sum + n, 0);
  if (planned !== count)
    throw new Error(`PLAN_WRONG: ${planned} arrivals are planned by kind, and ${count} will come; make \`what\` add up to it`);
  for (const [kind, arrivals] of Object.entries(kinds))
    journal.plan({ who, what: kind, model: 'open', arrivals, ratePerS: (ratePerS * arrivals) / count });
  for (const kind of then) journal.plan({ who, what: kind, model: 'closed' });
  const startedAt = clockMs();
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
  journal.sample({ at: clockMs(), metric: 'generator_dropped_iterations', labels: { generator: who }, value: 0 });
}
