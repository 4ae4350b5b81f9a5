/** A broadcast event reaches its receiver or is passed over; either way the sidecar hears SUCCESS. */
import { readFileSync } from 'node:fs';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { pino } from 'pino';
import { createListener, type ListenerOptions } from '#kit/receive/listen.ts';
import type { EventEnvelope } from '#kit/receive/subscribe.ts';
import { createWeb } from '#kit/web/web.ts';

const golden = JSON.parse(
  readFileSync(new URL('../../../../contracts/events/task-event/golden/v1.2/task.created.json', import.meta.url), 'utf8'),
) as EventEnvelope;
const received: EventEnvelope[] = [];
let receive: (event: EventEnvelope) => void = (event) => void received.push(event);
let metadata: Awaited<ReturnType<ListenerOptions<EventEnvelope>['sidecar']['metadata']>> = {
  type: 'fail',
  code: 'SIDECAR_UNREACHABLE',
  heals: true,
};
const log = pino({ level: 'silent' });
const listener = createListener<EventEnvelope>({
  pubsub: 'kafka-broadcast',
  topic: 'task-updates',
  route: '/events/task-updates',
  contract: 'task-event',
  sidecar: { metadata: async () => metadata },
  log,
  receive: (event) => receive(event),
});
let server: Server;
let url: string;

beforeAll(async () => {
  const web = createWeb({
    log,
    routers: [listener.router],
    readiness: [],
    stopping: () => false,
    deadlineMs: 1_000,
    appApiToken: 'secret',
  });
  server = createServer(web.callback());
  await new Promise<void>((done) => server.listen(0, '127.0.0.1', done));
  url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
});
afterAll(() => {
  server.closeAllConnections();
  server.close();
});

const deliver = async (data: unknown, token = 'secret') => {
  const answer = await fetch(`${url}/events/task-updates`, {
    method: 'POST',
    headers: { 'content-type': 'application/json', 'dapr-api-token': token },
    body: JSON.stringify({
      id: 'bulk',
      entries: [{ entryId: 'e1', event: { specversion: '1.0', id: 'x', source: 'backend', type: 'task.created', data } }],
    }),
  });
  const { statuses = [] } = (await answer.json()) as { statuses?: { entryId: string; status: string }[] };
  return [answer.status, statuses.find(({ entryId }) => entryId === 'e1')?.status];
};

describe('listener', () => {
  it('asks for its topic, without a dead letter topic', async () => {
    const answer = await fetch(`${url}/dapr/subscribe`, { headers: { 'dapr-api-token': 'secret' } });
    expect(await answer.json()).toEqual([
      {
        pubsubname: 'kafka-broadcast',
        topic: 'task-updates',
        bulkSubscribe: { enabled: true, maxMessagesCount: 100, maxAwaitDurationMs: 50 },
        routes: { default: '/events/task-updates' },
      },
    ]);
  });

  it('hands over an event that keeps its contract', async () => {
    expect(await deliver(golden)).toEqual([200, 'SUCCESS']);
    expect(received).toEqual([golden]);
  });

  it('passes over one that does not', async () => {
    received.length = 0;
    expect(await deliver({ ...golden, event_id: 'no uuid' })).toEqual([200, 'SUCCESS']);
    expect(received).toEqual([]);
  });

  it('outlives a receiver that throws', async () => {
    receive = () => {
      throw new Error('stream is gone');
    };
    expect(await deliver(golden)).toEqual([200, 'SUCCESS']);
  });

  it('takes nothing from anyone but the sidecar', async () => {
    expect((await deliver(golden, 'guess'))[0]).toBe(401);
    expect((await fetch(`${url}/dapr/subscribe`)).status).toBe(401);
  });

  it('is unready only while a running sidecar does not list the topic', async () => {
    await listener.check.test();
    metadata = { type: 'ok', value: { id: 'frontend', subscriptions: [] } };
    await expect(listener.check.test()).rejects.toThrow('kafka-broadcast/task-updates');
    metadata = {
      type: 'ok',
      value: { id: 'frontend', subscriptions: [{ pubsubname: 'kafka-broadcast', topic: 'task-updates' }] },
    };
    await listener.check.test();
  });
});
