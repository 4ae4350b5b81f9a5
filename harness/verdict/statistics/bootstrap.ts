/**
 * How far chance alone could have moved a number: it is computed again and again from what was seen, drawn anew with replacement.
 * Drawn are not single operations but stretches of time and then slices of those: operations close to each other share a pause of
 * the collector or a busy disk, and counting them as independent would promise far too much.
 */
import { randomFrom } from '../../random.ts';

/** How many slices each stretch of a sample has. */
export type Stretches = readonly number[];
/** How often each slice was drawn, in the order of the stretches and of the slices in them. */
export type Weights = readonly number[];

export interface Bootstrap {
  /** Where several samples have as many stretches, the n-th of one is drawn together with the n-th of the others: they are neighbours. */
  readonly samples: readonly Stretches[];
  /** NaN where a draw says nothing: it is left out. */
  readonly statistic: (weights: readonly Weights[]) => number;
  /** 0.95: the middle 95 % of all draws. */
  readonly confidence: number;
  readonly draws: number;
  readonly seed: number;
}

/** From and to; undefined when less than half of all draws said something. */
export function bootstrap({ samples, statistic, confidence, draws, seed }: Bootstrap): readonly [number, number] | undefined {
  const random = randomFrom(seed);
  const below = (count: number) => Math.floor(random() * count);
  const paired = samples.every((stretches) => stretches.length === samples[0]?.length);
  const seen: number[] = [];
  for (let draw = 0; draw < draws; draw += 1) {
    const together = paired ? samples[0]?.map((_, __, { length }) => below(length)) : undefined;
    const value = statistic(samples.map((stretches) => drawn(stretches, together, below)));
    if (!Number.isNaN(value)) seen.push(value);
  }
  if (seen.length < draws / 2) return undefined;
  seen.sort((a, b) => (a === b ? 0 : a - b));
  const at = (share: number) => seen[Math.min(seen.length - 1, Math.floor(share * seen.length))] as number;
  return [at((1 - confidence) / 2), at((1 + confidence) / 2)];
}

function drawn(stretches: Stretches, together: readonly number[] | undefined, below: (count: number) => number): Weights {
  const begins = stretches.map((_, n) => stretches.slice(0, n).reduce((sum, size) => sum + size, 0));
  const weights = new Array<number>(stretches.reduce((sum, size) => sum + size, 0)).fill(0);
  for (const chosen of together ?? stretches.map(() => below(stretches.length))) {
    const [begin, size] = [begins[chosen] ?? 0, stretches[chosen] ?? 0];
    for (let n = 0; n < size; n += 1) {
      const slice = begin + below(size);
      weights[slice] = (weights[slice] ?? 0) + 1;
    }
  }
  return weights;
}
