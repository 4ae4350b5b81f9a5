/** What a metric found in the evidence: latencies, one number, or the sentence that says why there is neither. */
import type { Latencies } from './statistics/histogram.ts';

/** One latency, at the time to which it belongs; `Infinity` where nothing ever came. */
export interface Timed {
  readonly atMs: number;
  readonly ms: number;
  /** What it took at least, without what the generator may have added: from when it was sent. */
  readonly leastMs: number;
  /** How late it was sent; negative is impossible. */
  readonly lagMs: number;
  /** What the system was at: from the sent request to its end. */
  readonly busy: { readonly fromMs: number; readonly toMs: number };
}

/** What the number could as well have been, since the generator did not send what it claims: the least and the most. */
export type Bounds = readonly [number, number];

export type Measured =
  | { readonly latencies: Latencies; readonly timed: readonly Timed[]; readonly examples: readonly string[] }
  | {
      readonly value: number;
      readonly samples: number;
      readonly examples: readonly string[];
      readonly because?: string;
      readonly bounds?: Bounds;
    }
  | { readonly missing: string };
