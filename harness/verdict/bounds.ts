/**
 * A number and what it could as well have been. Where the most and the least of it keep the limit: pass; where neither does: fail;
 * between: unsure, with both. What widens it stands in README.md.
 */
import type { Slo } from '../evidence/records.ts';
import type { ExperimentEvidence } from '../evidence/run-folder.ts';
import { clockUncertaintyMs } from './clocks.ts';
import { droppedIn } from './dropped.ts';
import { counted, type Judgement, unsure } from './judgement.ts';
import { asJson, holds, promised, shown } from './limit.ts';
import type { Measured } from './measured.ts';
import type { Metric } from './metrics.ts';
import { overlaps, stallsIn } from './stalls.ts';
import { Latencies } from './statistics/histogram.ts';
import type { Statistic } from './statistics/statistic.ts';
import type { Doubts } from './validity.ts';
import type { Window } from './windows.ts';

type Seen = Exclude<Measured, { readonly missing: string }>;
export interface Judging {
  readonly slo: Slo;
  readonly statistic: Statistic;
  readonly metric: Metric;
  readonly measured: Seen;
  readonly evidence: ExperimentEvidence;
  readonly window: Window;
  readonly doubts: Doubts;
}
interface Wide {
  readonly value: number;
  readonly least: number;
  readonly most: number;
  readonly samples: number;
  readonly notes: readonly string[];
}

export function judgedWithin(judging: Judging): Judgement {
  const { slo, statistic, metric, measured, doubts } = judging;
  const { value, least, most, samples, notes } = 'latencies' in measured ? ofLatencies(judging, measured) : ofNumber(measured);
  const needed = Math.max(slo.samplesMin, statistic.samplesLeast);
  const row = { comparison: slo.comparison, expected: slo.limit, actual: asJson(value), unit: slo.unit, samples };
  if ([value, least, most].some(Number.isNaN)) return unsure(`${slo.metric} gave no number`, row);
  const kept = [value, least, most].filter((one) => holds(one, slo.comparison, slo.limit)).length;
  const note = notes.map((one) => `; ${one}`).join('');
  if (samples < needed)
    return unsure(`${counted(samples, 'sample')} are too few for ${slo.stat}: ${needed.toLocaleString('en-US')} are needed`, row);
  const range = kept === 0 || kept === 3 ? '' : ` (at least ${shown(least, slo.unit)}, at most ${shown(most, slo.unit)})`;
  const because = `${slo.metric} ${slo.stat} was ${shown(value, slo.unit)}${range}; promised: ${promised(slo)}${note}`;
  const wide = least === value && most === value ? {} : { between: [asJson(least), asJson(most)] as const };
  const verdict = kept === 3 ? 'pass' : kept === 0 ? 'fail' : 'unsure';
  const told = { ...row, ...wide, because, examples: verdict === 'pass' ? [] : measured.examples };
  const certain = verdict === 'fail' && missedByMissing(slo, statistic, measured);
  const doubt = metric.needsGenerator && !certain ? doubtOf(verdict, metric, doubts) : undefined;
  return doubt === undefined
    ? { ...told, verdict }
    : { ...told, verdict: 'unsure', because: `unsure, because ${doubt}. Measured: ${because}` };
}

/** Too many never got there: then the limit is missed whatever the others took, and no clock or load takes it back. */
export function missedByMissing(slo: Slo, statistic: Statistic, measured: Seen): boolean {
  if (!('latencies' in measured) || statistic.of !== 'latencies' || measured.latencies.beyond === 0) return false;
  const kindest = Latencies.of(measured.timed.map(({ ms }) => (ms === Number.POSITIVE_INFINITY ? ms : 0)));
  return !holds(statistic.read(kindest), slo.comparison, slo.limit);
}

/** A share of failed requests was seen, whoever sent them and however late: no doubt about the load takes it back. */
function doubtOf(verdict: 'pass' | 'fail' | 'unsure', { gives }: Metric, { strained, unknown }: Doubts): string | undefined {
  if (verdict === 'unsure' || (verdict === 'fail' && gives === 'ratio')) return undefined;
  if (unknown !== undefined) return unknown;
  return verdict === 'fail' && gives === 'latencies' ? strained : undefined;
}

const ofNumber = ({ value, samples, because, bounds = [value, value] }: Extract<Seen, { value: number }>): Wide => ({
  value,
  least: bounds[0],
  most: bounds[1],
  samples,
  notes: because === undefined ? [] : [because],
});

function ofLatencies(judging: Judging, { latencies, timed }: Extract<Seen, { latencies: unknown }>): Wide {
  const { slo, statistic, metric, evidence, window, doubts } = judging;
  const read = (of: Latencies) => (statistic.of === 'latencies' ? statistic.read(of) : Number.NaN);
  const dropped = metric.needsGenerator ? droppedIn(evidence, window, slo.op) : { bySystem: 0, byGenerator: 0 };
  const never = (count: number) => Array.from({ length: count }, () => Number.POSITIVE_INFINITY);
  const stalls = stallsIn(evidence);
  const clear = stalls.length === 0 ? timed : timed.filter(({ busy }) => !overlaps(stalls, busy));
  const aside = timed.length - clear.length;
  const [refused, unknown] = [never(dropped.bySystem), never(dropped.byGenerator)];
  const value = read(refused.length === 0 ? latencies : Latencies.of([...timed.map(({ ms }) => ms), ...refused]));
  const most = unknown.length === 0 ? value : read(Latencies.of([...timed.map(({ ms }) => ms), ...refused, ...unknown]));
  const leastOf = clear.length === 0 ? [0] : [...clear.map(({ ms, leastMs }) => (doubts.late ? leastMs : ms)), ...refused];
  const least = doubts.late || aside > 0 ? Math.min(value, read(Latencies.of(leastOf))) : value;
  const clockMs = clockUncertaintyMs(evidence, metric.clock);
  return {
    value,
    least: Math.max(0, least - clockMs),
    most: most + clockMs,
    samples: latencies.samples,
    notes: [
      ...(latencies.beyond > 0
        ? [`${counted(latencies.beyond, 'operation')} of ${latencies.samples} never got there and count as slower than any limit`]
        : []),
      ...(dropped.bySystem > 0 ? [`${counted(dropped.bySystem, 'arrival')} found everyone waiting for the system`] : []),
      ...(aside > 0 ? [`${counted(aside, 'operation')} overlapped a stall of the machine's disk`] : []),
      ...(clockMs > 0 ? [`the clocks agree within ${clockMs.toFixed(1)} ms`] : []),
    ],
  };
}
