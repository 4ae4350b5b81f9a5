/** Looks at a system from outside: its evidence queries, its broker's log, its sidecars' counters. Changes nothing of it. */
import connect from 'postgres';
import { clockMs } from '../../evidence/journal.ts';
import type { Effect, OutboxRow, Sample } from '../../evidence/records.ts';
import type { Scope } from '../../process/scope.ts';
import { within } from '../../process/within.ts';
import { readBrokerLog } from './broker-log.ts';
import { diskSampler } from './disk.ts';
import { machineSampler } from './machine.ts';
import { samplesIn } from './prometheus.ts';
import type { System } from '../../project/system.ts';
import type { Collected, Target } from '../target.ts';

export interface ObserverOptions {
  readonly system: System;
  readonly databaseUrl: string;
  readonly brokers: readonly string[];
  /** Those that run now. */
  readonly sidecars: () => readonly { metrics(): Promise<string> }[];
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
/** Of what an experiment waits for. */
const lookMsMax = 20_000;

export async function openObserver(
  scope: Scope,
  { system, databaseUrl, brokers, sidecars, folder }: ObserverOptions,
): Promise<Pick<Target, 'sample' | 'effectIds' | 'collect'>> {
  const sql = connect(databaseUrl, { max: 2, onnotice: () => undefined });
  scope.defer('close the observer', () => sql.end({ timeout: 2 }));
  const query = async <Row extends object>(name: keyof System['evidence'], sinceMs: number): Promise<Row[]> => {
    const asked = async () => sql.unsafe<Row[]>(system.evidence[name], [new Date(sinceMs)]);
    try {
      return [...(await within(lookMsMax, 'the database', asked))];
    } catch (error) {
      throw new Error(`EVIDENCE_UNREAD: evidence.${name} of system.yaml: ${(error as Error).message}`, { cause: error });
    }
  };
  const machine = machineSampler();
  const disk = await diskSampler(scope, folder);

  const backlogOnce = onceAtATime(async () => sql.unsafe<{ value: number }[]>(system.evidence.backlog));

  return {
    async sample() {
      const backlog = within(sampleMsMax, 'the database', backlogOnce).then(([row]): Sample[] =>
        row ? [{ at: clockMs(), metric: 'outbox_unsent', labels: {}, value: row.value }] : [],
      );
      const counters = sidecars().map(async (sidecar) => samplesIn(await sidecar.metrics(), watched, clockMs()));
      const seen = await Promise.allSettled([backlog, ...counters]);
      return [...machine(), ...disk(), ...seen.flatMap((one) => (one.status === 'fulfilled' ? one.value : []))];
    },
    async effectIds(sinceMs) {
      return new Set((await query<Effect>('effects', sinceMs)).map(({ eventId }) => eventId));
    },
    async collect(sinceMs): Promise<Collected> {
      const [outbox, effects, records] = await Promise.all([
        query<OutboxRow>('outbox', sinceMs),
        query<Effect>('effects', sinceMs),
        readBrokerLog({ brokers, topics: Object.keys(system.topics), sinceMs, giveUpMs: lookMsMax }),
      ]);
      return { outbox, effects, records };
    },
  };
}

/** While nobody answers, the next one waits for the same answer: a database that stands still must not get a queue of questions. */
function onceAtATime<T>(ask: () => Promise<T>): () => Promise<T> {
  let asked: Promise<T> | undefined;
  return () => (asked ??= ask().finally(() => (asked = undefined)));
}
