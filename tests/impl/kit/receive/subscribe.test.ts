/** What the sidecar is told, for what can be told without a database. The `postgres` here only commits or breaks. */
import { readFileSync } from 'node:fs';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { pino } from 'pino';
import type { Postgres } from '#kit/postgres.ts';
import type { Outcome, SidecarMetadata } from '#kit/sidecar/sidecar.ts';
import { createSubscriber, type EventEnvelope, type Subscriber } from '#kit/receive/subscribe.ts';
import { createWeb } from '#kit/web/web.ts';

const golden = JSON.parse(
  readFileSync(new URL('../../../../contracts/events/task-event/golden/v1.0/task.created.json', import.meta.url), 'utf8'),
);
const goldenReminder = JSON.parse(
  readFileSync(new URL('../../../../contracts/events/reminder-event/golden/v1.0/reminder.due.json', import.meta.url), 'utf8'),
);
const cloudEvent = (data: unknown) => ({
  specversion: '1.0',
  id: 'x',
  source: 'backend',
  type: 'task.created',
  datacontenttype: 'application/json',
  data,
});

let inbox: 'new' | 'known' | Error = 'new';
/** What was written down of events that were dropped: topic, id, type, key, body, reason. */
const buried: unknown[][] = [];
let storeAway = false;
let metadata: Outcome<SidecarMetadata> = { type: 'fail', code: 'SIDECAR_UNREACHABLE', heals: true };
const handled: EventEnvelope[] = [];
let subscriber: Subscriber;
let server: Server;
let url: string;

beforeAll(async () => {
  const transaction = async (work: (tx: unknown) => Promise<unknown>) => {
    if (inbox instanceof Error) throw inbox;
    return work(async () => ({ count: inbox === 'new' ? 1 : 0 }));
  };
  const log = pino({ level: 'silent' });
  subscriber = createSubscriber<EventEnvelope>({
    subscriptions: [
      {
        pubsub: 'kafka-pubsub',
        topic: 'task-events',
        deadLetterTopic: 'task-events-dead',
        route: '/events/task-events',
        contract: 'task-event',
        handle: async (_tx, event) => void handled.push(event),
      },
      {
        pubsub: 'kafka-pubsub',
        topic: 'reminders',
        route: '/events/reminders',
        contract: 'reminder-event',
        routes: [{ type: 'reminder.due', route: '/events/reminder-due', handle: async (_tx, event) => void handled.push(event) }],
      },
    ],
    postgres: {
      transaction,
      async sql(_text: TemplateStringsArray, ...values: unknown[]) {
        if (storeAway) throw new Error('connection lost');
        buried.push(values);
      },
    } as unknown as Postgres,
    sidecar: { metadata: async () => metadata },
    log,
  });
  server = createServer(
    createWeb({
      log,
      routers: [subscriber.router],
      readiness: [],
      stopping: () => false,
      deadlineMs: 1_000,
      appApiToken: 'secret',
    }).callback(),
  );
  await new Promise<void>((done) => server.listen(0, '127.0.0.1', done));
  url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
});
afterAll(() => {
  server.closeAllConnections();
  server.close();
});

const fromSidecar = { 'dapr-api-token': 'secret' };

async function deliver(body: string, route = '/events/task-events'): Promise<string> {
  const answer = await fetch(url + route, {
    method: 'POST',
    body,
    headers: { 'content-type': 'application/cloudevents+json', ...fromSidecar },
  });
  expect(answer.status).toBe(200);
  return ((await answer.json()) as { status: string }).status;
}

