/** Real parts for the tests of `impl`: Postgres always, Kafka and sidecars where asked for. */
import { mkdirSync } from 'node:fs';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { type Daprd, daprd } from '#harness/process/daprd.ts';
import { claimFolder } from '#harness/process/folder.ts';
import { kafka } from '#harness/process/kafka.ts';
import { claimPorts } from '#harness/process/ports.ts';
import { postgres } from '#harness/process/postgres.ts';
import { openScope, type Scope } from '#harness/process/scope.ts';
import { type Service, service } from '#harness/process/service.ts';
import { toolchain } from '#harness/toolchain/toolchain.ts';

export interface Replica {
  readonly service: Service;
  readonly url: string;
  readonly sidecarPort: number;
}

export interface Scene {
  readonly scope: Scope;
  readonly databaseUrl: string;
  /** One replica of a service of `impl`, without a sidecar. */
  start(name: string, replica: number, env?: Record<string, string>): Promise<Replica>;
}

const root = join(import.meta.dirname, '../..');

export async function withPostgres(act: (scene: Scene) => Promise<void>): Promise<void> {
  const scope = openScope({ title: 'test of impl' });
  try {
    const folder = claimFolder(scope, { name: 'impl' });
    mkdirSync(join(folder, 'logs'), { recursive: true });
    const tools = await toolchain(['postgres'], { progress: () => {}, signal: scope.signal });
    const database = await scope.use(postgres({ tool: tools.postgres, folder }));
    await act({
      scope,
      databaseUrl: database.url,
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
              ...env,
            },
            healthUrl: `${url}/readyz`,
          }),
        );
        return { service: started, url, sidecarPort };
      },
    });
  } finally {
    await scope.close();
  }
}

export interface Broker {
  readonly brokers: string;
  /** A sidecar for a replica that runs already. */
  sidecarOf(replica: Replica, appId: string): Promise<Daprd>;
}

/** Only the broker component: its own file, so that the tests of `impl` don't depend on what else is deployed. */
export async function withBroker(scene: Scene, act: (broker: Broker) => Promise<void>): Promise<void> {
  const { scope } = scene;
  const folder = claimFolder(scope, { name: 'impl-broker' });
  const tools = await toolchain(['kafka', 'daprd'], { progress: () => {}, signal: scope.signal });
  const broker = await scope.use(kafka({ tool: tools.kafka, folder }));
  await broker.createTopics([
    { name: 'task-events', partitions: 6 },
    { name: 'task-updates', partitions: 3 },
    { name: 'task-events-dead', partitions: 1 },
  ]);
  const resourcesPath = join(folder, 'components');
  mkdirSync(resourcesPath);
  await writeFile(join(resourcesPath, 'kafka-pubsub.yaml'), component(broker.brokers));
  await act({
    brokers: broker.brokers,
    async sidecarOf(replica, appId) {
      const appPort = Number(new URL(replica.url).port);
      const sidecar = daprd({
        title: `${replica.service.title}-sidecar`,
        folder,
        tool: tools.daprd,
        appId,
        appPort,
        httpPort: replica.sidecarPort,
        resourcesPath,
      });
      const started = await scope.use(sidecar);
      await started.appReady();
      return started;
    },
  });
}

const component = (brokers: string) => `
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
    - { name: allowedTopics, value: "task-events,task-updates,task-events-dead" }
`;
