/**
 * What crosses Kafka with an event: the trace and the request id of the change, seen by a subscriber behind real sidecars;
 * and that Dapr's own token is on everything the sidecar asks its app.
 */
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { describe, expect, it } from '@jest/globals';
import Router from '@koa/router';
import type { Middleware } from 'koa';
import { pino } from 'pino';
import { claimPorts } from '#harness/process/ports.ts';
import type { Scope } from '#harness/process/scope.ts';
import { until } from '#harness/process/until.ts';
import { eventId } from '#kit/event-id.ts';
import { inboxMigrations, outboxMigrations } from '#kit/migrations.ts';
import { enqueue } from '#kit/outbox.ts';
import { openPostgres, type Postgres } from '#kit/postgres.ts';
import { openRelay } from '#kit/relay/relay.ts';
import { currentRequestId } from '#kit/web/request-id.ts';
import type { Parts } from '#kit/service.ts';
import { openSidecar } from '#kit/sidecar/sidecar.ts';
import { createSubscriber, type EventEnvelope } from '#kit/receive/subscribe.ts';
import { currentTraceId, openTelemetry } from '#kit/telemetry.ts';
import { createWeb } from '#kit/web/web.ts';
import { appApiToken, startSidecar, withBroker, withPostgres } from '../scene.ts';

interface Span {
  readonly traceId: string;
  readonly id: string;
  readonly parentId?: string;
  readonly name: string;
  readonly kind?: string;
  readonly timestamp: number;
  readonly duration: number;
}
interface Line {
  readonly msg: string;
  readonly request_id?: string;
  readonly trace_id?: string;
  readonly event_id?: string;
  readonly result?: string;
}

const log = pino({ level: 'silent' });
const traceparent = '00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01';
const traceId = traceparent.slice(3, 35);

describe('with an event', () => {
  it('its trace and its request id reach the subscriber, from request to effect', async () => {
    await withPostgres(async (scene) => {
      await withBroker(scene, async (broker) => {
        const { scope } = scene;
        const spans = await zipkinDouble(scope);
        const telemetry = openTelemetry({ service: 'test', replica: '0', zipkinUrl: spans.url, traceRatio: 0 });
        scope.defer('close telemetry', telemetry.close);
        const lines: Line[] = [];
        const subscriberLog = pino(
          { level: 'info', mixin: () => ({ request_id: currentRequestId(), trace_id: currentTraceId() }) },
          { write: (text: string) => void lines.push(JSON.parse(text) as Line) },
        );
        const [publisherPort, subscriberPort] = (await claimPorts(scope, 2)) as [number, number];

        // The subscriber: its sidecar's calls are noted before anything judges them.
        const calls: { path: string; token: string | undefined; trace: string | undefined }[] = [];
        const note: Middleware = async (ctx, next) => {
          const headerOf = (name: string) => ctx.get(name) || undefined;
          calls.push({ path: ctx.path, token: headerOf('dapr-api-token'), trace: headerOf('traceparent') });
          await next();
        };
        const inbox = await openTables(scope, scene.databaseUrl, 'subscriber', inboxMigrations);
        const subscriberSidecar = openSidecar({ port: subscriberPort, timeoutMs: 1_000 });
        const handled: string[] = [];
        const subscriber = createSubscriber<EventEnvelope>({
          subscriptions: [
            {
              pubsub: 'kafka-pubsub',
              topic: 'reminders',
              deadLetterTopic: 'reminders-dead',
              route: '/events/reminders',
              contract: 'reminder-event',
              routes: [
                {
                  type: 'reminder.due',
                  route: '/events/reminder-due',
                  handle: async (_tx, event) => void handled.push(event.event_id),
                },
              ],
            },
          ],
          postgres: inbox,
          sidecar: subscriberSidecar,
          log: subscriberLog,
        });
        const subscriberApp = await serve(scope, [subscriber.router], [note], subscriberLog);
        const broadcast = await startSidecar(scope, {
          title: 'subscriber-sidecar',
          appId: 'notification',
          appPort: subscriberApp.port,
          httpPort: subscriberPort,
          components: broker.components,
        });
        await broadcast.appReady();
        await until(
          'subscriptions are listed',
          () =>
            subscriber.check.test().then(
              () => true,
              () => undefined,
            ),
          {
            everyMs: 50,
            giveUpMs: 10_000,
          },
        );
        expect(calls.filter((call) => call.path === '/dapr/subscribe')).toMatchObject([{ token: appApiToken }]);

        // The publisher: a request that leaves an event behind, and the relay that carries it.
        const outbox = await openTables(scope, scene.databaseUrl, 'publisher', outboxMigrations);
        const publisherSidecar = openSidecar({ port: publisherPort, timeoutMs: 5_000 });
        const router = new Router();
        router.post('/change/:type', async (ctx) => {
          const event = reminder(ctx.params.type as string);
          await outbox.transaction((tx) =>
            enqueue(tx, { id: event.event_id, type: event.event_type, key: 'k', topics: ['reminders'], body: event }),
          );
          ctx.body = { id: event.event_id };
        });
        const publisherApp = await serve(scope, [router], [], log);
        await startSidecar(scope, {
          title: 'publisher-sidecar',
          appId: 'backend',
          appPort: publisherApp.port,
          httpPort: publisherPort,
          components: broker.components,
        });
        const relay = openRelay({ postgres: outbox, sidecar: publisherSidecar, pubsub: 'kafka-pubsub', owner: 'test', log });
        scope.defer('stop the relay', relay.stop);
        await relay.start();
        const change = async (type: string, headers: Record<string, string>) => {
          const answer = await fetch(`${publisherApp.url}/change/${type}`, { method: 'POST', headers });
          expect(answer.status).toBe(200);
          return ((await answer.json()) as { id: string }).id;
        };

        const due = await change('reminder.due', { traceparent, 'X-Request-ID': 'request-of-the-user' });
        const line = await until('the event is handled', () => lines.find((each) => each.event_id === due), {
          everyMs: 20,
          giveUpMs: 30_000,
        });
        expect(line).toMatchObject({ result: 'applied', request_id: 'request-of-the-user', trace_id: traceId });
        expect(handled).toEqual([due]);
        const delivery = calls.find((call) => call.path === '/events/reminder-due');
        expect(delivery).toMatchObject({ token: appApiToken, trace: expect.stringContaining(traceId) });

        // Spans: request -> publish -> (Dapr's delivery, which has no exporter here) -> request of the sidecar -> effect.
        const kept = await until('all spans arrived', () => (spans.list.length >= 4 ? spans.list : undefined), {
          everyMs: 50,
          giveUpMs: 10_000,
        });
        expect(kept.every((span) => span.traceId === traceId)).toBe(true);
        const named = (name: string) => kept.find((span) => span.name === name);
        const change1 = named('POST /change/:type');
        const publish = named('publish reminders');
        expect(change1).toMatchObject({ kind: 'SERVER', parentId: traceparent.slice(36, 52) });
        expect(publish).toMatchObject({ kind: 'PRODUCER', parentId: change1?.id });
        expect(named('process reminders')).toMatchObject({ kind: 'CONSUMER', parentId: named('POST /events/reminder-due')?.id });

        // An unsampled request is as traceable in the logs, and leaves no spans. Another type goes the default way.
        const before = spans.list.length;
        const unsampled = traceparent.replace(/01$/, '00');
        const second = await change('reminder.due', { traceparent: unsampled, 'X-Request-ID': 'second' });
        expect(
          await until('it is handled', () => lines.find((each) => each.event_id === second), { everyMs: 20, giveUpMs: 30_000 }),
        ).toMatchObject({ request_id: 'second', trace_id: traceId });
        await change('reminder.sent', { traceparent: unsampled });
        await until('it is passed over', () => calls.find((call) => call.path === '/events/reminders'), {
          everyMs: 20,
          giveUpMs: 30_000,
        });
        expect(handled).toEqual([due, second]);
        await telemetry.close();
        expect(spans.list).toHaveLength(before);
      });
    });
  }, 120_000);
});

