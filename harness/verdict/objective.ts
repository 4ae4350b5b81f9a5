/** One objective against one experiment's evidence. Missing evidence and too few samples are `unsure`, with a sentence. */
import type { Slo } from '../evidence/records.ts';
import type { ExperimentEvidence } from '../evidence/run-folder.ts';
import { windowOf } from './arms.ts';
import { comparison } from './comparison.ts';
import type { Schemas } from './conformance.ts';
import { type Judgement, unsure } from './judgement.ts';
import type { Measured } from './measured.ts';
import { metrics } from './metrics.ts';
import { resampled } from './resampled.ts';
import type { Latencies } from './statistics/histogram.ts';
import { statisticNamed } from './statistics/statistic.ts';
import { validateSlo } from './validate-slo.ts';
import { judgedWithin, missedByMissing } from './bounds.ts';
import { clockBroken } from './clocks.ts';
import { type Doubts, undeclared } from './validity.ts';
import type { Window } from './windows.ts';

export interface Objective {
  readonly judgement: Judgement;
  /** Kept beside the verdict, so that runs can be merged and compared exactly. */
  readonly latencies?: Latencies;
}

/** `load` is absent where nobody judged it (a report that only wants the number). */
export function objective(slo: Slo, evidence: ExperimentEvidence, schemas: Schemas | undefined, load?: Doubts): Objective {
  const doubts = load ?? { late: false };
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
    const judgement = comparison(slo, statistic, metric.units[0] ?? '', ownSide, otherSide);
    const doubt = metric.needsGenerator ? spoilt([window, other]) : undefined;
    return { judgement: doubt === undefined ? judgement : doubted(judgement, doubt) };
  }
  const measured = measure(window);
  if ('missing' in measured) return { judgement: unsure(measured.missing, expected) };
  const judgement = judgedWithin({ slo, statistic, metric, measured, evidence, window, doubts });
  const certain = judgement.verdict === 'fail' && missedByMissing(slo, statistic, measured);
  const broken = 'latencies' in measured && !certain ? spoiltLatencies(window, measured) : undefined;
  return {
    judgement: broken === undefined ? judgement : doubted(judgement, broken),
    ...('latencies' in measured && { latencies: measured.latencies }),
  };

  // The one slowest that was seen is no less slow for the others that were not asked.
  function spoiltLatencies(of: Window, seen: Extract<Measured, { latencies: unknown }>): string | undefined {
    return (
      clockBroken(evidence, of, seen.timed, metric?.clock) ??
      (load !== undefined && metric?.needsGenerator && slo.stat !== 'max' ? undeclared(slo, evidence, of) : undefined)
    );
  }
  /** Chance is reckoned with between the windows, a poor load is not: then neither verdict stands. */
  function spoilt(windows: readonly Window[]): string | undefined {
    const poor = [doubts.late ? 'the generator sent late' : undefined, doubts.strained, doubts.unknown].find(Boolean);
    if (poor !== undefined) return poor;
    for (const one of windows) {
      const seen = measure(one);
      const broken = 'latencies' in seen ? spoiltLatencies(one, seen) : undefined;
      if (broken !== undefined) return broken;
    }
    return undefined;
  }
}

/** What was measured by a spoilt clock or load proves nothing, good or bad; the number stays for the reader. */
function doubted(judgement: Judgement, because: string): Judgement {
  if (judgement.verdict !== 'pass' && judgement.verdict !== 'fail') return judgement;
  return { ...judgement, verdict: 'unsure', because: `unsure, because ${because}. Measured: ${judgement.because}` };
}
