/**
 * Was the load what it claimed to be? A generator that sent late, dropped arrivals or had no CPU measured itself. What it did not
 * send, or sent late, widens what is judged (`bounds.ts`); what it did see fail stays seen.
 */
import type { Op, Sample, Slo } from '../evidence/records.ts';
import type { ExperimentEvidence } from '../evidence/run-folder.ts';
import { droppedIn } from './dropped.ts';
import { counted, type Judgement, skipped, unsure } from './judgement.ts';
import { cutWindow, inside, type Window } from './windows.ts';

/** Clients that promise an arrival schedule (an open model) in evidence from before anybody declared a plan. */
const OPEN_MODEL = new Set(['k6', 'steady']);
const modelOf = ({ plans = [] }: ExperimentEvidence, who: string): 'open' | 'closed' | undefined =>
  plans.find((plan) => plan.who === who)?.model ?? (OPEN_MODEL.has(who) ? 'open' : undefined);
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

/** What a poor load does to a finding. Absent or false: nothing. */
export interface Doubts {
  /** It sent late: response time is the most it took, service time the least. */
  readonly late: boolean;
  /** It had no CPU to see with: no latency of its convicts, a good one stays good. */
  readonly strained?: string;
  /** Nobody knows what it did: neither verdict stands, but what was seen to fail. */
  readonly unknown?: string;
}
export interface Load {
  readonly judgement: Judgement;
  readonly doubts: Doubts;
}

/** `cores`: as the manifest says; a CPU sample is in cores, so 1.5 is fine on four of them. */
export const generator = (evidence: ExperimentEvidence, options?: { readonly cores?: number }): Judgement =>
  loadOf(evidence, options).judgement;

export function loadOf(evidence: ExperimentEvidence, { cores = 1 }: { readonly cores?: number } = {}): Load {
  const { ops, samples } = evidence;
  const lost = (because: string): Load => ({ judgement: unsure(because), doubts: { late: false, unknown: because } });
  if (ops === undefined) return lost('ops.ndjson is missing, so nobody knows how the generator did');
  const scheduled = ops.filter((op) => modelOf(evidence, op.who) === 'open');
  if (scheduled.length === 0)
    return {
      judgement: skipped('no open-model generator was used, so there was no arrival schedule to keep'),
      doubts: { late: false },
    };
  const window = cutWindow(evidence, 'measured');
  if ('missing' in window) return lost(`no measured window: ${window.missing}`);
  const measured = scheduled.filter((op) => !op.warmup && inside(window, op.intendedAt));
  if (measured.length === 0) return lost('no arrival fell into the measured window');

  const lagOf = lagsOf(scheduled);
  const late = measured.filter((op) => lagOf(op) > LAG_MS_MAX);
  const lateRatio = late.length / measured.length;
  const uncounted = !(samples ?? []).some(({ metric }) => metric === 'generator_dropped_iterations');
  const { byGenerator, bySystem } = droppedIn(evidence, window);
  const meanOf = (metric: string) => meanIn(window, samples, metric);
  const cpuCores = meanOf('generator_cpu_ratio');
  const cpuMean = cpuCores === undefined ? undefined : cpuCores / cores;
  const foreign = meanOf('foreign_cpu_ratio');
  const worst = late.reduce((most, op) => Math.max(most, lagOf(op)), 0);
  const lateness =
    lateRatio > LATE_RATIO_MAX
      ? `the generator sent ${percent(lateRatio)} of its requests more than ${LAG_MS_MAX} ms late (worst ${Math.round(worst)} ms)`
      : undefined;
  const nobodyCounted = uncounted ? 'nobody counted dropped arrivals (no sample generator_dropped_iterations)' : undefined;
  const drops = byGenerator > 0 ? `the generator dropped ${counted(byGenerator, 'arrival')}` : undefined;
  const strains = [
    ...(cpuMean !== undefined && cpuMean > CPU_RATIO_MAX ? [`the generator used ${percent(cpuMean)} of the machine's CPU`] : []),
    ...(foreign !== undefined && foreign > FOREIGN_RATIO_MAX ? [`other programs took ${percent(foreign)} of the machine`] : []),
  ];
  const reasons = [lateness, nobodyCounted, drops, ...strains].filter((reason) => reason !== undefined);
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
  const doubts: Doubts = {
    late: lateness !== undefined,
    ...(strains.length > 0 && { strained: strains.join('; ') }),
    ...(nobodyCounted !== undefined && { unknown: nobodyCounted }),
  };
  if (reasons.length > 0)
    return { judgement: unsure(`the load was not what it claims to be: ${reasons.join('; ')}`, row), doubts };
  const cpuSeen = cpuMean !== undefined ? `${percent(cpuMean)} CPU` : 'CPU not sampled';
  const dropped = bySystem > 0 ? `${counted(bySystem, 'arrival')} kept waiting by the system` : 'none dropped';
  const because = `${counted(measured.length, 'arrival')} sent on time, ${dropped}, ${cpuSeen}`;
  return { judgement: { ...row, examples: [], verdict: 'pass', because }, doubts };
}

/**
 * Why latencies of these operations can't be quoted, as a sentence: a percentile means something only where arrivals do not wait
 * for the system, and somebody said so. A check has no load to declare.
 */
export function undeclared(slo: Slo, evidence: ExperimentEvidence, window: Window): string | undefined {
  if (evidence.record?.kind === 'check') return undefined;
  for (const op of evidence.ops ?? []) {
    if (op.warmup || (slo.op !== undefined && op.what !== slo.op) || !inside(window, op.intendedAt)) continue;
    const model = modelOf(evidence, op.who);
    if (model === undefined) return `${op.who} never declared a plan, so nobody knows whether its arrivals waited for the system`;
    if (model === 'closed')
      return `${op.who} is a closed loop: while the system was slow it asked less, which hides the slow ones`;
  }
  return undefined;
}

/**
 * How late a request was sent, counted from when it could be: the next step on a key waits for the answer to the one before,
 * and what that took is the system's.
 */
function lagsOf(ops: readonly Op[]): (op: Op) => number {
  const ends = new Map<string, number[]>();
  for (const { who, key, at } of ops) {
    if (key === undefined) continue;
    const name = `${who} ${key}`;
    const own = ends.get(name);
    if (own) own.push(at);
    else ends.set(name, [at]);
  }
  for (const own of ends.values()) own.sort((a, b) => a - b);
  return (op) => {
    const before = op.key === undefined ? undefined : ends.get(`${op.who} ${op.key}`)?.findLast((at) => at <= op.startedAt);
    return op.startedAt - Math.max(op.intendedAt, before ?? op.intendedAt);
  };
}

function meanIn(window: Window, samples: readonly Sample[] | undefined, metric: string): number | undefined {
  let [sum, count] = [0, 0];
  for (const one of samples ?? []) {
    if (one.metric !== metric || !inside(window, one.at)) continue;
    sum += one.value;
    count += 1;
  }
  return count === 0 ? undefined : sum / count;
}

const percent = (ratio: number): string => `${(ratio * 100).toFixed(1)} %`;
