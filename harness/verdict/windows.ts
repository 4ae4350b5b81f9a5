/**
 * Windows are cut from marks that were journaled when something happened, never from a plan: a fault that came late
 * shades where it really was.
 */

import type { ArmWindow, Mark, WindowName } from '../evidence/records.ts';
import type { ExperimentEvidence } from '../evidence/run-folder.ts';
import { recoveryOf } from './health.ts';

/** From inclusive, to exclusive; milliseconds since the epoch. */
export interface Span {
  readonly fromMs: number;
  readonly toMs: number;
}
export interface FaultSpan extends Span {
  readonly name: string;
  /** When the harness had verified the healing, which ends the span; absent when it never did. */
  readonly healedMs?: number;
  /** When healing began; absent when it never did. */
  readonly outMs?: number;
}
export interface Window {
  readonly name: WindowName;
  /** In order, and none overlaps another. */
  readonly spans: readonly Span[];
}

/** Every experiment has these; arms are what its workload marks (`arms.ts`). */
type PlainWindow = Exclude<WindowName, ArmWindow>;
export const windowNames: readonly PlainWindow[] = ['measured', 'fault', 'recovering', 'after', 'all'];

export function cutWindow(evidence: ExperimentEvidence, name: PlainWindow): Window | { readonly missing: string } {
  const marks = evidence.marks;
  if (marks === undefined) return { missing: 'journal.ndjson is missing, so no window can be cut' };
  const from = (span: Span) => (span.toMs > span.fromMs ? { name, spans: [span] } : { missing: `the ${name} window is empty` });
  if (name === 'all') return from(extentOf(evidence));
  if (name === 'measured') {
    const start = markAt(marks, 'measured-start');
    // A generator takes a moment to end after its last arrival: that moment is not measured.
    const end = markAt(marks, 'measured-end') ?? markAt(marks, 'workload-end');
    if (start === undefined) return { missing: 'there is no mark measured-start: the workload never got past its warm-up' };
    if (end === undefined) return { missing: 'there is no mark workload-end: the workload was cut short' };
    return from({ fromMs: start, toMs: end });
  }
  const faults = faultSpans(evidence);
  if (faults.length === 0) return { missing: 'no fault was ever in (no mark fault-in)' };
  if (name === 'fault') return { name, spans: joined(faults) };
  const recovered = recoveryOf(evidence);
  if ('missing' in recovered) return recovered;
  const { healedMs, recoveredMs, endMs } = recovered;
  if (name === 'recovering') return from({ fromMs: healedMs, toMs: recoveredMs ?? endMs });
  return recoveredMs === undefined
    ? { missing: 'it never recovered: no five seconds in a row were healthy, so nothing is "after"' }
    : from({ fromMs: recoveredMs, toMs: endMs });
}

/** From each fault-in to its verified healing. One that was never healed lasts to the end of the evidence. */
export function faultSpans(evidence: ExperimentEvidence): FaultSpan[] {
  const marks = evidence.marks ?? [];
  const end = extentOf(evidence).toMs;
  return (
    marks
      .filter((mark) => mark.kind === 'fault-in')
      // What could not be put in was never in.
      .filter(({ name, at }) => !marks.some((mark) => mark.kind === 'not-injected' && mark.name === name && mark.at >= at))
      .map((fault) => {
        const later = (kind: Mark['kind']) =>
          marks.find((mark) => mark.kind === kind && mark.name === fault.name && mark.at >= fault.at)?.at;
        const healedMs = later('healed');
        // Taking a fault out is when healing begins: until it is verified the system is still without what was taken.
        const toMs = healedMs ?? end;
        const outMs = later('fault-out');
        return {
          name: fault.name,
          fromMs: fault.at,
          toMs,
          ...(outMs !== undefined && { outMs }),
          ...(healedMs !== undefined && { healedMs }),
        };
      })
  );
}

export const markAt = (marks: readonly Mark[], name: string): number | undefined =>
  marks.find((mark) => mark.kind === 'mark' && mark.name === name)?.at;

export const inside = (window: { readonly spans: readonly Span[] }, atMs: number): boolean =>
  window.spans.some((span) => atMs >= span.fromMs && atMs < span.toMs);

export const secondsOf = (spans: readonly Span[]): number =>
  spans.reduce((sum, span) => sum + (span.toMs - span.fromMs) / 1_000, 0);

/** First to last moment of the experiment, whatever it managed to write. */
export function extentOf(evidence: ExperimentEvidence): Span {
  let fromMs = Number.POSITIVE_INFINITY;
  let toMs = Number.NEGATIVE_INFINITY;
  const see = (at: number) => {
    if (at < fromMs) fromMs = at;
    // The end is exclusive, and the last moment belongs to the experiment.
    if (at + 1 > toMs) toMs = at + 1;
  };
  for (const mark of evidence.marks ?? []) see(mark.at);
  for (const op of evidence.ops ?? []) {
    see(Math.min(op.startedAt, op.intendedAt));
    see(op.at);
  }
  return fromMs <= toMs ? { fromMs, toMs } : { fromMs: 0, toMs: 0 };
}

/** Overlapping faults make one window, or their seconds would count twice. */
function joined(spans: readonly Span[]): Span[] {
  const out: { fromMs: number; toMs: number }[] = [];
  for (const span of [...spans].sort((a, b) => a.fromMs - b.fromMs)) {
    const last = out.at(-1);
    if (last && span.fromMs <= last.toMs) last.toMs = Math.max(last.toMs, span.toMs);
    else out.push({ fromMs: span.fromMs, toMs: span.toMs });
  }
  return out;
}
