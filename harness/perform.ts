/** One experiment against a target that stands: workload and faults, then settle and the last reads. Opinion comes later. */
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { clockMs, type ExperimentJournal, openJournal } from './evidence/journal.ts';
import type { ExperimentRecord, Op, SystemRecord } from './evidence/records.ts';
import { writeJson, writeNdjson } from './evidence/run-folder.ts';
import type { Experiment, ScheduledFault, WorkloadRun } from './experiment.ts';
import { openScope, type Scope } from './process/scope.ts';
import { randomFrom } from './random.ts';
import type { Controls, Target } from './stage/target.ts';

export interface Performance {
  readonly experiment: Experiment;
  readonly record: ExperimentRecord;
  readonly system: SystemRecord;
  readonly target: Target;
  /** The experiment's evidence folder, absolute. */
  readonly folder: string;
  readonly seed: number;
  readonly signal: AbortSignal;
  readonly tool: WorkloadRun['tool'];
  readonly say: (text: string) => void;
}

/** Resolves when everything seen is on disk. Rejects after healing when interrupted; what was seen so far is kept. */
export async function perform(performance: Performance): Promise<void> {
  const { experiment, record, target, folder, seed } = performance;
  writeJson(join(folder, 'experiment.json'), record);
  const acked = new Set<string>();
  const journal = remembering(openJournal(folder), acked);
  const scope = openScope({ title: experiment.name, signal: performance.signal, undoMsMax: 60_000 });
  const since = journal.mark('mark', 'experiment-start', { seed }).at;
  const measured = Promise.withResolvers<void>();
  const stopSampling = sampleEverySecond(target, journal);
  try {
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
    await all([
      ended,
      ...(experiment.faults ?? []).map((fault) => schedule(fault, performance, journal, scope, measured.promise)),
    ]);
    journal.mark('mark', 'workload-end');
    // Heals what a fault left in, verified, before the system is asked to finish.
    await scope.close();
    await settle(performance, journal, acked, since);
  } finally {
    try {
      await scope.close();
    } finally {
      await stopSampling();
      noteCrashes(performance, journal, since);
      await lastReads(performance, journal, acked.size, since);
      await journal.close();
    }
  }
}

/** What became of it all. Missing files make the judge unsure, with the note beside it. */
async function lastReads(
  { experiment, target, folder, say }: Performance,
  journal: ExperimentJournal,
  promised: number,
  since: number,
): Promise<void> {
  try {
    const { outbox, effects, records } = await target.collect(since);
    writeNdjson(join(folder, 'outbox.ndjson'), outbox);
    writeNdjson(join(folder, 'effects.ndjson'), effects);
    writeNdjson(join(folder, 'records.ndjson'), records);
    journal.mark('mark', 'collected', { outbox: outbox.length, effects: effects.length, records: records.length });
    say(`${experiment.name}: ${promised} events promised, ${records.length} in the broker, ${effects.length} effects`);
  } catch (error) {
    journal.mark('note', `the last reads failed: ${(error as Error).message}`);
    say(`${experiment.name}: the last reads failed: ${(error as Error).message}`);
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

/** Remembers which events were promised, so that settling knows what to wait for. */
function remembering(journal: ExperimentJournal, acked: Set<string>): ExperimentJournal {
  return {
    ...journal,
    op(op: Op) {
      if (op.type === 'ok' && op.eventId !== undefined) acked.add(op.eventId);
      journal.op(op);
    },
  };
}

async function schedule(
  { fault, afterMs, forMs }: ScheduledFault,
  { target, seed, say }: Performance,
  journal: ExperimentJournal,
  scope: Scope,
  measured: Promise<void>,
): Promise<void> {
  if (!target.controls[fault.needs])
    throw new Error(`NO_CONTROL: fault ${fault.name} needs ${fault.needs}, which a ${target.kind} target does not offer`);
  await measured;
  await sleep(afterMs, undefined, { signal: scope.signal });
  let heal: (() => Promise<void>) | undefined;
  let healing: Promise<void> | undefined;
  const healOnce = () =>
    (healing ??= (async () => {
      if (!heal) return;
      journal.mark('fault-out', fault.name);
      await heal();
      journal.mark('healed', fault.name);
      say(`fault ${fault.name} healed`);
    })());
  scope.defer(`heal ${fault.name}`, healOnce);
  journal.mark('fault-in', fault.name, { tolerated: fault.tolerated });
  heal = await fault.inject(target.controls as Controls, randomFrom(seed));
  say(`fault ${fault.name} is in, for ${forMs / 1000} s`);
  await sleep(forMs, undefined, { signal: scope.signal });
  await healOnce();
}

/** Waits until every promised event has had its effect. Giving up is a fact for the judge, not an error. */
async function settle(
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

function sampleEverySecond(target: Target, journal: ExperimentJournal): () => Promise<void> {
  const stopped = new AbortController();
  const lag = new LagMeter();
  const loop = (async () => {
    // One more sample after the stop, so that a counter's last rise is seen.
    for (let last = false; !last;) {
      last = stopped.signal.aborted;
      for (const sample of await target.sample()) journal.sample(sample);
      journal.sample({ at: clockMs(), metric: 'harness_event_loop_lag_ms', labels: {}, value: lag.read() });
      if (!last) await sleep(1_000, undefined, { signal: stopped.signal }).catch(() => undefined);
    }
  })();
  return async () => {
    stopped.abort();
    await loop;
    lag.stop();
  };
}

/** The longest time the harness's own event loop was late since the last reading: a busy harness mistimes what it sees. */
class LagMeter {
  #max = 0;
  #due = clockMs() + 20;
  readonly #timer = setInterval(() => {
    const now = clockMs();
    this.#max = Math.max(this.#max, now - this.#due);
    this.#due = now + 20;
  }, 20);
  read(): number {
    const max = this.#max;
    this.#max = 0;
    return max;
  }
  stop(): void {
    clearInterval(this.#timer);
  }
}
