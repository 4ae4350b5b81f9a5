/** Latencies in slices of time, each slice counted as often as it was drawn: what a histogram of that draw would say, without one. */
import type { Weights } from './bootstrap.ts';
import type { Spread } from './statistic.ts';

export interface Sliced {
  readonly ms: number;
  readonly slice: number;
}

export class Weighed implements Spread {
  readonly #rising: readonly Sliced[];
  readonly #weights: Weights;
  readonly #count: number;

  /** `rising`: sorted by `ms` once, for all draws. */
  constructor(rising: readonly Sliced[], weights: Weights) {
    this.#rising = rising;
    this.#weights = weights;
    this.#count = rising.reduce((sum, { slice }) => sum + (weights[slice] ?? 0), 0);
  }

  /** By nearest rank, as `Latencies` has it; from the top, because the slow ones are few. */
  percentileMs(percentile: number): number {
    if (this.#count === 0) return Number.NaN;
    let left = this.#count - Math.max(1, Math.ceil((percentile / 100) * this.#count - 1e-9)) + 1;
    for (let n = this.#rising.length - 1; n >= 0; n -= 1) {
      const { ms, slice } = this.#rising[n] as Sliced;
      left -= this.#weights[slice] ?? 0;
      if (left <= 0) return ms;
    }
    return Number.NaN;
  }

  maxMs(): number {
    return this.percentileMs(100);
  }

  meanMs(): number {
    let sum = 0;
    // Zero times a value beyond any limit is no number: what was not drawn is left out.
    for (const { ms, slice } of this.#rising) if (this.#weights[slice]) sum += ms * (this.#weights[slice] ?? 0);
    return this.#count === 0 ? Number.NaN : sum / this.#count;
  }
}
