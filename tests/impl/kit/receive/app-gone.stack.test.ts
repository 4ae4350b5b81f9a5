/**
 * What daprd makes of deliveries to an app that is gone. It builds its way to the app anew for each call and keeps it where all calls
 * see it (dapr 1.18.3, pkg/middleware/http/pipeline.go): of two that begin together one may go the other's way, and if that fails, its
 * own failure is told to the other, and it counts as delivered.
 */
import { createServer, type Server } from 'node:http';
import { mkdirSync, writeFileSync } from 'node:fs';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from '@jest/globals';
import { daprd } from '#harness/process/daprd.ts';
import { claimFolder } from '#harness/process/folder.ts';
import { kafka } from '#harness/process/kafka.ts';
import { openScope, type Scope } from '#harness/process/scope.ts';
import { until } from '#harness/process/until.ts';
import { toolchain } from '#harness/toolchain/toolchain.ts';
import { componentTypes, system } from '../../../own-project.ts';

const EVENTS = 60;
/** Deliveries of different partitions are under way together. */
const PARTITIONS = 12;

const resourcesOf = (brokers: string) => `
apiVersion: dapr.io/v1alpha1
kind: Component
metadata: { name: pubsub }
spec:
  type: pubsub.kafka
  version: v1
  metadata:
    - { name: brokers, value: "${brokers}" }
    - { name: authType, value: "none" }
    - { name: consumerGroup, value: "app" }
    - { name: initialOffset, value: "oldest" }
---
apiVersion: dapr.io/v2alpha1
kind: Subscription
metadata: { name: events }
spec: { pubsubname: pubsub, topic: events, routes: { default: /events } }
`;
// Hundreds of attempts in the time of one: what needs two deliveries that begin together comes sooner.
const resiliency = `
apiVersion: dapr.io/v1alpha1
kind: Resiliency
metadata: { name: often }
spec:
  policies: { retries: { often: { policy: constant, duration: 10ms, maxRetries: -1 } } }
  targets: { components: { pubsub: { inbound: { retry: often } } } }
`;

let scope: Scope;
beforeEach(() => {
  scope = openScope({ title: 'app gone' });
});
afterEach(() => scope.close(), 60_000);

/** How many of the events that daprd counts as delivered never reached the app, which was away for a while. */
async function lostWith(appMaxConcurrency: number | undefined): Promise<number> {
  const arrived = new Set<string>();
  const app = createServer((request, response) => {
    let body = '';
    request.on('data', (bytes) => (body += bytes));
    request.on('end', () => {
      if (request.url === '/events') arrived.add((JSON.parse(body) as { id: string }).id);
      response.writeHead(request.url === '/events' ? 200 : 404).end();
    });
  });
  scope.defer('close the app', () => gone(app));
  await listening(app, 0);
  const appPort = (app.address() as AddressInfo).port;

  const folder = claimFolder(scope, { name: 'app-gone' });
  for (const name of ['logs', 'resources']) mkdirSync(join(folder, name));
  writeFileSync(join(folder, 'resources', 'resiliency.yaml'), resiliency);
  const options = { components: componentTypes, progress: () => {}, signal: scope.signal };
  const { daprd: tool, kafka: kafkaTool } = await toolchain(['daprd', 'kafka'], options);
  const broker = await scope.use(kafka({ tool: kafkaTool, folder }));
  await broker.createTopics([{ name: 'events', partitions: PARTITIONS }]);
  writeFileSync(join(folder, 'resources', 'pubsub.yaml'), resourcesOf(broker.brokers));
  const sidecar = await scope.use(
    daprd({
      title: 'sidecar',
      folder,
      tool,
      appId: 'app',
      appPort,
      resourcesPath: join(folder, 'resources'),
      logLevel: 'error',
      ...(appMaxConcurrency !== undefined && { appMaxConcurrency }),
    }),
  );
  await sidecar.appReady();

  await gone(app);
  await Promise.all(
    Array.from({ length: EVENTS }, async (_, n) => {
      const headers = { 'content-type': 'application/cloudevents+json' };
      const body = JSON.stringify({ specversion: '1.0', id: `event-${n}`, source: 'test', type: 'test', data: {} });
      const { status } = await fetch(`${sidecar.url}/v1.0/publish/pubsub/events?metadata.partitionKey=${n}`, {
        method: 'POST',
        headers,
        body,
      });
      expect(status).toBe(204);
    }),
  );
  const counted = async (status: string) => {
    const line = new RegExp(`^dapr_component_pubsub_ingress_count\\{.*process_status="${status}".* (\\d+)$`, 'm');
    return Number(line.exec(await sidecar.metrics())?.[1] ?? 0);
  };
  const patience = { everyMs: 50, giveUpMs: 20_000, signal: scope.signal, code: 'TEST_GAVE_UP', next: 'Look at the log' };
  await until('every event was refused often', async () => (await counted('retry')) > EVENTS * 100 || undefined, patience);
  await listening(app, appPort);
  await until('all count as delivered', async () => (await counted('success')) >= EVENTS || undefined, patience);
  return EVENTS - arrived.size;
}

const listening = (app: Server, port: number) => new Promise<void>((done) => app.listen(port, '127.0.0.1', done));
async function gone(app: Server): Promise<void> {
  const closed = new Promise((done) => app.close(done));
  app.closeAllConnections();
  await closed;
}

test('one call at a time, as notification has it: nothing counts as delivered that did not arrive', async () => {
  const { appMaxConcurrency } = system.services['notification'] ?? {};
  expect(appMaxConcurrency).toBe(1);
  expect(await lostWith(appMaxConcurrency)).toBe(0);
}, 60_000);

// When this fails, Dapr is mended: appMaxConcurrency of notification, in system.yaml and in k8s/base, has lost its reason.
test('any number of calls at a time: daprd tells that events were delivered, and nobody got them', async () => {
  expect(await lostWith(undefined)).toBeGreaterThan(0);
}, 60_000);
