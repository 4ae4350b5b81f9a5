/** The whole system on this machine, from real parts: reads like a shopping list. Ready means that a canary event went round. */
import { cp } from 'node:fs/promises';
import { join } from 'node:path';
import { clockMs } from '../evidence/journal.ts';
import { type Daprd, daprd } from '../process/daprd.ts';
import { claimFolder } from '../process/folder.ts';
import { kafka, kafkaSettings } from '../process/kafka.ts';
import type { Part } from '../process/part.ts';
import { claimPort, claimPorts } from '../process/ports.ts';
import { postgres, postgresSettings } from '../process/postgres.ts';
import { redis } from '../process/redis.ts';
import type { Scope } from '../process/scope.ts';
import { service } from '../process/service.ts';
import { until } from '../process/until.ts';
import type { Tool } from '../toolchain/tool.ts';
import { localControls } from './controls.ts';
import { openObserver } from './observer.ts';
import type { ServicePlan, System } from './system.ts';
import type { Target } from './target.ts';

export interface LocalOptions {
  readonly system: System;
  readonly tools: Readonly<Record<'daprd' | 'kafka' | 'redis' | 'postgres', Tool>>;
  /** `specified`: the ports of `system.yaml`, for people; `free`: found free, for everything else. */
  readonly ports: 'specified' | 'free';
  /** Where the logs are copied when everything has stopped. */
  readonly logs: string;
  readonly say: (text: string) => void;
}

/** Named in every manifest: what a reader must know of this target to compare two runs. */
export const localSettings = {
  'kafka brokers': 1,
  ...prefixed('kafka', { ...kafkaSettings, 'broker.session.timeout.ms': '9000 (default)' }),
  ...prefixed('postgres', { ...postgresSettings, synchronous_commit: 'on (default)' }),
};

function prefixed(part: string, settings: Readonly<Record<string, string>>): Record<string, string> {
  return Object.fromEntries(Object.entries(settings).map(([name, value]) => [`${part} ${name}`, value]));
}

interface Replica {
  readonly appUrl: URL;
  readonly sidecar: Daprd;
}

export async function stageLocal(scope: Scope, { system, tools, ports, logs, say }: LocalOptions): Promise<Target> {
  const startedAt = clockMs();
  const folder = claimFolder(scope, { name: system.system });
  // Written down before anything starts, so it runs when everything has stopped and said its last words.
  scope.defer('keep the logs', () => cp(join(folder, 'logs'), logs, { recursive: true, force: true }));
  const parts = new Map<string, Part>();
  const keep = <T extends Part>(name: string, starting: Promise<T>): Promise<T> =>
    starting.then((part) => {
      parts.set(name, part);
      say(`${name} is ready (${seconds(clockMs() - startedAt)})`);
      return part;
    });

  const database = keep('postgres', scope.use(postgres({ tool: tools.postgres, folder })));
  const store = keep('redis', scope.use(redis({ tool: tools.redis, folder })));
  const broker = keep('kafka', scope.use(kafka({ tool: tools.kafka, folder }))).then(async (started) => {
    await started.createTopics(Object.entries(system.topics).map(([name, { partitions }]) => ({ name, partitions })));
    return started;
  });

  /** One replica: its service as soon as there is a database, its sidecar as soon as there is a broker. */
  const replica = async (name: string, plan: ServicePlan, n: number): Promise<Replica> => {
    const [appPort, sidecarPort] =
      ports === 'specified' && n === 0 ? await specified(scope, name, plan) : await claimPorts(scope, 2);
    if (appPort === undefined || sidecarPort === undefined) throw new Error(`no ports for ${name}`);
    const title = n === 0 ? name : `${name}-${n}`;
    const appUrl = new URL(`http://127.0.0.1:${appPort}`);
    const app = database.then(({ url }) =>
      keep(
        title,
        scope.use(
          service({
            title,
            folder,
            command: plan.command,
            cwd: system.folder,
            env: {
              SERVICE: name,
              REPLICA: String(n),
              APP_PORT: String(appPort),
              DAPR_HTTP_PORT: String(sidecarPort),
              ...(plan.needs.includes('postgres') && { DATABASE_URL: url }),
              ...plan.env,
            },
            healthUrl: new URL(plan.health, appUrl).href,
          }),
        ),
      ),
    );
    const sidecar = Promise.all([broker, store]).then(([{ brokers }, { address }]) =>
      keep(
        `${title}-sidecar`,
        scope.use(
          daprd({
            title: `${title}-sidecar`,
            folder,
            tool: tools.daprd,
            appId: name,
            appPort,
            httpPort: sidecarPort,
            resourcesPath: system.components,
            configPath: system.configuration,
            env: { KAFKA_BROKERS: brokers, REDIS_HOST: address },
          }),
        ),
      ),
    );
    const [, started] = await Promise.all([app, sidecar]);
    await started.appReady();
    return { appUrl, sidecar: started };
  };

  const names = Object.entries(system.services).flatMap(([name, plan]) =>
    Array.from({ length: plan.replicas }, (_, n) => ({ name, plan, n })),
  );
  const [{ url: databaseUrl }, { brokers }, ...replicas] = await Promise.all([
    database,
    broker,
    ...names.map(({ name, plan, n }) => replica(name, plan, n)),
  ]);
  const first = new Map<string, Replica>();
  names.forEach(({ name, n }, index) => void (n === 0 && first.set(name, replicas[index] as Replica)));
  const of = (name: string): Replica => {
    const found = first.get(name);
    if (!found) throw new Error(`NO_SERVICE: ${name}; the system has ${[...first.keys()].join(', ')}`);
    return found;
  };

  const observer = openObserver(scope, {
    system,
    databaseUrl,
    brokers: [brokers],
    sidecars: replicas.map(({ sidecar }) => sidecar),
  });
  const target: Target = {
    kind: 'local',
    url: (name) => of(name).appUrl,
    sidecarUrl: (name) => new URL(of(name).sidecar.url),
    controls: localControls(parts),
    ...observer,
  };
  await canary(target, system, scope.signal);
  say(`the canary went round: the stack is ready (${seconds(clockMs() - startedAt)})`);
  return target;
}

const seconds = (ms: number): string => `${(ms / 1000).toFixed(1)} s`;

async function specified(scope: Scope, name: string, { appPort, sidecarPort }: ServicePlan): Promise<number[]> {
  return [await claimPort(scope, appPort, name), await claimPort(scope, sidecarPort, `${name}'s sidecar`)];
}

/** From a user's request to the effect in another service: if that works once, everything on the way is up. */
async function canary(target: Target, { canary: { service: name, path, body } }: System, signal: AbortSignal): Promise<void> {
  const since = clockMs() - 1_000;
  const response = await fetch(new URL(path, target.url(name)), {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify(body),
    signal: AbortSignal.any([signal, AbortSignal.timeout(10_000)]),
  });
  const eventId = response.headers.get('x-event-id');
  if (!response.ok || !eventId)
    throw new Error(
      `CANARY_REFUSED: POST ${path} answered ${response.status}${eventId ? '' : ' without X-Event-Id'}: ${await response.text()}`,
    );
  await until(
    `the canary event ${eventId} has had its effect`,
    async () => ((await target.effectIds(since)).has(eventId) ? true : undefined),
    {
      everyMs: 25,
      giveUpMs: 60_000,
      signal,
      code: 'CANARY_LOST',
      next: "Look at the services' and sidecars' logs in the run folder",
    },
  );
}
