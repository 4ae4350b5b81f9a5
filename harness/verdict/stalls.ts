/**
 * Moments at which the machine's disk stood still. Only what was under way during one is set aside, and only where the writing was
 * mostly others': a stall that the system wrote itself into is its own.
 */
import type { ExperimentEvidence } from '../evidence/run-folder.ts';
import type { Span } from './windows.ts';

/** A disk that works answers in a few milliseconds, also while a database commits beside it; a tenth of a second is a stall. */
export const DISK_SYNC_MS_MAX = 100;
/** A sample tells the longest wait of the second before it, not when in it. */
const SAMPLED_MS = 1_000;

export function stallsIn({ samples = [] }: ExperimentEvidence): readonly Span[] {
  const written = samples.filter(({ metric }) => metric === 'disk_written_bytes');
  return samples
    .filter(({ metric, value }) => metric === 'disk_sync_ms' && value > DISK_SYNC_MS_MAX)
    .map(({ at, value }) => ({ fromMs: at - SAMPLED_MS - value, toMs: at }))
    .filter((stall) => {
      let [system, others] = [0, 0];
      for (const { at, labels, value } of written) {
        if (at < stall.fromMs || at > stall.toMs + SAMPLED_MS) continue;
        if (labels['by'] === 'system') system += value;
        else others += value;
      }
      // In evidence from before anybody counted who wrote, nobody knows whose it was.
      return system === 0 || others > system;
    });
}

export const overlaps = (stalls: readonly Span[], busy: Span): boolean =>
  stalls.some(({ fromMs, toMs }) => busy.fromMs < toMs && busy.toMs > fromMs);
