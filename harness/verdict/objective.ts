/** One objective against one experiment's evidence. Missing evidence and too few samples are `unsure`, with a sentence. */
import type { Slo } from '../evidence/records.ts';
import type { ExperimentEvidence } from '../evidence/run-folder.ts';
import { windowOf } from './arms.ts';
import { comparison } from './comparison.ts';
import type { Schemas } from './conformance.ts';
import { counted, type Judgement, unsure } from './judgement.ts';
import { asJson, holds, promised, shown } from './limit.ts';
import { metrics } from './metrics.ts';
import { resampled } from './resampled.ts';
import type { Latencies } from './statistics/histogram.ts';
import { type Statistic, statisticNamed } from './statistics/statistic.ts';
import { validateSlo } from './validate-slo.ts';
import type { Window } from './windows.ts';

export interface Objective {
  readonly judgement: Judgement;
  /** Kept beside the verdict, so that runs can be merged and compared exactly. */
  readonly latencies?: Latencies;
}

export function objective(slo: Slo, evidence: ExperimentEvidence, schemas: Schemas | undefined): Objective {
  const expected = { comparison: slo.comparison, expected: slo.limit, unit: slo.unit };
  const errors = validateSlo(slo);
  const metric = metrics[slo.metric];
  const statistic = statisticNamed(slo.stat);
  if (errors.length > 0 || !metric || !statistic)
    return { judgement: unsure(`the objective itself is wrong: ${errors.join('; ')}`, expected) };
  const window = windowOf(evidence, slo.window);
  if ('missing' in window) return { judgement: unsure(`no ${slo.window} window: ${window.missing}`, expected) };
  const measure = (part: Window) => metric.measure({ evidence, schemas, window: part, op: slo.op });
  if (slo.against !== undefined) {
    const other = windowOf(evidence, slo.against);
    if ('missing' in other) return { judgement: unsure(`no ${slo.against} window: ${other.missing}`, expected) };
    const [ownSide, otherSide] = [resampled(window, statistic, measure), resampled(other, statistic, measure)];
    if ('missing' in ownSide) return { judgement: unsure(ownSide.missing, expected) };
    if ('missing' in otherSide) return { judgement: unsure(otherSide.missing, expected) };
    return { judgement: comparison(slo, statistic, metric.units[0] ?? '', ownSide, otherSide) };
  }
  const measured = measure(window);
  if ('missing' in measured) return { judgement: unsure(measured.missing, expected) };
  if ('latencies' in measured) {
    const { latencies, examples } = measured;
    const value = statistic.of === 'latencies' ? statistic.read(latencies) : Number.NaN;
    const note =
      latencies.beyond > 0
        ? `; ${counted(latencies.beyond, 'operation')} of ${latencies.samples} never got there and count as slower than any limit`
        : '';
    return { latencies, judgement: compare(slo, statistic, { value, samples: latencies.samples, examples, note }) };
  }
  const note = measured.because === undefined ? '' : `; ${measured.because}`;
  const { value, samples, examples } = measured;
  return { judgement: compare(slo, statistic, { value, samples, examples, note }) };
}

function compare(
  slo: Slo,
  { samplesLeast }: Statistic,
  measured: { value: number; samples: number; examples: readonly string[]; note: string },
): Judgement {
  const { value, samples, note } = measured;
  const needed = Math.max(slo.samplesMin, samplesLeast);
  const row = { comparison: slo.comparison, expected: slo.limit, actual: asJson(value), unit: slo.unit, samples };
  if (Number.isNaN(value)) return unsure(`${slo.metric} gave no number`, row);
  if (samples < needed)
    return unsure(`${counted(samples, 'sample')} are too few for ${slo.stat}: ${needed.toLocaleString('en-US')} are needed`, row);
  const held = holds(value, slo.comparison, slo.limit);
  return {
    ...row,
    verdict: held ? 'pass' : 'fail',
    because: `${slo.metric} ${slo.stat} was ${shown(value, slo.unit)}; promised: ${promised(slo)}${note}`,
    examples: held ? [] : measured.examples,
  };
}
