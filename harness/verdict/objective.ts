/** One objective against one experiment's evidence. Missing evidence and too few samples are `unsure`, with a sentence. */
import type { Slo } from '../evidence/records.ts';
import type { ExperimentEvidence } from '../evidence/run-folder.ts';
import type { Schemas } from './conformance.ts';
import { type Latencies, samplesForPercentile } from './statistics/histogram.ts';
import { counted, type Judgement, unitFor, unsure } from './judgement.ts';
import { metrics } from './metrics.ts';
import { validateSlo } from './validate-slo.ts';
import { cutWindow } from './windows.ts';

export interface Objective {
  readonly judgement: Judgement;
  /** Kept beside the verdict, so that runs can be merged and compared exactly. */
  readonly latencies?: Latencies;
}

export function objective(slo: Slo, evidence: ExperimentEvidence, schemas: Schemas | undefined): Objective {
  const expected = { comparison: slo.comparison, expected: slo.limit, unit: slo.unit };
  const errors = validateSlo(slo);
  const metric = metrics[slo.metric];
  if (errors.length > 0 || !metric) return { judgement: unsure(`the objective itself is wrong: ${errors.join('; ')}`, expected) };
  const window = cutWindow(evidence, slo.window);
  if ('missing' in window) return { judgement: unsure(`no ${slo.window} window: ${window.missing}`, expected) };
  const measured = metric.measure({ evidence, schemas, window, op: slo.op });
  if ('missing' in measured) return { judgement: unsure(measured.missing, expected) };
  if ('latencies' in measured) {
    const { latencies, examples } = measured;
    const value = statOf(latencies, slo.stat);
    const note =
      latencies.beyond > 0
        ? `; ${counted(latencies.beyond, 'operation')} of ${latencies.samples} never got there and count as slower than any limit`
        : '';
    return { latencies, judgement: compare(slo, { value, samples: latencies.samples, examples, note }) };
  }
  const note = measured.because === undefined ? '' : `; ${measured.because}`;
  return { judgement: compare(slo, { value: measured.value, samples: measured.samples, examples: measured.examples, note }) };
}

function compare(slo: Slo, measured: { value: number; samples: number; examples: readonly string[]; note: string }): Judgement {
  const { value, samples, note } = measured;
  const percentile = /^p(\d+)$/.exec(slo.stat)?.[1];
  const needed = Math.max(slo.samplesMin, percentile === undefined ? 1 : samplesForPercentile(Number(percentile)));
  // JSON has no infinity: `actual` is null then, and the sentence says so.
  const row = {
    comparison: slo.comparison,
    expected: slo.limit,
    actual: Number.isFinite(value) ? rounded(value) : null,
    unit: slo.unit,
    samples,
  };
  const shown = Number.isFinite(value) ? withUnit(rounded(value), slo.unit) : 'beyond any limit';
  const promise = `${IN_WORDS[slo.comparison]} ${withUnit(slo.limit, slo.unit)}`;
  if (Number.isNaN(value)) return unsure(`${slo.metric} gave no number`, row);
  if (samples < needed)
    return unsure(`${counted(samples, 'sample')} are too few for ${slo.stat}: ${needed.toLocaleString('en-US')} are needed`, row);
  const held = holds(value, slo.comparison, slo.limit);
  return {
    ...row,
    verdict: held ? 'pass' : 'fail',
    because: `${slo.metric} ${slo.stat} was ${shown}; promised: ${promise}${note}`,
    examples: held ? [] : measured.examples,
  };
}

function statOf(latencies: Latencies, stat: Slo['stat']): number {
  if (stat === 'max') return latencies.maxMs();
  if (stat === 'mean') return latencies.meanMs();
  const percentile = /^p(\d+)$/.exec(stat)?.[1];
  return percentile === undefined ? Number.NaN : latencies.percentileMs(Number(percentile));
}

function holds(value: number, comparison: Slo['comparison'], limit: number): boolean {
  switch (comparison) {
    case '<':
      return value < limit;
    case '<=':
      return value <= limit;
    case '>':
      return value > limit;
    case '>=':
      return value >= limit;
    case '==':
      return value === limit;
    // A comparison nobody knows holds for nothing.
    default:
      return false;
  }
}

const IN_WORDS = { '<': 'below', '<=': 'at most', '>': 'above', '>=': 'at least', '==': 'exactly' } as const;

const withUnit = (value: number, unit: string): string =>
  `${value.toLocaleString('en-US', { maximumFractionDigits: 4 })}${unit === 'ratio' || unit === 'share' ? '' : ` ${unitFor(value, unit)}`}`;

/** Six digits: more would be noise in a file that is compared byte by byte. */
const rounded = (value: number): number => Number(value.toPrecision(6));
