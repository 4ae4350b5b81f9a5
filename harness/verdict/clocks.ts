/**
 * Latencies come from more than one clock: the harness', which can be set while it is read, the broker's and the database's. What
 * was sampled of their differences is added to what is judged; what can't be (an answer before its request) is never a zero.
 */
import type { Sample } from '../evidence/records.ts';
import type { ExperimentEvidence } from '../evidence/run-folder.ts';
import { counted } from './judgement.ts';
import { inside, type Window } from './windows.ts';

/** Whole milliseconds on either side, and the slewing of a second: below it nobody can tell a clock that moved. */
export const CLOCK_NOISE_MS = 5;

export type OtherClock = 'broker' | 'database';

/** By how much a latency between the harness' clock and that one may be wrong, in ms; 0 where nobody compared them. */
export function clockUncertaintyMs({ samples = [] }: ExperimentEvidence, other: OtherClock | undefined): number {
  if (other === undefined) return 0;
  // The question that was answered soonest says most: a slow answer is the database's load, not its clock.
  let best = { offset: 0, uncertainty: Number.POSITIVE_INFINITY };
  const own = samples.filter(({ labels }) => labels['instance'] === other);
  const offsets = new Map(own.filter(({ metric }) => metric === 'clock_offset_ms').map(({ at, value }) => [at, value]));
  for (const { metric, at, value } of own) {
    const offset = offsets.get(at);
    if (metric === 'clock_uncertainty_ms' && offset !== undefined && value < best.uncertainty)
      best = { offset, uncertainty: value };
  }
  return Number.isFinite(best.uncertainty) ? Math.abs(best.offset) + best.uncertainty : 0;
}

/** Why nothing that was timed in this window can be believed, as a sentence. */
export function clockBroken(
  evidence: ExperimentEvidence,
  window: Window,
  timed: readonly { readonly ms: number; readonly lagMs: number }[],
  other: OtherClock | undefined,
): string | undefined {
  const steps = (evidence.samples ?? []).filter(
    (one: Sample) => one.metric === 'clock_step_ms' && inside(window, one.at) && !(Math.abs(one.value) <= CLOCK_NOISE_MS),
  );
  const furthest = steps.reduce((most, { value }) => (Math.abs(value) > Math.abs(most) ? value : most), 0);
  if (steps.length > 0)
    return `the machine's clock was set ${counted(steps.length, 'time')} meanwhile, by up to ${Math.round(furthest)} ms`;
  const noise = CLOCK_NOISE_MS + clockUncertaintyMs(evidence, other);
  const impossible = timed.filter(({ ms, lagMs }) => Number.isNaN(ms) || ms < -noise || lagMs < -CLOCK_NOISE_MS);
  if (impossible.length > 0)
    return `${counted(impossible.length, 'operation')} of ${timed.length} ended before the request, or was sent before it was due: a clock moved, or two differ`;
  return other === 'broker' ? brokerApart(evidence) : undefined;
}

/**
 * A record is appended after its row was written and before the row was marked as sent. One for which that can't be is out of its
 * place; a quarter of them are a clock.
 */
function brokerApart({ outbox, records }: ExperimentEvidence): string | undefined {
  const rows = new Map((outbox ?? []).map((row) => [row.eventId, row]));
  // A topic without effects may carry the id again later; the first time counts.
  const first = new Map<string, number>();
  for (const { id, at } of records ?? []) if (id !== null && at < (first.get(id) ?? Number.POSITIVE_INFINITY)) first.set(id, at);
  const sinceWritten: number[] = [];
  const sinceSent: number[] = [];
  for (const [id, at] of first) {
    const row = rows.get(id);
    if (row === undefined) continue;
    sinceWritten.push(at - row.createdAt);
    if (row.sentAt !== null && row.attempts <= 1) sinceSent.push(row.sentAt - at);
  }
  const behindMs = -quartileOf(sinceWritten);
  const aheadMs = -quartileOf(sinceSent);
  if (behindMs > CLOCK_NOISE_MS) return `the broker's clock is at least ${Math.round(behindMs)} ms behind the database's`;
  return aheadMs > CLOCK_NOISE_MS
    ? `the broker's clock is at least ${Math.round(aheadMs)} ms ahead of the database's`
    : undefined;
}

/** The lower one. */
const quartileOf = (values: readonly number[]): number => values.toSorted((a, b) => a - b)[Math.floor(values.length / 4)] ?? 0;
