/** The whole system on this machine, from real parts: reads like a shopping list. Ready means that a canary event went round. */
import { randomBytes } from 'node:crypto';
import { mkdirSync } from 'node:fs';
import { cp } from 'node:fs/promises';
import { join } from 'node:path';
import { clockMs } from '../evidence/journal.ts';
import { type Daprd, daprd } from '../process/daprd.ts';
import { claimFolder } from '../process/folder.ts';
import { identity } from '../process/identity.ts';
import { kafka, kafkaSettings } from '../process/kafka.ts';
import type { Part } from '../process/part.ts';
import { claimPort } from '../process/ports.ts';
import { postgres, postgresSettings } from '../process/postgres.ts';
import { redis } from '../process/redis.ts';
import type { Scope } from '../process/scope.ts';
import { service } from '../process/service.ts';
import { sink } from '../process/sink.ts';
import { zipkin, zipkinSettings } from '../process/zipkin.ts';
import type { Tool } from '../toolchain/tool.ts';
import { canary } from './canary.ts';
import { crashesOf, localControls } from './controls.ts';
import { environmentOf, type Surroundings } from './environment.ts';
import { openObserver } from './observer.ts';
import { type Place, placesOf } from './places.ts';
import { rehearsedComponents } from './rehearsal.ts';
import type { System } from '../project/system.ts';
import type { Target } from './target.ts';

export interface LocalOptions {
  readonly system: System;
  /** Zipkin only where somebody will look at traces: a Java more on the machine. */
  readonly tools: Readonly<Record<'daprd' | 'kafka' | 'redis' | 'postgres', Tool>> & { readonly zipkin?: Tool };
  /** `specified`: the ports and schedules as written, for people; `free`: ports found free, schedules that don't make one wait. */
  readonly ports: 'specified' | 'free';
  /** Where the logs are copied when everything has stopped. */
  readonly logs: string;
  readonly say: (text: string) => void;
}

/** Named in every manifest: what a reader must know of this target to compare two runs. */
export const localSettings = {
  'kafka brokers': 1,
  ...prefixed('kafka', { ...kafkaSettings, 'broker.session.timeout.ms': '9000 (default)' }),
  ...prefixed('zipkin', zipkinSettings),
  ...prefixed('postgres', { ...postgresSettings, synchronous_commit: 'on (default)' }),
};

function prefixed(part: string, settings: Readonly<Record<string, string>>): Record<string, string> {
  return Object.fromEntries(Object.entries(settings).map(([name, value]) => [`${part} ${name}`, value]));
}

interface Replica {
  readonly appUrl: URL;
  readonly sidecar: Daprd;
}

