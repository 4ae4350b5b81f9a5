/**
 * Was the load what it claimed to be? A generator that sent late, dropped arrivals or had no CPU measured itself. Then
 * no objective that depends on the load may pass *or* fail: "unsure, not fail".
 */
import type { Sample } from '../evidence/records.ts';
import type { ExperimentEvidence } from '../evidence/run-folder.ts';
import { counted, type Judgement, skipped, unsure } from './judgement.ts';
import { cutWindow, inside } from './windows.ts';

/** Clients that promise an arrival schedule (an open model); others have no schedule to miss. */
const OPEN_MODEL = new Set(['k6', 'steady']);
/**
 * A quarter of the tightest response promise (200 ms). Response time counts from when a request was due, so lag can only
 * make the system look worse; beyond this it is the generator that is being measured. Timers and busy cores cost less.
 */
export const LAG_MS_MAX = 50;
/** As a share, not a percentile: the same rule as "lag p99 <= 50 ms", and meaningful with few arrivals too. */
export const LATE_RATIO_MAX = 0.01;
/** Of the machine's cores, averaged over the measured part: above it, latency is its own queueing. */
export const CPU_RATIO_MAX = 0.9;
/**
 * Of the machine, averaged over the measured part, taken by processes that the run did not start. What the system under
 * test needs itself is no excuse for it; what strangers take is.
 */
export const FOREIGN_RATIO_MAX = 0.2;

/** A disk that works answers in a few milliseconds, also while a database commits beside it; a tenth of a second is a stall. */
export const DISK_SYNC_MS_MAX = 100;

/** `cores`: as the manifest says; a CPU sample is in cores, so 1.5 is fine on four of them. */
export function generator(evidence: ExperimentEvidence, { cores = 1 }: { readonly cores?: number } = {}): Judgement {
  const { ops, samples } = evidence;
  if (ops === undefined) return unsure('ops.ndjson is missing, so nobody knows how the generator did');
  const scheduled = ops.filter((op) => OPEN_MODEL.has(op.who));
  if (scheduled.length === 0) return skipped('no open-model generator was used, so there was no arrival schedule to keep');
  const window = cutWindow(evidence, 'measured');
  if ('missing' in window) return unsure(`no measured window: ${window.missing}`);
  const measured = scheduled.filter((op) => !op.warmup && inside(window, op.intendedAt));
  if (measured.length === 0) return unsure('no arrival fell into the measured window');

  const late = measured.filter((op) => op.startedAt - op.intendedAt > LAG_MS_MAX);
  const lateRatio = late.length / measured.length;
  const dropped = highest(samples, 'generator_dropped_iterations');
  const meanOf = (metric: string) => {
    const values = (samples ?? [])
      .filter((sample) => sample.metric === metric && inside(window, sample.at))
      .map(({ value }) => value);
    return values.length === 0 ? undefined : values.reduce((sum, value) => sum + value, 0) / values.length;
  };
  const cpuCores = meanOf('generator_cpu_ratio');
  const cpuMean = cpuCores === undefined ? undefined : cpuCores / cores;
  const foreign = meanOf('foreign_cpu_ratio');
  const worst = late.reduce((most, op) => Math.max(most, lagOf(op)), 0);
  const reasons = [
    ...(lateRatio > LATE_RATIO_MAX
      ? [
          `the generator sent ${percent(lateRatio)} of its requests more than ${LAG_MS_MAX} ms late (worst ${Math.round(worst)} ms)`,
        ]
      : []),
    ...(dropped === undefined ? ['nobody counted dropped arrivals (no sample generator_dropped_iterations)'] : []),
    ...(dropped !== undefined && dropped > 0 ? [`the generator dropped ${counted(dropped, 'arrival')}`] : []),
    ...(cpuMean !== undefined && cpuMean > CPU_RATIO_MAX ? [`the generator used ${percent(cpuMean)} of the machine's CPU`] : []),
    ...(foreign !== undefined && foreign > FOREIGN_RATIO_MAX ? [`other programs took ${percent(foreign)} of the machine`] : []),
  ];
  const row = {
    comparison: '<=',
    expected: LATE_RATIO_MAX * 100,
    actual: Number((lateRatio * 100).toPrecision(6)),
    unit: '% late',
    samples: measured.length,
    examples: late
      .slice(0, 10)
      .map((op) => `${op.what} due ${Math.round(lagOf(op))} ms before it was sent${op.eventId ? `, event ${op.eventId}` : ''}`),
  };
  if (reasons.length > 0) return unsure(`the load was not what it claims to be: ${reasons.join('; ')}`, row);
  const cpuSeen = cpuMean !== undefined ? `${percent(cpuMean)} CPU` : 'CPU not sampled';
  return {
    ...row,
    examples: [],
    verdict: 'pass',
    because: `${counted(measured.length, 'arrival')} sent on time, none dropped, ${cpuSeen}`,
  };
}

/** What was measured under a spoilt load proves nothing, good or bad; the number stays for the reader. */
export function doubted(judgement: Judgement, validity: Judgement): Judgement {
  if (validity.verdict !== 'unsure' || (judgement.verdict !== 'pass' && judgement.verdict !== 'fail')) return judgement;
  return { ...judgement, verdict: 'unsure', because: `unsure, because ${validity.because}. Measured: ${judgement.because}` };
}

/**
 * A latency that was too high while the machine's disk stood still may be the disk's: then nobody is convicted. One that was
 * good in spite of it stays good.
 */
export function excused(judgement: Judgement, evidence: ExperimentEvidence): Judgement {
  if (judgement.verdict !== 'fail') return judgement;
  const window = cutWindow(evidence, 'measured');
  if ('missing' in window) return judgement;
  const waits = (evidence.samples ?? []).filter(({ metric, at }) => metric === 'disk_sync_ms' && inside(window, at));
  const worst = highest(waits, 'disk_sync_ms');
  if (worst === undefined || worst <= DISK_SYNC_MS_MAX) return judgement;
  const because = `the machine's disk kept a write of 4 kB waiting for ${Math.round(worst)} ms`;
  return { ...judgement, verdict: 'unsure', because: `unsure, because ${because}. Measured: ${judgement.because}` };
}

const lagOf = (op: { readonly startedAt: number; readonly intendedAt: number }): number => op.startedAt - op.intendedAt;
const percent = (ratio: number): string => `${(ratio * 100).toFixed(1)} %`;

/** A rising counter: its last value is the total, and the highest one survives samples out of order. */
function highest(samples: readonly Sample[] | undefined, metric: string): number | undefined {
  const values = (samples ?? []).filter((sample) => sample.metric === metric).map((sample) => sample.value);
  return values.length === 0 ? undefined : values.reduce((most, value) => Math.max(most, value));
}
