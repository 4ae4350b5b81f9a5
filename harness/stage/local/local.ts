/** The whole system on this machine, from real parts: reads like a shopping list. Ready means that a canary event went round. */
import { randomBytes } from 'node:crypto';
import { mkdirSync, readFileSync } from 'node:fs';
import { cp } from 'node:fs/promises';
import { join } from 'node:path';
import { stageInWords } from '../../evidence/in-words.ts';
import { clockMs } from '../../evidence/journal.ts';
import type { StageRecord } from '../../evidence/records.ts';
import { claimFolder } from '../../process/folder.ts';
import { kafkaSettings } from '../../process/kafka.ts';
import type { Part } from '../../process/part.ts';
import { postgresSettings } from '../../process/postgres.ts';
import type { Scope } from '../../process/scope.ts';
import { type Zipkin, zipkinSettings } from '../../process/zipkin.ts';
import type { Tool } from '../../toolchain/tool.ts';
import type { ToolName } from '../../toolchain/toolchain.ts';
import { canary } from '../canary.ts';
import { openObserver } from '../observe/observer.ts';
import { type Secret, type Staged, type StagePlan, type Stager, stageKey } from '../stager.ts';
import { controlNames, type CrashSeen, type Target } from '../target.ts';
import { crashesOf, localControls } from './controls.ts';
import type { Surroundings } from './environment.ts';
import { partNames, startIdentity, startKafka, startMail, startPostgres, startRedis, startZipkin } from './parts.ts';
import { openPlaces, type Place, titleOf } from './places.ts';
import { rehearsedComponents } from './rehearsal.ts';
import { type Replica, startReplica } from './replica.ts';

export const local: Stager = {
  name: 'local',
  controls: controlNames,
  settings: {
    'kafka brokers': 1,
    ...prefixed('kafka', { ...kafkaSettings, 'broker.session.timeout.ms': '9000 (default)' }),
    ...prefixed('zipkin', zipkinSettings),
    ...prefixed('postgres', { ...postgresSettings, synchronous_commit: 'on (default)' }),
  },
  tools: (stages) => [
    'daprd',
    'kafka',
    'redis',
    'postgres',
    ...(stages.some(({ traces }) => traces) ? (['zipkin'] as const) : []),
  ],
  partsOf: (system, { replicas, traces }) => [
    ...partNames(system),
    ...Object.keys(system.topics).map((topic) => `kafka/${topic}`),
    ...(traces && system.traces ? ['zipkin'] : []),
    ...Object.entries(replicas).flatMap(([service, count]) =>
      Array.from({ length: count }, (_, n) => partsOfReplica(titleOf(service, n))).flat(),
    ),
  ],
  stage: stageLocal,
};

function prefixed(part: string, settings: Readonly<Record<string, string>>): Record<string, string> {
  return Object.fromEntries(Object.entries(settings).map(([name, value]) => [`${part} ${name}`, value]));
}

/** For each look at a stage that was well: then it took milliseconds. */
const lookMsMax = 15_000;

/** What runs on the parts, and goes with the stage. */
interface Apps {
  readonly scope: Scope;
  /** By title; each can go alone. */
  readonly replicas: ReadonlyMap<string, Replica & { readonly scope: Scope }>;
  readonly spans: Zipkin | undefined;
  /** Starts one more on what stands. */
  start(place: Place): Promise<Replica & { readonly scope: Scope }>;
}