export async function stageLocal(scope: Scope, { system, tools, ports, logs, say }: LocalOptions): Promise<LocalTarget> {
  const startedAt = clockMs();
  const folder = claimFolder(scope, { name: system.system });
  // Written down before anything starts, so it runs when everything has stopped and said its last words.
  mkdirSync(join(folder, 'logs'));
  scope.defer('keep the logs', () => cp(join(folder, 'logs'), logs, { recursive: true, force: true }));
  const parts = new Map<string, Part>();
  const keep = <T extends Part>(name: string, starting: Promise<T>): Promise<T> =>
    starting.then((part) => {
      parts.set(name, part);
      say(`${name} is ready (${seconds(clockMs() - startedAt)})`);
      return part;
    });
  const places = await placesOf(scope, system, ports);
  const portOf = async (wanted: number, name: string) =>
    ports === 'specified' ? { port: await claimPort(scope, wanted, name) } : {};

  const database = keep('postgres', scope.use(postgres({ tool: tools.postgres, folder })));
  const store = keep('redis', scope.use(redis({ tool: tools.redis, folder })));
  const broker = keep('kafka', scope.use(kafka({ tool: tools.kafka, folder }))).then(async (started) => {
    await started.createTopics(Object.entries(system.topics).map(([name, { partitions }]) => ({ name, partitions })));
    return started;
  });
  const publicUrl = places.find(({ service: name }) => name === system.identity?.client.service)?.appUrl.origin;
  const client = { id: system.system, secret: randomBytes(24).toString('base64url') };
  const provider =
    system.identity &&
    keep(
      'identity',
      scope.use(
        identity({
          folder,
          ...(await portOf(system.identity.port, 'identity')),
          ...providerOf(system.identity, client, publicUrl),
        }),
      ),
    );
  const mails =
    system.mail &&
    keep(
      'mail',
      scope.use(
        sink({
          folder,
          ...(await portOf(system.mail.port, 'mail').then(({ port }) => (port === undefined ? {} : { httpPort: port }))),
        }),
      ),
    );
  const tracing =
    tools.zipkin &&
    system.traces &&
    keep('zipkin', scope.use(zipkin({ tool: tools.zipkin, folder, ...(await portOf(system.traces.port, 'zipkin')) })));
  const resourcesPath = ports === 'specified' ? system.components : await rehearsedComponents(system, join(folder, 'components'));

  const appApiToken = randomBytes(24).toString('base64url');
  const secrets = new Map<string, string>();
  const surroundings = Promise.all([database, provider, mails, tracing]).then(([{ url }, issuer, mail, spans]): Surroundings => ({
    databaseUrl: url,
    appApiToken,
    ...(publicUrl && { publicUrl }),
    ...(issuer &&
      system.identity && {
        identity: {
          issuer: issuer.issuer,
          audience: system.identity.audience,
          client: { service: system.identity.client.service, ...client },
        },
      }),
    ...(mail && { mail: { smtpUrl: mail.smtpUrl, pushHost: new URL(mail.pushOrigin).host, caFile: mail.caFile } }),
    ...(spans && { spansUrl: spans.spansUrl }),
    secret(name, variable) {
      const key = `${name} ${variable}`;
      if (!secrets.has(key)) secrets.set(key, randomBytes(32).toString('base64url'));
      return secrets.get(key) as string;
    },
  }));

  /** One replica: its service as soon as there is a database, its sidecar as soon as there is a broker. */
  const replica = async (place: Place): Promise<Replica> => {
    const { plan, title, appUrl, appPort, sidecarPort } = place;
    const app = surroundings.then((all) =>
      keep(
        title,
        scope.use(
          service({
            title,
            folder,
            command: plan.command,
            cwd: system.folder,
            env: environmentOf(plan, place, all),
            healthUrl: new URL(plan.health, appUrl).href,
          }),
        ),
      ),
    );
    const sidecar = Promise.all([broker, store, tracing]).then(([{ brokers }, { address }, spans]) =>
      keep(
        `${title}-sidecar`,
        scope.use(
          daprd({
            title: `${title}-sidecar`,
            folder,
            tool: tools.daprd,
            appId: place.service,
            appPort,
            httpPort: sidecarPort,
            resourcesPath,
            configPath: system.configuration,
            env: {
              KAFKA_BROKERS: brokers,
              REDIS_HOST: address,
              APP_API_TOKEN: appApiToken,
              NAMES_FILE: join(folder, 'names.sqlite'),
              ZIPKIN_URL: spans?.spansUrl ?? '',
            },
          }),
        ),
      ),
    );
    const [, started] = await Promise.all([app, sidecar]);
    await started.appReady();
    return { appUrl, sidecar: started };
  };

  const [{ url: databaseUrl }, { brokers }, issuer, mail, spans, ...replicas] = await Promise.all([
    database,
    broker,
    provider,
    mails,
    tracing,
    ...places.map(replica),
  ]);
  const of = (name: string): readonly Replica[] => {
    const found = replicas.filter((_, n) => places[n]?.service === name);
    if (found.length === 0) throw new Error(`NO_SERVICE: ${name}; the system has ${Object.keys(system.services).join(', ')}`);
    return found;
  };
  const first = (name: string): Replica => of(name)[0] as Replica;

  const observer = await openObserver(scope, {
    folder,
    system,
    databaseUrl,
    brokers: [brokers],
    sidecars: replicas.map(({ sidecar }) => sidecar),
  });
  const target: LocalTarget = {
    kind: 'local',
    url: (name) => first(name).appUrl,
    replicas: (name) => of(name).map(({ appUrl }) => appUrl),
    sidecarUrl: (name) => new URL(first(name).sidecar.url),
    async authorization(user) {
      return issuer ? { authorization: `Bearer ${await issuer.token({ sub: user, email: `${user}@mail.example` })}` } : {};
    },
    ...(mail && { mails: (to) => mail.messages(to) }),
    ...(spans && { trace: (traceId) => spans.trace(traceId) }),
    controls: localControls(parts),
    crashes: (sinceMs) => crashesOf(parts, sinceMs),
    pages: {
      ...(issuer && { identity: issuer.issuer }),
      ...(mail && { mails: mail.url }),
      ...(spans && { traces: spans.url }),
    },
    ...observer,
  };
  await canary(target, system, scope.signal);
  say(`the canary went round: the stack is ready (${seconds(clockMs() - startedAt)})`);
  return target;
}

export interface LocalTarget extends Target {
  /** Addresses of the parts that have something to look at. */
  readonly pages: Readonly<Record<string, string>>;
}

function providerOf(
  { audience, client }: NonNullable<System['identity']>,
  { id, secret }: { id: string; secret: string },
  publicUrl = '',
) {
  return {
    audience,
    clients: [
      {
        clientId: id,
        clientSecret: secret,
        redirectUris: [new URL(client.callback, publicUrl).href],
        postLogoutRedirectUris: [new URL(client.loggedOut, publicUrl).href],
      },
    ],
  };
}

const seconds = (ms: number): string => `${(ms / 1000).toFixed(1)} s`;