async function openTables(scope: Scope, url: string, schema: string, migrations: string): Promise<Postgres> {
  const postgres = openPostgres({ url, schema, application: 'test', log, connectionsMax: 6, statementMsMax: 5_000 });
  scope.defer(`close the pool of ${schema}`, () => postgres.close());
  await postgres.migrate([migrations]);
  return postgres;
}

async function serve(
  scope: Scope,
  routers: Parts['routers'],
  before: readonly Middleware[],
  logger: typeof log,
): Promise<{ url: string; port: number }> {
  const web = createWeb({ log: logger, before, routers, readiness: [], stopping: () => false, deadlineMs: 5_000, appApiToken });
  const server = createServer(web.callback());
  scope.defer('close the app', async () => {
    server.closeAllConnections();
    await new Promise((done) => server.close(done));
  });
  await new Promise<void>((done) => server.listen(0, '127.0.0.1', done));
  const { port } = server.address() as AddressInfo;
  return { port, url: `http://127.0.0.1:${port}` };
}

/** Takes spans as Zipkin does and keeps them. The real one is a page for people; here only what was sent matters. */
async function zipkinDouble(scope: Scope): Promise<{ url: string; list: Span[] }> {
  const list: Span[] = [];
  const server = createServer(async (request, response) => {
    let text = '';
    for await (const part of request) text += part;
    list.push(...(JSON.parse(text) as Span[]));
    response.writeHead(202).end();
  });
  scope.defer('close the span sink', async () => {
    server.closeAllConnections();
    await new Promise((done) => server.close(done));
  });
  await new Promise<void>((done) => server.listen(0, '127.0.0.1', done));
  return { list, url: `http://127.0.0.1:${(server.address() as AddressInfo).port}/api/v2/spans` };
}

function reminder(type: string) {
  return {
    event_id: eventId(),
    event_type: type,
    timestamp: '2026-01-05T09:00:00Z',
    version: 'v1.0',
    data: {
      task_id: 1,
      user_id: 'u',
      task_title: 'x',
      due_date: '2026-01-05T10:00:00Z',
      reminder_time: '2026-01-05T09:00:00Z',
      notification_channels: ['email'],
    },
  };
}
