/**
 * What the page's plots show, small enough to travel inside it: numbers per bucket of time and a bounded cloud of
 * single operations. A percentile is drawn only where ten samples lie beyond it, as in the verdicts.
 */
import type { Op } from '../evidence/records.ts';
import type { ExperimentEvidence } from '../evidence/run-folder.ts';
import { Latencies, samplesForPercentile } from '../verdict/statistics/histogram.ts';
import { armsIn } from '../verdict/arms.ts';
import { extentOf, faultSpans, markAt } from '../verdict/windows.ts';

export interface Band {
  readonly kind: 'warm-up' | 'arm' | 'fault' | 'healing';
  readonly name: string;
  readonly fromS: number;
  readonly toS: number;
}
type Line = readonly (number | null)[];
/** Seconds since the experiment began, milliseconds it took, 1 when it failed or was not answered. */
type Point = readonly [number, number, 0 | 1];

export interface Series {
  readonly lengthS: number;
  readonly bucketS: number;
  readonly bands: readonly Band[];
  readonly latency?: {
    readonly x: Line;
    readonly p50: Line;
    readonly p95: Line;
    readonly p99: Line;
    readonly slowest: Line;
    readonly points: readonly Point[];
  };
  readonly limits: readonly { readonly label: string; readonly ms: number }[];
  readonly flow?: { readonly x: Line; readonly answered: Line; readonly failed: Line; readonly effects: Line | null };
  readonly backlog?: { readonly x: Line; readonly unsent: Line };
  /** Per kind of latency: [percentile position log10(1/(1-p)), ms]. */
  readonly spread: readonly { readonly name: string; readonly points: readonly (readonly [number, number])[] }[];
}

/** How much one experiment may put into the page. */
export interface Allowance {
  readonly buckets: number;
  readonly points: number;
}
/** Shared among all experiments, so that the page stays far below a megabyte however many there are. */
export const allowanceFor = (experiments: number): Allowance => ({
  buckets: Math.max(20, Math.min(240, Math.floor(4_000 / experiments))),
  points: Math.max(30, Math.min(1_200, Math.floor(12_000 / experiments))),
});

export function seriesOf(evidence: ExperimentEvidence, allowance: Allowance): Series | undefined {
  const ops = evidence.ops ?? [];
  const extent = extentOf(evidence);
  if (extent.toMs <= extent.fromMs) return undefined;
  const lengthS = (extent.toMs - extent.fromMs) / 1_000;
  const bucketS = Math.max(1, Math.ceil(lengthS / allowance.buckets));
  const second = (ms: number) => round((ms - extent.fromMs) / 1_000);
  const bucketsCount = Math.ceil(lengthS / bucketS);
  const bucketOf = (ms: number) => Math.min(bucketsCount - 1, Math.max(0, Math.floor((ms - extent.fromMs) / 1_000 / bucketS)));
  const x = Array.from({ length: bucketsCount }, (_, index) => round((index + 0.5) * bucketS));
  const perSecond = (times: readonly number[]): number[] => {
    const counts = new Array<number>(bucketsCount).fill(0);
    for (const time of times) counts[bucketOf(time)] = (counts[bucketOf(time)] ?? 0) + 1;
    return counts.map((count) => round(count / bucketS));
  };
  const backlog = (evidence.samples ?? []).filter((sample) => sample.metric === 'outbox_unsent').toSorted((a, b) => a.at - b.at);
  return {
    lengthS: round(lengthS),
    bucketS,
    bands: bandsOf(evidence, second, extent.toMs),
    limits: (evidence.record?.slos ?? [])
      // What a ratio or a difference is limited to is no line among times.
      .filter((slo) => (slo.metric === 'latency.response' || slo.metric === 'latency.service') && slo.against === undefined)
      .map((slo) => ({ label: `${slo.stat} promise ${slo.limit} ms`, ms: slo.limit })),
    spread: spreadOf(ops),
    ...(ops.length > 0 && {
      latency: { x, ...linesOf(ops, bucketOf, bucketsCount), points: cloudOf(ops, second, allowance.points) },
    }),
    ...(ops.length > 0 && {
      flow: {
        x,
        answered: perSecond(ops.filter((op) => op.type === 'ok').map((op) => op.at)),
        failed: perSecond(ops.filter((op) => op.type !== 'ok').map((op) => op.at)),
        effects: evidence.effects ? perSecond(evidence.effects.map((effect) => effect.at)) : null,
      },
    }),
    ...(backlog.length > 0 && { backlog: thinned(backlog, allowance.buckets, second) }),
  };
}

