/** What a metric found in the evidence: latencies, one number, or the sentence that says why there is neither. */
import type { Latencies } from './statistics/histogram.ts';

/** One latency, at the time to which it belongs; `Infinity` where nothing ever came. */
export interface Timed {
  readonly atMs: number;
  readonly ms: number;
}

export type Measured =
  | { readonly latencies: Latencies; readonly timed: readonly Timed[]; readonly examples: readonly string[] }
  | { readonly value: number; readonly samples: number; readonly examples: readonly string[]; readonly because?: string }
  | { readonly missing: string };
