/** The end of an experiment: the system may finish what it acknowledged, and then somebody looks what became of it all. */
import { rmSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { evidenceFiles, lastReadKinds } from '../evidence/files.ts';
import { clockMs, type ExperimentJournal } from '../evidence/journal.ts';
import type { Op } from '../evidence/records.ts';
import { writeNdjson } from '../evidence/run-folder.ts';
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

/** Waits until every promised event has had its effect. Giving up is a fact for the judge, not an error. */
export async function settle(
  { experiment, target, signal, say }: Performance,
  journal: ExperimentJournal,
  acked: ReadonlySet<string>,
  since: number,
): Promise<void> {
  const giveUpAt = clockMs() + experiment.settleMsMax;
  for (;;) {
    const missing = acked.difference(await target.effectIds(since));
    if (missing.size === 0) return void journal.mark('mark', 'settled');
    if (clockMs() > giveUpAt) {
      journal.mark('mark', 'settle-gave-up', { missing: missing.size, afterMs: experiment.settleMsMax });
      return say(
        `${experiment.name}: ${missing.size} promised events have had no effect after ${experiment.settleMsMax / 1000} s`,
      );
    }
    await sleep(100, undefined, { signal });
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
