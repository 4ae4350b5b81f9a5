/**
 * One window against another: so many times as large, or larger by so much. What chance could have done is reckoned with: where
 * the limit lies within it, the finding is `unsure` and says so.
 */
import type { Slo } from '../evidence/records.ts';
import { counted, type Judgement, unsure } from './judgement.ts';
import { asJson, holds, promised, shown } from './limit.ts';
import type { Resampled } from './resampled.ts';
import { bootstrap } from './statistics/bootstrap.ts';
import { mannWhitney } from './statistics/rank-tests.ts';
import type { Statistic } from './statistics/statistic.ts';

/** Of all draws the middle: one comparison in twenty of two equal arms may say otherwise. */
const CONFIDENCE = 0.95;
/** Enough that the ends of the interval stand still; the seed is fixed, so that the same evidence gives the same words. */
const [DRAWS, SEED] = [2_000, 1];

/** `unit`: of the two numbers themselves. */
export function comparison(slo: Slo, statistic: Statistic, unit: string, own: Resampled, other: Resampled): Judgement {
  // Nothing can be held against zero or against what never ended.
  const ratio = (a: number, b: number) => (b > 0 && Number.isFinite(b) ? a / b : Number.NaN);
  const difference = (a: number, b: number) => (Number.isFinite(b) ? a - b : Number.NaN);
  const relate = slo.unit === 'ratio' ? ratio : difference;
  const value = relate(own.value, other.value);
  const row = {
    comparison: slo.comparison,
    expected: slo.limit,
    actual: asJson(value),
    unit: slo.unit,
    samples: Math.min(own.samples, other.samples),
  };
  const needed = Math.max(slo.samplesMin, statistic.samplesLeast);
  const poor = [own, other].find(({ samples }) => samples < needed);
  if (poor)
    return unsure(
      `${counted(poor.samples, 'sample')} in ${poor.name} are too few for ${slo.stat}: ${needed.toLocaleString('en-US')} are needed`,
      row,
    );
  const seen = `${slo.metric} ${slo.stat} was ${shown(own.value, unit)} in ${own.name}, ${shown(other.value, unit)} in ${other.name}`;
  if (Number.isNaN(value)) return unsure(`${seen}: nothing can be held against that`, row);

  const chance = bootstrap({
    samples: [own.stretches, other.stretches],
    statistic: ([a = [], b = []]) => relate(own.drawn(a), other.drawn(b)),
    confidence: CONFIDENCE,
    draws: DRAWS,
    seed: SEED,
  });
  if (chance === undefined) return unsure(`${seen}, but too little of it to say what is chance`, row);
  const [low, high] = chance;
  if (Number.isNaN(low) || Number.isNaN(high)) return unsure(`${seen}, and what chance could have done is no number`, row);
  const kept = [value, low, high].filter((one) => holds(one, slo.comparison, slo.limit)).length;
  const verdict = kept === 3 ? 'pass' : kept === 0 ? 'fail' : 'unsure';
  const range = `95 % between ${shown(low, slo.unit)} and ${shown(high, slo.unit)}`;
  const doubt = verdict === 'unsure' ? ', which lies within what chance could have done' : '';
  return {
    ...row,
    between: [asJson(low), asJson(high)],
    verdict,
    because: `${seen}: ${inWords(value, slo)} (${range}); promised: ${promised(slo)}${doubt}${ranks(own, other)}`,
    examples: verdict === 'pass' ? [] : own.examples,
  };
}

const inWords = (value: number, { unit }: Slo): string =>
  unit === 'ratio' ? `${shown(value, unit)} times as much` : `${shown(value, unit)} more`;

/** A percentile looks at one point of the two; the ranks look at all of both. */
function ranks(own: Resampled, other: Resampled): string {
  if (own.ms.length === 0 || other.ms.length === 0) return '';
  const { superiority, p } = mannWhitney(own.ms, other.ms);
  const chance = p < 0.001 ? 'p < 0.001' : `p = ${p.toFixed(3)}`;
  return `. Of a pair, one from each, that of ${own.name} took longer in ${(100 * superiority).toFixed(0)} % (Mann-Whitney ${chance})`;
}
