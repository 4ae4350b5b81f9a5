/**
 * The parts that services stand on, each usable by itself. Add one: its Startable in process/, its function here, its line in
 * `partNames`, and what services are told of it in environment.ts.
 */
import type { System } from '../../project/system.ts';
import { type Identity, identity } from '../../process/identity.ts';
import { type Kafka, kafka } from '../../process/kafka.ts';
import type { Part } from '../../process/part.ts';
import { claimPort } from '../../process/ports.ts';
import { type Postgres, postgres } from '../../process/postgres.ts';
import { type Redis, redis } from '../../process/redis.ts';
import type { Scope, Startable } from '../../process/scope.ts';
import { type Sink, sink } from '../../process/sink.ts';
import { type Zipkin, zipkin } from '../../process/zipkin.ts';
import type { Tool } from '../../toolchain/tool.ts';

export interface PartPlan {
  readonly system: System;
  /** The run's folder. */
  readonly folder: string;
  readonly ports: 'specified' | 'free';
  /** Told of each part when it is ready, by the name that faults know it by. */
  readonly keep: (name: string, part: Part) => void;
}

/** Those that stand as long as the run, whatever its experiments want. */
export const partNames = ({ identity: users, mail }: System): string[] => [
  'postgres',
  'redis',
  'kafka',
  ...(users ? ['identity'] : []),
  ...(mail ? ['mail'] : []),
];

async function kept<T extends Part>(scope: Scope, { keep }: PartPlan, name: string, thing: Startable<T>): Promise<T> {
  const part = await scope.use(thing);
  keep(name, part);
  return part;
}

/** Its own port where it was specified; otherwise each part finds a free one. */
const portOf = async (scope: Scope, { ports }: PartPlan, wanted: number, name: string): Promise<{ port?: number }> =>
  ports === 'specified' ? { port: await claimPort(scope, wanted, name) } : {};

export const startPostgres = (scope: Scope, plan: PartPlan, tool: Tool): Promise<Postgres> =>
  kept(scope, plan, 'postgres', postgres({ tool, folder: plan.folder }));

export const startRedis = (scope: Scope, plan: PartPlan, tool: Tool): Promise<Redis> =>
  kept(scope, plan, 'redis', redis({ tool, folder: plan.folder }));

/** With the system's topics. */
export async function startKafka(scope: Scope, plan: PartPlan, tool: Tool): Promise<Kafka> {
  const broker = await kept(scope, plan, 'kafka', kafka({ tool, folder: plan.folder }));
  await broker.createTopics(Object.entries(plan.system.topics).map(([name, { partitions }]) => ({ name, partitions })));
  return broker;
}

export interface Client {
  readonly id: string;
  readonly secret: string;
}

/** `publicUrl`: where people sign in. Undefined where the system knows no users. */
export async function startIdentity(scope: Scope, plan: PartPlan, client: Client, publicUrl = ''): Promise<Identity | undefined> {
  const users = plan.system.identity;
  if (!users) return undefined;
  const at = (path: string) => [new URL(path, publicUrl).href];
  const options = {
    folder: plan.folder,
    ...(await portOf(scope, plan, users.port, 'identity')),
    audience: users.audience,
    clients: [
      {
        clientId: client.id,
        clientSecret: client.secret,
        redirectUris: at(users.client.callback),
        postLogoutRedirectUris: at(users.client.loggedOut),
      },
    ],
  };
  return kept(scope, plan, 'identity', identity(options));
}

/** Undefined where the system sends none. */
export async function startMail(scope: Scope, plan: PartPlan): Promise<Sink | undefined> {
  const { mail } = plan.system;
  if (!mail) return undefined;
  const { port } = await portOf(scope, plan, mail.port, 'mail');
  return kept(scope, plan, 'mail', sink({ folder: plan.folder, ...(port !== undefined && { httpPort: port }) }));
}

/** Only where somebody will look at traces: a Java more on the machine. */
export async function startZipkin(scope: Scope, plan: PartPlan, tool: Tool): Promise<Zipkin | undefined> {
  const { traces } = plan.system;
  if (!traces) return undefined;
  return kept(
    scope,
    plan,
    'zipkin',
    zipkin({ tool, folder: plan.folder, ...(await portOf(scope, plan, traces.port, 'zipkin')) }),
  );
}
