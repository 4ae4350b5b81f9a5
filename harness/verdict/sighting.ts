/** A drill whose fault broke nothing proved nothing: the counter it names must have risen while the fault was in. */
import type { Sample, Sighting } from '../evidence/records.ts';
import type { ExperimentEvidence } from '../evidence/run-folder.ts';
import { askedUntil } from './healed.ts';
import { counted, type Judgement, unsure } from './judgement.ts';
import { extentOf, faultSpans, type Span } from './windows.ts';

export function sighting(evidence: ExperimentEvidence, wanted: Sighting): Judgement {
  const expected = { comparison: '>=', expected: wanted.rises, unit: 'count' };
  if (evidence.samples === undefined) return unsure('samples.ndjson is missing, so nobody watched', expected);
  const matching = evidence.samples.filter((sample) => sample.metric === wanted.metric && carries(sample, wanted.labels));
  if (matching.length === 0) return unsure(`${wanted.metric} was never sampled: the drill proved nothing`, expected);
  const spans: readonly Span[] = wanted.during === 'fault' ? faultSpans(evidence) : [extentOf(evidence)];
  if (spans.length === 0) return unsure('no fault was ever in: the drill proved nothing', expected);
  if (matching.some(({ labels }) => labels['instance'] === undefined))
    return unsure(`samples of ${wanted.metric} do not say whose they are (no label instance)`, expected);
  const over = askedUntil(evidence.marks ?? []);
  if (wanted.during === 'fault' && spans.every(({ fromMs }) => fromMs >= over))
    return unsure('the fault went in when nobody asked anything any more: the drill proved nothing', expected);
  const firstLook = firstLooks(evidence.samples);
  let risen = 0;
  for (const span of spans)
    for (const series of bySeries(matching))
      risen += riseOf(series, span, firstLook.get(instanceOf(series[0])) ?? Number.POSITIVE_INFINITY);
  const seen = { ...expected, actual: risen, samples: matching.length };
  if (risen < wanted.rises) {
    return unsure(
      `the fault did nothing: ${wanted.metric} rose by ${risen}, not ${wanted.rises}, so the drill proved nothing`,
      seen,
    );
  }
  return { ...seen, verdict: 'pass', because: `${wanted.metric} rose by ${counted(risen, 'step')}`, examples: [] };
}

const instanceOf = (sample: Sample | undefined): string => sample?.labels['instance'] ?? '';

/** By instance: a counter that appears later began at zero only if that very instance was being watched. */
function firstLooks(samples: readonly Sample[]): Map<string, number> {
  const first = new Map<string, number>();
  for (const sample of samples) {
    const instance = instanceOf(sample);
    if (sample.at < (first.get(instance) ?? Number.POSITIVE_INFINITY)) first.set(instance, sample.at);
  }
  return first;
}

const carries = (sample: Sample, labels: Readonly<Record<string, string>>): boolean =>
  Object.entries(labels).every(([name, value]) => sample.labels[name] === value);

function bySeries(samples: readonly Sample[]): Sample[][] {
  const nameOf = (sample: Sample) => JSON.stringify(Object.entries(sample.labels).sort());
  return [...Map.groupBy(samples, nameOf).values()].map((series) => series.toSorted((a, b) => a.at - b.at));
}

/** Sums the steps up; a counter that fell belongs to a process that started again, and counts from zero. */
function riseOf(series: readonly Sample[], span: Span, firstLook: number): number {
  const before = series.findLast((sample) => sample.at <= span.fromMs)?.value;
  const within = series.filter((sample) => sample.at > span.fromMs && sample.at <= span.toMs);
  // Counters appear with their first step; if somebody was already looking, absent meant zero.
  let last = before ?? (firstLook <= span.fromMs ? 0 : within[0]?.value);
  let risen = 0;
  for (const { value } of within) {
    if (last !== undefined) risen += value >= last ? value - last : value;
    last = value;
  }
  return risen;
}
