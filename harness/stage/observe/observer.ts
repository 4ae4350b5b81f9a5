/** Looks at a system from outside: its evidence queries, its broker's log, its sidecars' counters. Changes nothing of it. */
import connect from 'postgres';
import { clockMs } from '../../evidence/journal.ts';
import type { Effect, OutboxRow, Sample } from '../../evidence/records.ts';
import type { Scope } from '../../process/scope.ts';
import { readBrokerLog } from './broker-log.ts';
import { clockStepSampler, databaseClock } from './clock.ts';
import { diskSampler, diskWriters } from './disk.ts';
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

/** Counters that tell what a sidecar did with events, and how often it had to try again. */
const watched = ['dapr_component_pubsub_egress', 'dapr_component_pubsub_ingress', 'dapr_resiliency_activations_total'];

export async function openObserver(
  scope: Scope,
  { system, databaseUrl, brokers, sidecars, folder }: ObserverOptions,
): Promise<Pick<Target, 'sample' | 'effectIds' | 'collect'>> {
  const sql = connect(databaseUrl, { max: 2, onnotice: () => undefined });
  scope.defer('close the observer', () => sql.end({ timeout: 2 }));
  const query = async <Row extends object>(name: keyof System['evidence'], sinceMs?: number): Promise<Row[]> => {
    try {
      return [...(await sql.unsafe<Row[]>(system.evidence[name], sinceMs === undefined ? [] : [new Date(sinceMs)]))];
    } catch (error) {
      throw new Error(`EVIDENCE_UNREAD: evidence.${name} of system.yaml: ${(error as Error).message}`, { cause: error });
    }
  };
  const machine = machineSampler();
  const disk = await diskSampler(scope, folder);
  const writers = diskWriters();
  const clockStep = clockStepSampler();
  const askTheTime = async () =>
    (await sql<{ at: number }[]>`select extract(epoch from clock_timestamp())::float8 * 1000 as at`)[0]?.at;

  return {
    async sample() {
      const backlog = query<{ value: number }>('backlog').then(([row]): Sample[] =>
        row ? [{ at: clockMs(), metric: 'outbox_unsent', labels: {}, value: row.value }] : [],
      );
      const counters = sidecars().map(async (sidecar) => {
        const text = await sidecar.metrics();
        return samplesIn(text, watched, { at: clockMs(), instance: sidecar.instance });
      });
      const seen = await Promise.allSettled([backlog, databaseClock(askTheTime), ...counters]);
      return [
        ...machine(),
        ...disk(),
        ...writers(),
        ...clockStep(),
        ...seen.flatMap((one) => (one.status === 'fulfilled' ? one.value : [])),
      ];
    },
    async effectIds(sinceMs) {
      return new Set((await query<Effect>('effects', sinceMs)).map(({ eventId }) => eventId));
    },
    async collect(sinceMs): Promise<Collected> {
      const [outbox, effects, records] = await Promise.all([
        query<OutboxRow>('outbox', sinceMs),
        query<Effect>('effects', sinceMs),
        readBrokerLog({ brokers, topics: Object.keys(system.topics), sinceMs, giveUpMs: 20_000 }),
      ]);
      return { outbox, effects, records };
    },
  };
}
