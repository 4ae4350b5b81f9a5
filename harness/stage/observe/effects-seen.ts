/** Which events have had an effect, asked many times a second: each time only what is new is read. */
import { clockMs } from '../../evidence/journal.ts';
import type { Effect } from '../../evidence/records.ts';

/** An effect is told with the time at which it was made, and is to be seen when its transaction commits: so far back it is looked. */
const commitMsMax = 5_000;
/** A transaction may have stood still for longer than that: now and then all is read. */
const wholeEveryMs = 2_000;

export function effectsSeen(
  read: (sinceMs: number) => Promise<readonly Effect[]>,
  now: () => number = clockMs,
): (sinceMs: number) => Promise<ReadonlySet<string>> {
  let known: { sinceMs: number; ids: Set<string>; upTo: number; wholeAt: number } | undefined;
  return async (sinceMs) => {
    const at = now();
    const whole = known?.sinceMs !== sinceMs || at - known.wholeAt >= wholeEveryMs;
    const before = whole ? undefined : known;
    const effects = await read(before ? Math.max(sinceMs, before.upTo - commitMsMax) : sinceMs);
    const ids = new Set(before?.ids);
    let upTo = before?.upTo ?? sinceMs;
    for (const { eventId, at: made } of effects) {
      ids.add(eventId);
      upTo = Math.max(upTo, made);
    }
    known = { sinceMs, ids, upTo, wholeAt: before?.wholeAt ?? at };
    return ids;
  };
}
