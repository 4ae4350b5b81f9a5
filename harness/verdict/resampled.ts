/** What one window gave, and what it would have given had chance drawn its slices of time otherwise. */
import type { WindowName } from '../evidence/records.ts';
import type { Measured } from './measured.ts';
import type { Weights } from './statistics/bootstrap.ts';
import type { Statistic } from './statistics/statistic.ts';
import { Weighed } from './statistics/weighed.ts';
import { inside, type Span, secondsOf, type Window } from './windows.ts';

export interface Resampled {
  readonly name: WindowName;
  readonly value: number;
  readonly samples: number;
  /** Slices of each stretch. */
  readonly stretches: readonly number[];
  readonly drawn: (weights: Weights) => number;
  /** All latencies, where it gave latencies. */
  readonly ms: readonly number[];
  readonly examples: readonly string[];
}

type Measure = (window: Window) => Measured;

export function resampled(window: Window, statistic: Statistic, measure: Measure): Resampled | { readonly missing: string } {
  const measured = measure(window);
  if ('missing' in measured) return measured;
  const stretches = slicesOf(window);
  const slices = stretches.flat();
  const { examples } = measured;
  const own = { name: window.name, stretches: stretches.map(({ length }) => length), examples };
  if ('value' in measured) {
    const { value, samples } = measured;
    return { ...own, value, samples, drawn: ofNumbers(window, slices, statistic, measure), ms: [] };
  }
  const rising = measured.timed
    .map(({ atMs, ms }) => ({ ms, slice: slices.findIndex((span) => inside({ spans: [span] }, atMs)) }))
    .sort((a, b) => (a.ms === b.ms ? 0 : a.ms - b.ms));
  const drawn = (weights: Weights) => (statistic.of === 'latencies' ? statistic.read(new Weighed(rising, weights)) : Number.NaN);
  const value = drawn(slices.map(() => 1));
  return { ...own, value, samples: rising.length, drawn, ms: rising.map(({ ms }) => ms) };
}

function ofNumbers(window: Window, slices: readonly Span[], statistic: Statistic, measure: Measure): Resampled['drawn'] {
  const parts = slices.map((span) => {
    const part = measure({ ...window, spans: [span] });
    // A slice in which nothing happened weighs nothing.
    const { value, samples } = 'value' in part ? part : { value: 0, samples: 0 };
    const weigh = statistic.of === 'latencies' ? undefined : statistic.weigh;
    return { value, weight: weigh?.({ seconds: secondsOf([span]), samples }) ?? Number.NaN };
  });
  return (weights) => {
    let [sum, all] = [0, 0];
    for (const [n, { value, weight }] of parts.entries()) {
      sum += (weights[n] ?? 0) * weight * value;
      all += (weights[n] ?? 0) * weight;
    }
    return sum / all;
  };
}

/** About a second each: long enough that a pause of the collector stays in one of them. */
const sliceMs = 1_000;
/** Fewer would make chance look smaller than it is; more only cost time. */
const [slicesLeast, slicesMost] = [5, 30];

/** Each stretch in equal slices: what is drawn when it is asked how much is chance. */
const slicesOf = ({ spans }: Window): Span[][] =>
  spans.map(({ fromMs, toMs }) => {
    const count = Math.min(slicesMost, Math.max(slicesLeast, Math.round((toMs - fromMs) / sliceMs)));
    const at = (n: number) => (n === count ? toMs : fromMs + ((toMs - fromMs) * n) / count);
    return Array.from({ length: count }, (_, n) => ({ fromMs: at(n), toMs: at(n + 1) }));
  });