async function stageLocal(scope: Scope, { system, stage, tools, ports, logs, say }: StagePlan): Promise<Staged> {
  const startedAt = clockMs();
  const folder = claimFolder(scope, { name: system.system });
  // Written down before anything starts, so it runs when everything has stopped and said its last words.
  mkdirSync(join(folder, 'logs'));
  scope.defer('keep the logs', () => cp(join(folder, 'logs'), logs, { recursive: true, force: true }));
  const parts = new Map<string, Part>();
  /** Of parts that are no more: one that ended while it was replaced ended by itself all the same. */
  const former: CrashSeen[] = [];
  const forget = (name: string) => {
    const part = parts.get(name);
    if (part) former.push(...crashesOf(new Map([[name, part]]), 0));
    parts.delete(name);
  };
  const plan = {
    system,
    folder,
    ports,
    keep(name: string, part: Part) {
      parts.set(name, part);
      say(`${name} is ready (${seconds(clockMs() - startedAt)})`);
    },
  };
  const { placeOf, placesOf } = openPlaces(scope, system, ports);
  const entrance = system.identity && (await placeOf(system.identity.client.service, 0));
  const publicUrl = entrance?.appUrl.origin;
  const client = { id: system.system, secret: randomBytes(24).toString('base64url') };
  const appApiToken = randomBytes(24).toString('base64url');
  const secret = remembering(() => randomBytes(32).toString('base64url'));

  const database = startPostgres(scope, plan, need(tools, 'postgres'));
  const store = startRedis(scope, plan, need(tools, 'redis'));
  const broker = startKafka(scope, plan, need(tools, 'kafka'));
  const provider = startIdentity(scope, plan, client, publicUrl);
  const mails = startMail(scope, plan);

  let stages = 0;
  let rehearsed: Promise<string> | undefined;
  async function openApps(wanted: StageRecord): Promise<Apps> {
    const own = scope.child('what runs on the parts');
    stages += 1;
    // A file for each stage: in it are only those who live.
    const namesFile = join(folder, `names-${stages}.sqlite`);
    const resourcesPath =
      wanted.profile === 'as written'
        ? system.components
        : await (rehearsed ??= rehearsedComponents(system, join(folder, 'components')));
    const places = await placesOf(wanted.replicas);
    // From here on nothing is awaited alone: each of these may fail, and must find somebody who listens.
    const tracing = wanted.traces ? startZipkin(own, plan, need(tools, 'zipkin')) : Promise.resolve(undefined);
    const surroundings = Promise.all([database, provider, mails, tracing]).then(
      ([{ url }, issuer, mail, spans]): Surroundings => ({
        databaseUrl: url,
        appApiToken,
        secret,
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
      }),
    );
    const sidecarEnv = Promise.all([broker, store, tracing]).then(([{ brokers }, { address }, spans]) => ({
      KAFKA_BROKERS: brokers,
      REDIS_HOST: address,
      APP_API_TOKEN: appApiToken,
      NAMES_FILE: namesFile,
      ZIPKIN_URL: spans?.spansUrl ?? '',
    }));
    const replicaPlan = { ...plan, tool: need(tools, 'daprd'), resourcesPath, surroundings, sidecarEnv };
    const start: Apps['start'] = async (place) => {
      const alone = own.child(place.title);
      return { ...(await startReplica(alone, place, replicaPlan)), scope: alone };
    };
    const [spans, ...replicas] = await Promise.all([tracing, ...places.map(start)]);
    return { scope: own, replicas: byTitle(replicas), spans, start };
  }

  /** Where only numbers differ, those that stay go on; a sidecar that ends in order takes its name out of the file. */
  async function changeNumbers({ replicas, ...rest }: Apps, wanted: StageRecord): Promise<Apps> {
    const places = await placesOf(wanted.replicas);
    const staying = new Set(places.map(({ title }) => title));
    const leaving = [...replicas.values()].filter(({ place }) => !staying.has(place.title));
    const [started] = await Promise.all([
      Promise.all(places.map(async (place) => replicas.get(place.title) ?? rest.start(place))),
      ...leaving.map(({ scope: alone }) => alone.close()),
    ]);
    for (const { place } of leaving) for (const name of partsOfReplica(place.title)) forget(name);
    return { ...rest, replicas: byTitle(started) };
  }

  const opening = openApps(stage);
  const [{ url: databaseUrl }, topics, issuer, mail, opened] = await Promise.all([
    database,
    broker,
    provider,
    mails,
    opening,
    store,
  ]);
  let apps = opened;
  let now = stage;
  const of = (name: string): readonly Replica[] => {
    const found = [...apps.replicas.values()].filter(({ place }) => place.service === name);
    if (found.length === 0) throw new Error(`NO_SERVICE: ${name}; the system has ${Object.keys(system.services).join(', ')}`);
    return found;
  };
  const first = (name: string): Replica => of(name)[0] as Replica;
  const observer = await openObserver(scope, {
    folder,
    system,
    databaseUrl,
    brokers: [topics.brokers],
    sidecars: () =>
      [...apps.replicas.values()].map(({ place, sidecar }) => ({ instance: place.title, metrics: () => sidecar.metrics() })),
  });
  const target: Target = {
    kind: 'local',
    url: (name) => first(name).place.appUrl,
    replicas: (name) => of(name).map(({ place }) => place.appUrl),
    sidecarUrl: (name) => new URL(first(name).sidecar.url),
    async authorization(user) {
      return issuer ? { authorization: `Bearer ${await issuer.token({ sub: user, email: `${user}@mail.example` })}` } : {};
    },
    ...(mail && { mails: (to) => mail.messages(to) }),
    get trace() {
      const { spans } = apps;
      return spans && ((traceId: string) => spans.trace(traceId));
    },
    logs: (name) => of(name).map(({ place }) => readFileSync((parts.get(place.title) as Part).logFile, 'utf8')),
    controls: localControls(parts, topics),
    crashes: (sinceMs) => [...former.filter(({ at }) => at >= sinceMs), ...crashesOf(parts, sinceMs)],
    ...observer,
  };
  await canary(target, system, scope.signal);
  say(`the canary went round: the stack is ready (${seconds(clockMs() - startedAt)})`);

  return {
    target,
    get pages() {
      return {
        ...(issuer && { identity: issuer.issuer }),
        ...(mail && { mails: mail.url }),
        ...(apps.spans && { traces: apps.spans.url }),
      };
    },
    async restage(wanted) {
      if (stageKey(wanted) === stageKey(now)) return false;
      const from = clockMs();
      if (wanted.traces === now.traces && wanted.profile === now.profile) apps = await changeNumbers(apps, wanted);
      else {
        // Side by side: a scope by itself closes one after the other.
        await Promise.all([...apps.replicas.values()].map(({ scope: alone }) => alone.close()));
        await apps.scope.close();
        for (const title of apps.replicas.keys()) for (const name of partsOfReplica(title)) forget(name);
        forget('zipkin');
        apps = await openApps(wanted);
      }
      now = wanted;
      await canary(target, system, scope.signal);
      say(`restaged in ${seconds(clockMs() - from)}: ${stageInWords(wanted)}`);
      return true;
    },
    async ailments() {
      const look = async (one: Promise<void>) =>
        one.then(
          () => [],
          (error: Error) => [error.message],
        );
      // Each by itself first: the canary would only say that it is lost, and does not pass everywhere.
      const seen = (await Promise.all([...parts.values()].map((part) => look(part.lookAt(lookMsMax))))).flat();
      if (seen.length === 0) seen.push(...(await look(canary(target, system, scope.signal, lookMsMax))));
      scope.signal.throwIfAborted();
      // One that ended meanwhile says why the canary was lost.
      const dead = [...parts].filter(([, { running }]) => !running).map(([name]) => `${name} does not run`);
      return dead.length > 0 ? dead : seen;
    },
    secrets: () => [
      { name: 'app token', value: appApiToken },
      { name: `${client.id}'s client secret`, value: client.secret },
      ...secret.known(),
    ],
  };
}

const partsOfReplica = (title: string): string[] => [title, `${title}-sidecar`];

const byTitle = <R extends Replica>(replicas: readonly R[]) => new Map(replicas.map((each) => [each.place.title, each] as const));

function need(tools: StagePlan['tools'], name: ToolName): Tool {
  const found = tools[name];
  if (!found) throw new Error(`NO_TOOL: ${name} was not asked for`);
  return found;
}

/** The same answer for the same service and variable, in every replica and every stage. */
function remembering(make: () => string) {
  const known = new Map<string, string>();
  const one = (service: string, variable: string): string => {
    const key = `${service} ${variable}`;
    const found = known.get(key) ?? make();
    known.set(key, found);
    return found;
  };
  return Object.assign(one, { known: (): Secret[] => [...known].map(([name, value]) => ({ name, value })) });
}

const seconds = (ms: number): string => `${(ms / 1000).toFixed(1)} s`;
