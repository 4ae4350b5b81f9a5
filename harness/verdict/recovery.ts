/**
 * Caught up: the first moment, from the verified healing on, at which no acknowledged event has been waiting for its
 * effect for more than a second, and none does in the five seconds after. Under load something is always in flight,
 * so "backlog zero" would measure the end of the load; and one lucky instant is no recovery.
 */
import type { ExperimentEvidence } from '../evidence/run-folder.ts';
import { promised } from './delivery.ts';
import { counted, EXAMPLES_MAX } from './judgement.ts';
import type { Measured } from './measured.ts';

const IN_FLIGHT_MS = 1_000;
const CALM_MS = 5_000;

export function recovery(evidence: ExperimentEvidence): Measured {
  const { marks, ops, effects } = evidence;
  if (marks === undefined) return { missing: 'journal.ndjson is missing, so nobody knows when the fault was healed' };
  if (ops === undefined) return { missing: 'ops.ndjson is missing, so nobody knows what was acknowledged' };
  if (effects === undefined) return { missing: 'effects.ndjson is missing, so nobody knows what had its effect' };
  const healedMs = marks.findLast((mark) => mark.kind === 'healed')?.at;
  if (healedMs === undefined) return { missing: 'no fault was healed (no mark healed), so there is nothing to recover from' };
  const effectAt = new Map<string, number>();
  for (const effect of effects)
    effectAt.set(effect.eventId, Math.min(effect.at, effectAt.get(effect.eventId) ?? Number.POSITIVE_INFINITY));
  const acknowledged = promised(ops);
  const late = acknowledged
    .map((op) => ({ id: op.eventId, fromMs: op.at + IN_FLIGHT_MS, toMs: effectAt.get(op.eventId) ?? Number.POSITIVE_INFINITY }))
    .filter((wait) => wait.toMs > wait.fromMs && wait.toMs > healedMs)
    .sort((a, b) => a.fromMs - b.fromMs);
  let caughtUpMs = healedMs;
  for (const wait of late) {
    // The first gap that is long enough ends the recovery; what comes later is another story.
    if (wait.fromMs > caughtUpMs + CALM_MS) break;
    caughtUpMs = Math.max(caughtUpMs, wait.toMs);
  }
  const never = late.filter((wait) => wait.toMs === Number.POSITIVE_INFINITY);
  if (caughtUpMs === Number.POSITIVE_INFINITY) {
    const because = `it never caught up: ${counted(never.length, 'acknowledged event')} had no effect when the evidence was collected`;
    return {
      value: caughtUpMs,
      samples: acknowledged.length,
      examples: never.slice(0, EXAMPLES_MAX).map((wait) => wait.id),
      because,
    };
  }
  return { value: (caughtUpMs - healedMs) / 1_000, samples: acknowledged.length, examples: [] };
}
