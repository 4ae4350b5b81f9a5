/**
 * Latencies as an HDR histogram (1 microsecond to 1 hour, three digits) plus a count of operations that were slower
 * than any limit: failed, unanswered, or never seen at the other end. Two such counts add up exactly, so percentiles
 * of a union are computed from the merged histogram and never averaged.
 */
import { build, decodeFromCompressedBase64, encodeIntoCompressedBase64, type Histogram } from 'hdr-histogram-js';

const HIGHEST_US = 3_600_000_000;

/** What findings.json keeps: HdrHistogram V2, compressed, base64; values in microseconds. */
export interface EncodedLatencies {
  readonly unit: 'us';
  readonly v2: string;
  readonly count: number;
  /** Operations that count as slower than any limit. */
  readonly beyond: number;
}

export class Latencies {
  #histogram: Histogram = build({
    bitBucketSize: 32,
    autoResize: false,
    lowestDiscernibleValue: 1,
    highestTrackableValue: HIGHEST_US,
    numberOfSignificantValueDigits: 3,
    useWebAssembly: false,
  });
  #beyond = 0;
  /** Exact, because a mean read from buckets would carry their rounding. */
  #sumUs = 0;

  /** `Infinity` (and anything that is not a number) is slower than any limit: never a silent zero. */
  add(ms: number): void {
    if (!Number.isFinite(ms)) {
      this.#beyond += 1;
      return;
    }
    // Two clocks (the client's and the broker's) may differ by the broker's one-millisecond steps.
    const us = Math.min(Math.max(Math.round(ms * 1_000), 0), HIGHEST_US);
    this.#histogram.recordValue(us);
    this.#sumUs += us;
  }

  get samples(): number {
    return this.#histogram.totalCount + this.#beyond;
  }

  get beyond(): number {
    return this.#beyond;
  }

  /** By nearest rank, in ms; `Infinity` where the rank falls among the operations slower than any limit. */
  percentileMs(percentile: number): number {
    const finite = this.#histogram.totalCount;
    const rank = Math.max(1, Math.ceil((percentile / 100) * this.samples - 1e-9));
    if (this.samples === 0) return Number.NaN;
    if (rank > finite) return Number.POSITIVE_INFINITY;
    // Half a rank lower, so that the library's own rounding up lands on this rank whatever the floats do.
    return this.#histogram.getValueAtPercentile((100 * (rank - 0.5)) / finite) / 1_000;
  }

  maxMs(): number {
    return this.percentileMs(100);
  }

  meanMs(): number {
    if (this.samples === 0) return Number.NaN;
    return this.#beyond > 0 ? Number.POSITIVE_INFINITY : this.#sumUs / this.samples / 1_000;
  }

  merge(other: Latencies): void {
    this.#histogram.add(other.#histogram);
    this.#beyond += other.#beyond;
    this.#sumUs += other.#sumUs;
  }

  encode(): EncodedLatencies {
    return {
      unit: 'us',
      v2: encodeIntoCompressedBase64(this.#histogram),
      count: this.#histogram.totalCount,
      beyond: this.#beyond,
    };
  }

  static decode(encoded: EncodedLatencies): Latencies {
    const latencies = new Latencies();
    latencies.#histogram.add(decodeFromCompressedBase64(encoded.v2, 32, false));
    latencies.#beyond = encoded.beyond;
    latencies.#sumUs = latencies.#histogram.mean * latencies.#histogram.totalCount;
    return latencies;
  }

  static of(valuesMs: Iterable<number>): Latencies {
    const latencies = new Latencies();
    for (const ms of valuesMs) latencies.add(ms);
    return latencies;
  }
}

/**
 * Ten samples must lie beyond a percentile before anybody may quote it: one outlier more or less must not decide
 * a verdict. p99 needs 1,000, p95 needs 200, p50 needs 20.
 */
export const samplesForPercentile = (percentile: number): number => Math.round(10 / (1 - percentile / 100));
