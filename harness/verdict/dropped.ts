/**
 * Arrivals that were due and never sent. Where everyone who could have sent one was waiting for an answer, the system refused it;
 * where not, the generator failed, and nobody knows how it would have gone.
 */
import type { Op, Sample } from '../evidence/records.ts';
import type { ExperimentEvidence } from '../evidence/run-folder.ts';
import { inside, type Window } from './windows.ts';

export interface Dropped {
  readonly bySystem: number;
  readonly byGenerator: number;
}

/** A caller between two requests waits for nothing: nearly all is all. */
const ALL_RATIO = 0.95;

/** `what`: with operations of several kinds nobody knows which one was dropped, so it counts against each. */
export function droppedIn({ samples = [], ops = [], plans = [] }: ExperimentEvidence, window: Window, what?: string): Dropped {
  let bySystem = 0;
  let byGenerator = 0;
  for (const [who, series] of Map.groupBy(samples.filter(isDropped), ({ labels }) => labels['generator'] ?? '')) {
    const own = ops.filter((op) => who === '' || op.who === who);
    if (what !== undefined && own.length > 0 && !own.some((op) => op.what === what)) continue;
    const callers = plans.reduce((most, plan) => (plan.who === who ? Math.max(most, plan.concurrency ?? 0) : most), 0);
    const inFlightAt = counterOf(own);
    let before = 0;
    for (const { at, value } of series.toSorted((a, b) => a.at - b.at || a.value - b.value)) {
      const dropped = value - before;
      before = Math.max(before, value);
      if (!(dropped > 0)) continue;
      // Without a declaration nobody knows how many callers there were; and a counter tells when it was read, not when it rose, so
      // what it tells outside of the window may have been inside.
      if (callers > 0 && inside(window, at) && inFlightAt(at) >= ALL_RATIO * callers) bySystem += dropped;
      else byGenerator += dropped;
    }
  }
  return { bySystem, byGenerator };
}

const isDropped = ({ metric }: Sample): boolean => metric === 'generator_dropped_iterations';

/** How many operations were under way at a time. */
function counterOf(ops: readonly Op[]): (at: number) => number {
  const starts = Float64Array.from(ops, ({ startedAt }) => startedAt).sort();
  const ends = Float64Array.from(ops, ({ at }) => at).sort();
  return (at) => countUpTo(starts, at, true) - countUpTo(ends, at, false);
}

function countUpTo(rising: Float64Array, limit: number, included: boolean): number {
  let [low, high] = [0, rising.length];
  while (low < high) {
    const middle = (low + high) >> 1;
    const value = rising[middle] as number;
    if (value < limit || (included && value === limit)) low = middle + 1;
    else high = middle;
  }
  return low;
}
