/** One experiment against a target that stands: workload and faults, then settle and the last reads. Opinion comes later. */
import { clockMs, type ExperimentJournal, openJournal } from '../evidence/journal.ts';
import { openScope } from '../process/scope.ts';
import { within } from '../process/within.ts';
import { randomFrom } from '../random.ts';
import { ownUncaught } from '../uncaught.ts';
import type { Hurt } from '../experiment.ts';
import { lend } from './lent-controls.ts';
import type { Performance } from './performance.ts';
import { sampleEverySecond } from './sampling.ts';
import { schedule } from './schedule.ts';
import { lastReads, quiet, remembering, settle } from './settle.ts';

export interface Performed {
  /** Crashes until then are in its journal. */
  readonly lookedAt: number;
  /** False when the workload goes on in spite of its signal: what it runs on is nobody else's any more. */
  readonly workloadEnded: boolean;
}

/** How long a workload may take to end when its signal says so: k6 wants two seconds, and its points are to be read. */
const endMsMax = 15_000;
const quarterOfAnHourMs = 15 * 60_000;

/**
 * Resolves when everything seen is on disk, also when the experiment broke (that is in its journal, and the judge will be unsure) or was
 * interrupted. Rejects when what was seen could not be written down.
 */
export async function perform(performance: Performance): Promise<Performed> {
  const { experiment, record, faults, target, folder, seed, say, signal, patienceMs = endMsMax } = performance;
  const acked = new Set<string>();
  // Whatever ends it before its end: the first one heals at once, all of them are told.
  const stop = Promise.withResolvers<never>();
  stop.promise.catch(() => undefined);
  const journal = remembering(openJournal(folder, stop.reject), acked);
  const told = new Set<unknown>();
  const broke = (error: unknown) => {
    // What ends because it was interrupted is no finding; and each is told once.
    if (signal.aborted || told.has(error)) return;
    told.add(error);
    const sentence = error instanceof Error ? error.message : String(error);
    journal.mark('broke', sentence);
    say(`${record.name} broke: ${sentence}`);
  };
  const disown = ownUncaught((error) => {
    broke(error);
    stop.reject(error);
  });
  const interrupt = () => stop.reject(signal.reason);
  signal.addEventListener('abort', interrupt, { once: true });
  if (signal.aborted) interrupt();
  const limitMs =
    experiment.timeLimitMs ?? quarterOfAnHourMs + Math.max(0, ...faults.map(({ afterMs, forMs }) => afterMs + forMs));
  const limit = setTimeout(() => stop.reject(new Error(`TIME_LIMIT: it took longer than ${limitMs / 1000} s`)), limitMs);

  const scope = openScope({ title: record.name, signal, undoMsMax: 60_000 });
  let since = clockMs();
  const measured = Promise.withResolvers<void>();
  const ended = new AbortController();
  let begun = false;
  const stopSampling = sampleEverySecond(target, journal);
  const listening: ExperimentJournal = {
    ...journal,
    mark(kind, name, detail, at) {
      const mark = journal.mark(kind, name, detail, at);
      if (name === 'measured-start') {
        begun = true;
        measured.resolve();
      }
      return mark;
    },
  };
  const hurts = new Map<string, Hurt>();
  const tell = (hurt: Hurt) => void hurts.set(`${hurt.name} ${hurt.part}`, hurt);
  const lent = lend(target.controls, experiment.needs ?? [], scope.signal, (control, part, error) => {
    journal.mark('control', control, { part, ...(error !== undefined && { error }) });
    if (scope.signal.aborted) say(`${record.name} ended: ${control} ${part}${error === undefined ? '' : `: ${error}`}`);
  });
  // First, so that it is undone last: what the workload undoes by itself is not done twice.
  scope.defer('mend what the workload hurt', lent.restore);
  const run = async () =>
    experiment.workload.run({
      // Not a copy: a target may be of a class, and what it shows may change.
      target: Object.create(target, { controls: { value: lent.controls, enumerable: true } }) as typeof target,
      system: performance.system,
      journal: listening,
      random: randomFrom(seed),
      seed,
      folder,
      signal: scope.signal,
      tool: performance.tool,
      scope,
      hurt: () => [...hurts.values()],
    });
  let doing: readonly Promise<void>[] = [];
  let workloadEnded = true;
  try {
    // Before anything counts: what is under way now is none of this experiment's.
    await Promise.race([quiet(performance, journal), stop.promise]);
    since = journal.mark('mark', 'experiment-start', { seed }).at;
    journal.mark('mark', 'workload-start', { workload: experiment.workload.title });
    doing = [
      run()
        .then(() => void journal.mark('mark', 'workload-end'))
        .finally(() => {
          ended.abort(new Error(begun ? 'the workload had ended' : 'the workload ended before its measured part began'));
          measured.resolve();
        }),
      ...faults.map((fault) =>
        schedule(fault, performance, journal, scope, { measured: measured.promise, ended: ended.signal, tell }),
      ),
    ];
    await Promise.race([Promise.all(doing), stop.promise]);
    clearTimeout(limit);
    // Heals what a fault left in, verified, before the system is asked to finish.
    await scope.close();
    await settle(performance, journal, acked, since);
  } catch (error) {
    broke(error);
    // At once: what it left in must neither wait for the others nor meet the next one.
    await scope.close().catch(broke);
    // Nobody may write into a closed journal; but who ignores the signal must not hold up the rest.
    workloadEnded = await within(patienceMs, 'the workload', async () => Promise.allSettled(doing)).then(
      () => true,
      () => false,
    );
    if (!workloadEnded)
      broke(new Error(`WORKLOAD_GOES_ON: it did not end within ${patienceMs / 1000} s of its signal. Let it listen to it`));
  } finally {
    clearTimeout(limit);
    signal.removeEventListener('abort', interrupt);
  }
  try {
    await stopSampling();
    await lastReads(performance, journal, acked.size, since);
    // Last, so that what ends during the last reads is told too.
    const lookedAt = clockMs();
    noteCrashes(performance, journal);
    return { lookedAt, workloadEnded };
  } finally {
    await journal.close().finally(disown);
  }
}

/** A part that ends by itself is a finding whatever else was asked. */
function noteCrashes({ target, wellAt, say }: Performance, journal: ExperimentJournal): void {
  for (const { part, at, code, signal, lastWords } of target.crashes?.(wellAt) ?? []) {
    journal.mark('crash', part, { code, signal, lastWords }, at);
    say(`${part} ended by itself: ${signal ?? `exit code ${code}`}`);
  }
}