function bandsOf(evidence: ExperimentEvidence, second: (ms: number) => number, endMs: number): Band[] {
  const marks = evidence.marks ?? [];
  const began = markAt(marks, 'workload-start');
  const measured = markAt(marks, 'measured-start');
  return [
    ...(began !== undefined && measured !== undefined
      ? [{ kind: 'warm-up' as const, name: 'warm-up', fromS: second(began), toS: second(measured) }]
      : []),
    ...armsIn(evidence).flatMap(({ name, spans }) =>
      spans.map(({ fromMs, toMs }) => ({ kind: 'arm' as const, name, fromS: second(fromMs), toS: second(toMs) })),
    ),
    ...faultSpans(evidence).flatMap((fault) => [
      { kind: 'fault' as const, name: fault.name, fromS: second(fault.fromMs), toS: second(fault.outMs ?? fault.toMs) },
      ...((fault.healedMs ?? endMs) > (fault.outMs ?? fault.toMs)
        ? [
            {
              kind: 'healing' as const,
              name: `${fault.name} healing`,
              fromS: second(fault.outMs ?? fault.toMs),
              toS: second(fault.healedMs ?? endMs),
            },
          ]
        : []),
    ]),
  ];
}

function linesOf(ops: readonly Op[], bucketOf: (ms: number) => number, bucketsCount: number) {
  const buckets = Array.from({ length: bucketsCount }, () => [] as number[]);
  // Response time: from when it was due. A failed one is slower than any limit, and drawn as a cross instead.
  for (const op of ops)
    buckets[bucketOf(op.intendedAt)]?.push(op.type === 'ok' ? op.at - op.intendedAt : Number.POSITIVE_INFINITY);
  const sorted = buckets.map((bucket) => bucket.toSorted((a, b) => a - b));
  const percentile = (p: number): Line =>
    sorted.map((bucket) => {
      const value = bucket[Math.ceil((p / 100) * bucket.length) - 1];
      return bucket.length < samplesForPercentile(p) || value === undefined || !Number.isFinite(value) ? null : round(value);
    });
  const slowest = sorted.map((bucket) => bucket.findLast(Number.isFinite)).map((ms) => (ms === undefined ? null : round(ms)));
  return { p50: percentile(50), p95: percentile(95), p99: percentile(99), slowest };
}

/** Every failure and every slowest one first, then an even sample of the rest: outliers must not be thinned away. */
function cloudOf(ops: readonly Op[], second: (ms: number) => number, pointsMax: number): Point[] {
  const points = ops.map((op): Point => [
    second(op.intendedAt),
    round(Math.max(op.at - op.intendedAt, 0.01)),
    op.type === 'ok' ? 0 : 1,
  ]);
  if (points.length <= pointsMax) return points;
  const notable = points.toSorted((a, b) => b[2] - a[2] || b[1] - a[1]).slice(0, Math.floor(pointsMax / 3));
  const shown = new Set(notable);
  const step = points.length / (pointsMax - notable.length);
  for (let at = 0; at < points.length; at += step) {
    const point = points[Math.floor(at)];
    if (point) shown.add(point);
  }
  return [...shown].sort((a, b) => a[0] - b[0]);
}

function spreadOf(ops: readonly Op[]): Series['spread'] {
  const counted = ops.filter((op) => !op.warmup);
  const kinds = [
    { name: 'response (from due)', ms: (op: Op) => (op.type === 'ok' ? op.at - op.intendedAt : Number.POSITIVE_INFINITY) },
    { name: 'service (from sent)', ms: (op: Op) => (op.type === 'ok' ? op.at - op.startedAt : Number.POSITIVE_INFINITY) },
    { name: 'generator lag', ms: (op: Op) => op.startedAt - op.intendedAt },
  ];
  if (counted.length < 2) return [];
  const last = Math.log10(counted.length);
  return kinds.map(({ name, ms }) => {
    const latencies = Latencies.of(counted.map(ms));
    const points = Array.from({ length: 49 }, (_, index) => (last * index) / 48)
      .map((position) => [round(position), latencies.percentileMs(100 * (1 - 10 ** -position))] as const)
      .filter(([, value]) => Number.isFinite(value))
      .map(([position, value]) => [position, round(Math.max(value, 0.01))] as const);
    return { name, points };
  });
}

/** The highest value of each bucket: a backlog's peak is what matters. */
function thinned(
  samples: readonly { readonly at: number; readonly value: number }[],
  pointsMax: number,
  second: (ms: number) => number,
) {
  const step = Math.ceil(samples.length / pointsMax);
  const x: number[] = [];
  const unsent: number[] = [];
  for (let from = 0; from < samples.length; from += step) {
    const group = samples.slice(from, from + step);
    x.push(second(group[0]?.at ?? 0));
    unsent.push(group.reduce((most, { value }) => Math.max(most, value), Number.NEGATIVE_INFINITY));
  }
  return { x, unsent };
}

const round = (value: number): number => Number(value.toPrecision(5));
