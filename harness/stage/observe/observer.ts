/** Looks at a system from outside: its evidence queries, its broker's log, its sidecars' counters. Changes nothing of it. */
import connect from 'postgres';
import { clockMs } from '../../evidence/journal.ts';
import type { Effect, OutboxRow, Sample } from '../../evidence/records.ts';
import type { Scope } from '../../process/scope.ts';
import { within } from '../../process/within.ts';
import { endsOf, type Offsets, readBrokerLog } from './broker-log.ts';
import { clockStepSampler, databaseClock } from './clock.ts';
import { diskSampler, diskWriters } from './disk.ts';
import { effectsSeen } from './effects-seen.ts';
import { consumerLag } from './lag.ts';
import { machineSampler } from './machine.ts';
import { samplesIn } from './prometheus.ts';
import type { System } from '../../project/system.ts';
import type { Collected, Target } from '../target.ts';

export interface ObserverOptions {
  readonly system: System;
  readonly databaseUrl: string;
  readonly brokers: readonly string[];
  /** Those that run now; `instance` is the title of their replica. */
  readonly sidecars: () => readonly { readonly instance: string; metrics(): Promise<string> }[];
  /** On the disk that the parts write to. */
  readonly folder: string;
}

/** Counters that tell what a sidecar did with events and ticks, and how often it had to try again. */
const watched = [
  'dapr_component_pubsub_egress',
  'dapr_component_pubsub_ingress',
  'dapr_component_input_binding_count',
  'dapr_resiliency_activations_total',
];

/** Of what is looked at each second: what takes longer is absent in that second. */
const sampleMsMax = 2_000;
/** Of what an experiment waits for: a query or the broker's log, and one look at the broker. */
const queryMsMax = 20_000;
const lookMsMax = 5_000;

export async function openObserver(
  scope: Scope,
  { system, databaseUrl, brokers, sidecars, folder }: ObserverOptions,
): Promise<Pick<Target, 'sample' | 'effectIds' | 'collect' | 'begin' | 'stillness'>> {
  const sql = connect(databaseUrl, { max: 2, onnotice: () => undefined });
  scope.defer('close the observer', () => sql.end({ timeout: 2 }));
  const query = async <Row extends object>(name: string, text: string, sinceMs: number): Promise<Row[]> => {
    const asked = async () => sql.unsafe<Row[]>(text, [new Date(sinceMs)]);
    try {
      return [...(await within(queryMsMax, 'the database', asked))];
    } catch (error) {
      throw new Error(`EVIDENCE_UNREAD: evidence.${name} of system.yaml: ${(error as Error).message}`, { cause: error });
    }
  };
  const { evidence } = system;
  const backlogOnce = onceAtATime(async () => sql.unsafe<{ value: number }[]>(evidence.backlog));
  const backlogOf = (msMax: number) => within(msMax, 'EVIDENCE_UNREAD: evidence.backlog of system.yaml', backlogOnce);
  const rowsOf = async (sinceMs: number): Promise<OutboxRow[]> => {
    const all = Object.entries(evidence.outbox).map(async ([outbox, text]) =>
      (await query<OutboxRow>(`outbox.${outbox}`, text, sinceMs)).map((row) => ({ ...row, outbox })),
    );
    return (await Promise.all(all)).flat();
  };
  const effectsOf = async (sinceMs: number): Promise<Effect[]> => {
    const all = Object.entries(evidence.effects).map(async ([consumer, { query: text }]) =>
      (await query<Effect>(`effects.${consumer}`, text, sinceMs)).map((effect) => ({ ...effect, consumer })),
    );
    return (await Promise.all(all)).flat();
  };
  const seen = effectsSeen(effectsOf);
  const topics = Object.keys(system.topics);
  const withEffects = new Set(topics.filter((topic) => system.topics[topic]?.effects));
  let begun: { readonly at: number; readonly ends: Offsets } | undefined;
  const machine = machineSampler();
  const disk = await diskSampler(scope, folder);
  const writers = diskWriters();
  const clockStep = clockStepSampler();
  const askTheTime = async () =>
    (await sql<{ at: number }[]>`select extract(epoch from clock_timestamp())::float8 * 1000 as at`)[0]?.at;

  return {
    async sample() {
      const backlog = backlogOf(sampleMsMax).then(([row]): Sample[] =>
        row ? [{ at: clockMs(), metric: 'outbox_unsent', labels: {}, value: row.value }] : [],
      );
      const counters = sidecars().map(async (sidecar) => {
        const text = await sidecar.metrics();
        return samplesIn(text, watched, { at: clockMs(), instance: sidecar.instance });
      });
      const seen = await Promise.allSettled([
        backlog,
        within(sampleMsMax, 'the database', async () => databaseClock(askTheTime)),
        ...counters,
      ]);
      return [
        ...machine(),
        ...disk(),
        ...writers(),
        ...clockStep(),
        ...seen.flatMap((one) => (one.status === 'fulfilled' ? one.value : [])),
      ];
    },
    effectIds: (sinceMs) => seen(sinceMs),
    async begin() {
      const at = clockMs();
      begun = { at, ends: await endsOf({ brokers, topics, giveUpMs: lookMsMax }) };
    },
    async stillness() {
      // The backlog first: what has left it by then lies in the broker, where the lag counts it.
      const [row] = await backlogOf(lookMsMax);
      if (!row) throw new Error('EVIDENCE_UNREAD: evidence.backlog of system.yaml gave no row');
      const lag = await consumerLag({ brokers, topics, withEffects, giveUpMs: lookMsMax });
      return { unsent: row.value, lag: lag.records, ...(lag.worst !== undefined && { worst: lag.worst }) };
    },
    async collect(sinceMs): Promise<Collected> {
      const from = begun && begun.at <= sinceMs ? begun.ends : undefined;
      const [effects, records] = await Promise.all([
        effectsOf(sinceMs),
        readBrokerLog({ brokers, topics, sinceMs, from, giveUpMs: queryMsMax }),
      ]);
      // Last: whatever was seen of an event by then, its row is among these.
      return { outbox: await rowsOf(sinceMs), effects, records };
    },
  };
}

/** While nobody answers, the next one waits for the same answer: a database that stands still must not get a queue of questions. */
function onceAtATime<T>(ask: () => Promise<T>): () => Promise<T> {
  let asked: Promise<T> | undefined;
  return () => (asked ??= ask().finally(() => (asked = undefined)));
}
