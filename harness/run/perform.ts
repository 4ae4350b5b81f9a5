/** One experiment against a target that stands: workload and faults, then settle and the last reads. Opinion comes later. */
import { clockMs, type ExperimentJournal, openJournal } from '../evidence/journal.ts';
import { openScope } from '../process/scope.ts';
import { randomFrom } from '../random.ts';
import type { Performance } from './performance.ts';
import { sampleEverySecond } from './sampling.ts';
import { schedule } from './schedule.ts';
import { lastReads, quiet, remembering, settle } from './settle.ts';

/**
 * Resolves when everything seen is on disk, also when the experiment broke: that is in its journal, and the judge will be unsure.
 * Rejects only when interrupted, after healing; what was seen so far is kept.
 */
export async function perform(performance: Performance): Promise<void> {
  const { experiment, record, faults, target, folder, seed, say } = performance;
  const acked = new Set<string>();
  const journal = remembering(openJournal(folder), acked);
  const scope = openScope({ title: record.name, signal: performance.signal, undoMsMax: 60_000 });
  let since = clockMs();
  const measured = Promise.withResolvers<void>();
  const stopSampling = sampleEverySecond(target, journal);
  const broke = (error: unknown) => {
    performance.signal.throwIfAborted();
    const sentence = error instanceof Error ? error.message : String(error);
    journal.mark('broke', sentence);
    say(`${record.name} broke: ${sentence}`);
  };
  try {
    // Before anything counts: what is under way now is none of this experiment's.
    await quiet(performance, journal);
    since = journal.mark('mark', 'experiment-start', { seed }).at;
    const listening: ExperimentJournal = {
      ...journal,
      mark(kind, name, detail, at) {
        const mark = journal.mark(kind, name, detail, at);
        if (name === 'measured-start') measured.resolve();
        return mark;
      },
    };
    journal.mark('mark', 'workload-start', { workload: experiment.workload.title });
    const workload = experiment.workload.run({
      target,
      system: performance.system,
      journal: listening,
      random: randomFrom(seed),
      seed,
      folder,
      signal: scope.signal,
      tool: performance.tool,
      scope,
    });
    const ended = workload.finally(() => measured.resolve());
    await all([ended, ...faults.map((fault) => schedule(fault, performance, journal, scope, measured.promise))]);
    journal.mark('mark', 'workload-end');
    // Heals what a fault left in, verified, before the system is asked to finish.
    await scope.close();
    await settle(performance, journal, acked, since);
  } catch (error) {
    broke(error);
  } finally {
    try {
      // Of an experiment that broke: what it left in must not meet the next one.
      await scope.close().catch(broke);
    } finally {
      await stopSampling();
      await lastReads(performance, journal, acked.size, since);
      // Last, so that what ends during the last reads is told too.
      noteCrashes(performance, journal, since);
      await journal.close();
    }
  }
}

/** A part that ends by itself is a finding whatever else was asked. */
function noteCrashes({ target, say }: Performance, journal: ExperimentJournal, since: number): void {
  for (const { part, at, code, signal, lastWords } of target.crashes?.(since) ?? []) {
    journal.mark('crash', part, { code, signal, lastWords }, at);
    say(`${part} ended by itself: ${signal ?? `exit code ${code}`}`);
  }
}

/** Like Promise.all, but waits for the slower ones even when one fails: nobody may write into a closed journal. */
async function all(promises: readonly Promise<void>[]): Promise<void> {
  const results = await Promise.allSettled(promises);
  for (const result of results) if (result.status === 'rejected') throw result.reason;
}
