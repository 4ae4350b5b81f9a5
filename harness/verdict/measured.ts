/** What a metric found in the evidence: latencies, one number, or the sentence that says why there is neither. */
import type { Latencies } from './statistics/histogram.ts';

export type Measured =
  | { readonly latencies: Latencies; readonly examples: readonly string[] }
  | { readonly value: number; readonly samples: number; readonly examples: readonly string[]; readonly because?: string }
  | { readonly missing: string };
