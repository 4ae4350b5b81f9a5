/**
 * Recovered: the first of five healthy seconds in a row from the last verified healing on. Healthy: at least 99 % of what was due in
 * that second was answered well, and its p95 keeps the experiment's own response objective, or twice the p95 from before the fault.
 * A second in which nothing was due shows nothing, so it is not healthy.
 */
import type { Op } from '../evidence/records.ts';
import type { ExperimentEvidence } from '../evidence/run-folder.ts';

const SECOND_MS = 1_000;
const CALM_SECONDS = 5;
const OK_RATIO_LEAST = 0.99;
const SLOWER_MOST = 2;

export interface Recovery {
  readonly healedMs: number;
  /** Absent when it never did. */
  readonly recoveredMs?: number;
  /** Of the load: beyond it nobody asked anything of the system. */
  readonly endMs: number;
  /** Unhealthy seconds that came after it had recovered, by their beginning. */
  readonly relapsesMs: readonly number[];
}

export function recoveryOf({ marks = [], ops, record }: ExperimentEvidence): Recovery | { readonly missing: string } {
  const faultsIn = marks.filter(({ kind }) => kind === 'fault-in');
  const firstIn = faultsIn[0]?.at;
  if (firstIn === undefined) return { missing: 'no fault was ever in (no mark fault-in)' };
  let healedMs = firstIn;
  for (const fault of faultsIn) {
    const healed = marks.find(({ kind, name, at }) => kind === 'healed' && name === fault.name && at >= fault.at);
    if (healed === undefined) return { missing: 'a fault was never healed, so nothing is "after"' };
    healedMs = Math.max(healedMs, healed.at);
  }
  const named = (wanted: string) => marks.find(({ kind, name }) => kind === 'mark' && name === wanted)?.at;
  const endMs = named('measured-end') ?? named('workload-end');
  if (endMs === undefined) return { missing: 'there is no mark workload-end: the workload was cut short' };
  if (ops === undefined) return { missing: 'ops.ndjson is missing, so nobody knows whether it recovered' };

  const counted = ops.filter((op) => !op.warmup);
  const limits = (record?.slos ?? []).filter(({ metric, unit }) => metric === 'latency.response' && unit === 'ms');
  const promisedMs = limits.reduce((most, { limit }) => Math.max(most, limit), 0);
  const beforeMs = p95Of(counted.filter(({ intendedAt }) => intendedAt < firstIn));
  const slowestMs = Math.max(promisedMs, Number.isFinite(beforeMs) ? SLOWER_MOST * beforeMs : 0);
  const bySecond = Map.groupBy(counted, ({ intendedAt }) => Math.floor((intendedAt - healedMs) / SECOND_MS));
  const healthy: boolean[] = [];
  // What is left of the last second is none.
  for (let second = 0; healedMs + (second + 1) * SECOND_MS <= endMs; second++)
    healthy.push(isHealthy(bySecond.get(second) ?? [], slowestMs));
  const first = healthy.findIndex(
    (_, n) => n + CALM_SECONDS <= healthy.length && healthy.slice(n, n + CALM_SECONDS).every(Boolean),
  );
  if (first === -1) return { healedMs, endMs, relapsesMs: [] };
  const startOf = (second: number) => healedMs + second * SECOND_MS;
  const relapsesMs = healthy.flatMap((well, second) => (second > first && !well ? [startOf(second)] : []));
  return { healedMs, recoveredMs: startOf(first), endMs, relapsesMs };
}

function isHealthy(ops: readonly Op[], slowestMs: number): boolean {
  const ok = ops.filter(({ type }) => type === 'ok').length;
  return ops.length > 0 && ok / ops.length >= OK_RATIO_LEAST && p95Of(ops) <= slowestMs;
}

/** By nearest rank; what was not answered well is slower than anything, and nothing at all is no number. */
function p95Of(ops: readonly Op[]): number {
  const rising = ops
    .map(({ type, at, intendedAt }) => (type === 'ok' ? at - intendedAt : Number.POSITIVE_INFINITY))
    .sort((a, b) => (a === b ? 0 : a - b));
  return rising[Math.ceil(rising.length * 0.95) - 1] ?? Number.NaN;
}