describe('subscriber', () => {
  it('tells the sidecar what it wants', async () => {
    expect(await (await fetch(`${url}/dapr/subscribe`, { headers: fromSidecar })).json()).toEqual([
      {
        pubsubname: 'kafka-pubsub',
        topic: 'task-events',
        deadLetterTopic: 'task-events-dead',
        routes: { default: '/events/task-events' },
      },
      {
        pubsubname: 'kafka-pubsub',
        topic: 'reminders',
        routes: {
          rules: [{ match: 'event.type == "reminder.due"', path: '/events/reminder-due' }],
          default: '/events/reminders',
        },
      },
    ]);
  });

  it('applied and duplicate are SUCCESS; only the first has an effect', async () => {
    inbox = 'new';
    expect(await deliver(JSON.stringify(cloudEvent(golden)))).toBe('SUCCESS');
    inbox = 'known';
    expect(await deliver(JSON.stringify(cloudEvent(golden)))).toBe('SUCCESS');
    expect(handled).toHaveLength(1);
  });

  it('a handler or a database that throws is RETRY', async () => {
    inbox = new Error('connection lost');
    expect(await deliver(JSON.stringify(cloudEvent(golden)))).toBe('RETRY');
  });

  it('a value that can never be stored is DROP', async () => {
    inbox = Object.assign(new Error('integer out of range'), { code: '22003' });
    expect(await deliver(JSON.stringify(cloudEvent(golden)))).toBe('DROP');
  });

  it.each([
    ['malformed JSON', '{'],
    ['not a CloudEvent', JSON.stringify(golden)],
    ['no data', JSON.stringify(cloudEvent(undefined))],
    ['an unknown type', JSON.stringify(cloudEvent({ ...golden, event_type: 'task.archived' }))],
    ['an unknown major version', JSON.stringify(cloudEvent({ ...golden, version: 'v2.0' }))],
    ['no version', JSON.stringify(cloudEvent({ ...golden, version: undefined }))],
    ['an id that is no UUID', JSON.stringify(cloudEvent({ ...golden, event_id: 'b4d8g9f0' }))],
  ])('%s is DROP, and RETRY while nobody can write that down', async (_what, body) => {
    inbox = 'new';
    buried.length = 0;
    storeAway = true;
    expect(await deliver(body)).toBe('RETRY');
    storeAway = false;
    expect(await deliver(body)).toBe('DROP');
    expect(buried).toHaveLength(1);
    const [topic, id, , , kept, because] = buried[0] ?? [];
    expect([topic, because]).toEqual(['task-events', expect.stringMatching(/./)]);
    expect(id).toMatch(/^(x|[0-9a-f]{64})$/);
    expect(kept).toMatch(/./);
  });

  it('reads a newer minor version by the newest schema it has', async () => {
    inbox = 'new';
    expect(await deliver(JSON.stringify(cloudEvent({ ...golden, version: 'v1.9', added: true })))).toBe('SUCCESS');
  });

  it.each(['/dapr/subscribe', '/events/task-events', '/events/reminder-due'])('%s is for the sidecar only', async (path) => {
    const method = path.startsWith('/dapr') ? 'GET' : 'POST';
    expect((await fetch(url + path, { method })).status).toBe(401);
    expect((await fetch(url + path, { method, headers: { 'dapr-api-token': 'guess' } })).status).toBe(401);
  });

  it.each([
    ['its own type', '/events/reminder-due', 'reminder.due', 'SUCCESS', 1],
    ['another type than its envelope says', '/events/reminder-due', 'reminder.sent', 'DROP', 0],
    ['a known type that nobody handles', '/events/reminders', 'reminder.sent', 'SUCCESS', 0],
    ['an unknown type', '/events/reminders', 'reminder.snoozed', 'DROP', 0],
  ])('typed routes: %s', async (_what, route, type, word, effects) => {
    inbox = 'new';
    handled.length = 0;
    expect(await deliver(JSON.stringify(cloudEvent({ ...goldenReminder, event_type: type })), route)).toBe(word);
    expect(handled).toHaveLength(effects);
  });

  it('is unready only while a running sidecar does not list the subscription', async () => {
    await subscriber.check.test();
    metadata = { type: 'ok', value: { id: 'notification', subscriptions: [] } };
    await expect(subscriber.check.test()).rejects.toThrow('kafka-pubsub/task-events');
    metadata = {
      type: 'ok',
      value: {
        id: 'notification',
        subscriptions: ['task-events', 'reminders'].map((topic) => ({ pubsubname: 'kafka-pubsub', topic })),
      },
    };
    await subscriber.check.test();
  });
});
