/** Real parts for the tests of `impl`: Postgres and an identity provider always; Kafka, Redis and sidecars where asked for. */
import { mkdirSync } from 'node:fs';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { type Daprd, daprd } from '#harness/process/daprd.ts';
import { claimFolder } from '#harness/process/folder.ts';
import { kafka } from '#harness/process/kafka.ts';
import type { Part } from '#harness/process/part.ts';
import { claimPorts } from '#harness/process/ports.ts';
import { postgres } from '#harness/process/postgres.ts';
import { type Redis, redis } from '#harness/process/redis.ts';
import { openScope, type Scope } from '#harness/process/scope.ts';
import { type Service, service } from '#harness/process/service.ts';
import { toolchain } from '#harness/toolchain/toolchain.ts';
import { type Issuer, openIssuer } from './issuer.ts';
import { componentTypes } from '../own-project.ts';

export interface Replica {
  readonly service: Service;
  readonly url: string;
  readonly sidecarPort: number;
}

export interface Scene {
  readonly scope: Scope;
  readonly databaseUrl: string;
  readonly database: Pick<Part, 'pause' | 'resume'>;
  readonly issuer: Issuer;
  /** One replica of a service of `impl`, without a sidecar. */
  start(name: string, replica: number, env?: Record<string, string>): Promise<Replica>;
  /** What a user sends: JSON, with a token of the issuer. */
  headersOf(userId: string): Promise<Record<string, string>>;
}

/** What every sidecar sends to its app here, and every app wants to hear. */
export const appApiToken = 'app-token-of-the-test';

const root = join(import.meta.dirname, '../..');

export async function withScope(act: (scope: Scope) => Promise<void>): Promise<void> {
  const scope = openScope({ title: 'test of impl' });
  try {
    await act(scope);
  } finally {
    await scope.close();
  }
}

export async function withPostgres(act: (scene: Scene) => Promise<void>): Promise<void> {
  await withScope(async (scope) => {
    const folder = folderIn(scope, 'impl');
    const tools = await toolchain(['postgres'], { progress: () => {}, signal: scope.signal });
    const [database, issuer] = await Promise.all([scope.use(postgres({ tool: tools.postgres, folder })), openIssuer(scope)]);
    await act({
      scope,
      databaseUrl: database.url,
      database,
      issuer,
      headersOf: async (userId) => ({
        'content-type': 'application/json',
        authorization: `Bearer ${await issuer.token(userId)}`,
      }),
      async start(name, replica, env = {}) {
        const [appPort, sidecarPort] = (await claimPorts(scope, 2)) as [number, number];
        const url = `http://127.0.0.1:${appPort}`;
        const started = await scope.use(
          service({
            title: `${name}-${replica}`,
            folder,
            command: ['node', `${name}/main.ts`],
            cwd: join(root, 'impl'),
            env: {
              APP_PORT: String(appPort),
              DAPR_HTTP_PORT: String(sidecarPort),
              DATABASE_URL: database.url,
              SERVICE: name,
              REPLICA: String(replica),
              LOG_LEVEL: 'warn',
              OIDC_ISSUER: issuer.url,
              OIDC_AUDIENCE: issuer.audience,
              APP_API_TOKEN: appApiToken,
              ...env,
            },
            healthUrl: `${url}/readyz`,
          }),
        );
        return { service: started, url, sidecarPort };
      },
    });
  });
}

export interface Broker {
  readonly brokers: string;
  /** For sidecars that a test starts by itself. */
  readonly components: readonly string[];
  /** A sidecar for a replica that runs already. */
  sidecarOf(replica: Replica, appId: string): Promise<Daprd>;
}

const topics = [
  { name: 'task-events', partitions: 6 },
  { name: 'reminders', partitions: 3 },
  { name: 'task-updates', partitions: 3 },
  { name: 'task-events-dead', partitions: 1 },
  { name: 'reminders-dead', partitions: 1 },
];

