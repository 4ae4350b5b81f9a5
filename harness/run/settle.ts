/** The end of an experiment: the system may finish what it acknowledged, and then somebody looks what became of it all. */
import { rmSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { evidenceFiles, lastReadKinds } from '../evidence/files.ts';
import { clockMs, type ExperimentJournal } from '../evidence/journal.ts';
import type { Op } from '../evidence/records.ts';
import { writeNdjson } from '../evidence/run-folder.ts';
import type { Stillness, Target } from '../stage/target.ts';
import type { Performance } from './performance.ts';

/** Remembers which events were promised, so that settling knows what to wait for. */
export function remembering(journal: ExperimentJournal, acked: Set<string>): ExperimentJournal {
  return {
    ...journal,
    op(op: Op) {
      if (op.type === 'ok' && op.eventId !== undefined) acked.add(op.eventId);
      journal.op(op);
    },
  };
}

/** What an experiment begins on; more than a moment after the last one has settled is reason to doubt it. */
const quietMsMax = 10_000;
const lookEveryMs = 100;

/** Waits a while for what came before to be over. An experiment that begins without it is told apart by its mark. */
export async function quiet(performance: Performance, journal: ExperimentJournal): Promise<void> {
  await atRest(performance, journal);
  await performance.target.begin();
}

async function atRest({ target, signal, say, record }: Performance, journal: ExperimentJournal): Promise<void> {
  const from = clockMs();
  let last = 'nobody looked';
  while (clockMs() - from < quietMsMax) {
    const seen = await restless(target);
    const tookMs = Math.round(clockMs() - from);
    if (seen.because === undefined) return void journal.mark('mark', 'quiet', { ...seen.figures, tookMs });
    last = seen.because;
    await sleep(lookEveryMs, undefined, { signal });
  }
  journal.mark('mark', 'not-quiet', { because: last, afterMs: quietMsMax });
  say(`${record.name} begins although it is not quiet: ${last}`);
}

/** Why the system is not at rest, as a phrase; without one it is. */
async function restless(target: Target): Promise<{ readonly figures?: Stillness; readonly because?: string }> {
  try {
    const figures = await target.stillness();
    if (figures.unsent > 0) return { figures, because: `${figures.unsent} rows wait in the outboxes` };
    if (figures.lag > 0) return { figures, because: `${figures.lag} records wait for ${figures.worst ?? 'their consumer'}` };
    return { figures };
  } catch (error) {
    return { because: (error as Error).message };
  }
}

/**
 * Waits until every promised event has had its effect and nothing is under way any more. Giving up is a fact for the judge, not
 * an error. `from` in the mark: when the last look began; whatever was made before is to be found.
 */
export async function settle(
  { experiment, target, signal, say }: Performance,
  journal: ExperimentJournal,
  acked: ReadonlySet<string>,
  since: number,
): Promise<void> {
  const giveUpAt = clockMs() + experiment.settleMsMax;
  for (;;) {
    const from = clockMs();
    const missing = acked.difference(await target.effectIds(since));
    const seen = missing.size === 0 ? await restless(target) : undefined;
    if (seen && seen.because === undefined) return void journal.mark('mark', 'settled', { ...seen.figures, from });
    if (clockMs() > giveUpAt) {
      const because =
        missing.size > 0 ? `${missing.size} promised events have had no effect` : (seen?.because ?? 'nobody could look');
      journal.mark('mark', 'settle-gave-up', { missing: missing.size, because, afterMs: experiment.settleMsMax });
      return say(`${experiment.name}: ${because} after ${experiment.settleMsMax / 1000} s`);
    }
    await sleep(lookEveryMs, undefined, { signal });
  }
}

/** What became of it all. Missing files make the judge unsure, with the note beside it. */
export async function lastReads(
  { record, target, folder, say }: Performance,
  journal: ExperimentJournal,
  promised: number,
  since: number,
): Promise<void> {
  try {
    const collected = await target.collect(since);
    const counts = Object.fromEntries(lastReadKinds.map((kind) => [kind, collected[kind].length]));
    for (const kind of lastReadKinds) writeWhole(join(folder, evidenceFiles[kind].name), collected[kind]);
    journal.mark('mark', 'collected', counts);
    const read = Object.entries(counts).map(([kind, count]) => `${kind} ${count}`);
    say(`${record.name}: ${promised} events promised; read: ${read.join(', ')}`);
  } catch (error) {
    journal.mark('note', `the last reads failed: ${(error as Error).message}`);
    say(`${record.name}: the last reads failed: ${(error as Error).message}`);
  }
}

/** Half of the rows would convict the system of having lost the others. */
function writeWhole(path: string, rows: readonly object[]): void {
  try {
    writeNdjson(path, rows);
  } catch (error) {
    rmSync(path, { force: true });
    throw error;
  }
}