/** The broker components only, and what `also` adds: their own files, so that tests of `impl` don't depend on what else is deployed. */
export async function withBroker(
  scene: Pick<Scene, 'scope'>,
  act: (broker: Broker) => Promise<void>,
  also: readonly string[] = [],
): Promise<void> {
  const { scope } = scene;
  const folder = folderIn(scope, 'impl-broker');
  const tools = await toolchain(['kafka'], { progress: () => {}, signal: scope.signal });
  const broker = await scope.use(kafka({ tool: tools.kafka, folder }));
  await broker.createTopics(topics);
  const components = [kafkaPubsub(broker.brokers), kafkaBroadcast(broker.brokers), ...also];
  await act({
    brokers: broker.brokers,
    components,
    async sidecarOf(replica, appId) {
      const started = await startSidecar(scope, {
        title: `${replica.service.title}-sidecar`,
        appId,
        appPort: Number(new URL(replica.url).port),
        httpPort: replica.sidecarPort,
        components,
      });
      await started.appReady();
      return started;
    },
  });
}

/** Hand `statestore(redis)` to the sidecar that may see it. */
export async function withRedis(scene: Pick<Scene, 'scope'>, act: (redis: Redis) => Promise<void>): Promise<void> {
  const folder = folderIn(scene.scope, 'impl-redis');
  const tools = await toolchain(['redis'], { progress: () => {}, signal: scene.scope.signal });
  await act(await scene.scope.use(redis({ tool: tools.redis, folder })));
}

export interface SidecarPlan {
  readonly title: string;
  readonly appId: string;
  readonly appPort: number;
  readonly httpPort?: number;
  /** YAML, one component each. */
  readonly components: readonly string[];
  /** What the sidecar wants to hear from its app; without it, it asks for nothing. */
  readonly apiToken?: string;
}

/** Resolved: its API works. It asks for its app until there is one. */
export async function startSidecar(scope: Scope, plan: SidecarPlan): Promise<Daprd> {
  const { components, apiToken, ...rest } = plan;
  const folder = folderIn(scope, 'impl-sidecar');
  const tools = await toolchain(['daprd'], { components: componentTypes, progress: () => {}, signal: scope.signal });
  const resourcesPath = join(folder, 'components');
  mkdirSync(resourcesPath);
  await Promise.all(components.map((text, at) => writeFile(join(resourcesPath, `${at}.yaml`), text)));
  const configPath = join(folder, 'configuration.yaml');
  await writeFile(configPath, configuration);
  const env = { APP_API_TOKEN: appApiToken, ...(apiToken !== undefined && { DAPR_API_TOKEN: apiToken }) };
  return scope.use(daprd({ ...rest, folder, tool: tools.daprd, resourcesPath, configPath, env }));
}

function folderIn(scope: Scope, name: string): string {
  const folder = claimFolder(scope, { name });
  mkdirSync(join(folder, 'logs'), { recursive: true });
  return folder;
}

export const statestore = ({ address }: Pick<Redis, 'address'>): string => `
apiVersion: dapr.io/v1alpha1
kind: Component
metadata: { name: statestore }
spec:
  type: state.redis
  version: v1
  metadata:
    - { name: redisHost, value: "${address}" }
    - { name: redisPassword, value: "" }
`;

const kafkaPubsub = (brokers: string) => `
apiVersion: dapr.io/v1alpha1
kind: Component
metadata: { name: kafka-pubsub }
spec:
  type: pubsub.kafka
  version: v1
  metadata:
    - { name: brokers, value: "${brokers}" }
    - { name: authType, value: "none" }
    - { name: consumerGroup, value: "todo-app-group" }
    - { name: initialOffset, value: "oldest" }
    - { name: allowedTopics, value: "${topics.map((topic) => topic.name).join()}" }
`;

const kafkaBroadcast = (brokers: string) => `
apiVersion: dapr.io/v1alpha1
kind: Component
metadata: { name: kafka-broadcast }
spec:
  type: pubsub.kafka
  version: v1
  metadata:
    - { name: brokers, value: "${brokers}" }
    - { name: authType, value: "none" }
    - { name: consumerGroup, value: "{uuid}" }
    - { name: initialOffset, value: "newest" }
    - { name: allowedTopics, value: "task-updates" }
`;

const configuration = `
apiVersion: dapr.io/v1alpha1
kind: Configuration
metadata: { name: test }
spec:
  features: [{ name: HotReload, enabled: false }]
  tracing: { samplingRate: "1" }
`;
