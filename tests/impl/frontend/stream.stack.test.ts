/** Live screens: from the topic through a real sidecar to server-sent events. */
import { readFileSync } from 'node:fs';
import { request, type IncomingMessage } from 'node:http';
import { join } from 'node:path';
import { describe, expect, it, jest } from '@jest/globals';
import type { TaskEvent } from '#contracts/types.ts';
import { claimFolder } from '../../../harness/process/folder.ts';
import { kafka } from '../../../harness/process/kafka.ts';
import { openScope } from '../../../harness/process/scope.ts';
import { toolchain } from '../../../harness/toolchain/toolchain.ts';
import { openSeal, sealKeysOf } from '../../../impl/frontend/seal.ts';
import { eventually, type Running, type Stage, withStage } from './stage.ts';

jest.setTimeout(120_000);

const contracts = join(import.meta.dirname, '../../../contracts');
const golden = JSON.parse(readFileSync(join(contracts, 'events/task-event/golden/v1.2/task.updated.json'), 'utf8')) as TaskEvent;
const eventOf = (user: string, number: number): TaskEvent => ({
  ...golden,
  event_id: `0190a000-0000-7000-8000-${String(number).padStart(12, '0')}`,
  data: { ...golden.data, user_id: user, id: number },
});

interface Screen {
  readonly answer: IncomingMessage;
  /** The tasks of the events so far. */
  readonly tasks: number[];
  readonly text: () => string;
  /** True once the server has ended it, or let it go. */
  readonly isOver: () => boolean;
  close(): void;
}

async function screenOf(url: string, headers: Record<string, string>): Promise<Screen> {
  const answer = await new Promise<IncomingMessage>((done, failed) => {
    request(`${url}/api/stream`, { agent: false, headers }, done).on('error', failed).end();
  });
  let text = '';
  let rest = '';
  let over = false;
  const tasks: number[] = [];
  answer.setEncoding('utf8');
  answer.on('data', (part: string) => {
    text = `${text}${part}`.slice(0, 10_000);
    const messages = `${rest}${part}`.split('\n\n');
    rest = messages.pop() ?? '';
    for (const message of messages) {
      const data = /^event: task\nid: [\da-f-]+\ndata: (.*)$/.exec(message)?.[1];
      if (data !== undefined) tasks.push((JSON.parse(data) as TaskEvent).data.id);
    }
  });
  answer.on('close', () => (over = true));
  answer.on('error', () => (over = true));
  return { answer, tasks, text: () => text, isOver: () => over, close: () => answer.destroy() };
}

const bearer = async (stage: Stage, sub: string) => ({ authorization: `Bearer ${await stage.identity.token({ sub })}` });
const publish = async ({ sidecar }: Running, event: unknown, pubsub = 'kafka-broadcast') => {
  const answer = await fetch(`${sidecar.url}/v1.0/publish/${pubsub}/task-updates`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify(event),
  });
  if (answer.status !== 204) throw new Error(`publish answered ${answer.status} ${await answer.text()}`);
};

describe('stream', () => {
  it('shows every user their own changes, and only valid ones', async () => {
    await withStage({}, async (stage) => {
      const frontend = await stage.frontend();
      const [alice, again, bob] = [
        await screenOf(frontend.url, await bearer(stage, 'alice')),
        await screenOf(frontend.url, await bearer(stage, 'alice')),
        await screenOf(frontend.url, await bearer(stage, 'bob')),
      ] as [Screen, Screen, Screen];
      expect(alice.answer.headers).toMatchObject({
        'content-type': 'text/event-stream; charset=utf-8',
        'cache-control': 'no-store, no-transform',
        'x-accel-buffering': 'no',
      });
      expect(alice.answer.headers['content-encoding']).toBeUndefined();
      await publish(frontend, eventOf('alice', 1));
      await publish(frontend, eventOf('bob', 2));
      await publish(frontend, { ...eventOf('bob', 3), data: { user_id: 'bob' } });
      await publish(frontend, { ...eventOf('bob', 4), version: 'v9.9' });
      await publish(frontend, 'no event at all');
      await publish(frontend, {
        ...eventOf('alice', 5),
        data: { ...eventOf('alice', 5).data, title: 'two\n\nlines\r\ndata: evil' },
      });
      await publish(frontend, eventOf('bob', 6));
      await eventually(stage.scope, 'the last one', async () => bob.tasks.includes(6) && alice.tasks.includes(5));
      expect([alice.tasks.toSorted(), again.tasks.toSorted(), bob.tasks.toSorted()]).toEqual([
        [1, 5],
        [1, 5],
        [2, 6],
      ]);
      expect(alice.text()).toMatch(/^retry: 2000\n\n/);
      expect(alice.text()).toContain(`id: ${eventOf('alice', 1).event_id}\n`);
      for (const screen of [alice, again, bob]) screen.close();
    });
  });

  it('wants somebody signed in, ends with the session, and has limits', async () => {
    await withStage({}, async (stage) => {
      const { url } = await stage.frontend({ STREAMS_PER_USER_MAX: '2', STREAMS_MAX: '3' });
      expect((await fetch(`${url}/api/stream`)).status).toBe(401);

      const seal = openSeal(sealKeysOf(stage.sessionKey) ?? []);
      const soon = Math.floor(Date.now() / 1000) + 2;
      const sealed = await seal.seal('session', { sub: 'alice', name: null, email: null, token: 'x' }, soon);
      const short = await screenOf(url, { cookie: `todo-session=${sealed}` });
      expect(short.answer.statusCode).toBe(200);
      await eventually(stage.scope, 'the session is over, and the stream', async () => short.isOver());
      expect(Date.now() / 1000).toBeGreaterThanOrEqual(soon);

      const open = [await screenOf(url, await bearer(stage, 'a')), await screenOf(url, await bearer(stage, 'a'))];
      const refused = await fetch(`${url}/api/stream`, { headers: await bearer(stage, 'a') });
      expect([refused.status, await refused.json()]).toMatchObject([429, { type: 'urn:problem:too-many-streams', status: 429 }]);
      open.push(await screenOf(url, await bearer(stage, 'b')));
      expect((await fetch(`${url}/api/stream`, { headers: await bearer(stage, 'c') })).status).toBe(503);
      open[0]?.close();
      await eventually(stage.scope, 'there is room again', async () => {
        const screen = await screenOf(url, await bearer(stage, 'c'));
        screen.close();
        return screen.answer.statusCode === 200;
      });
      for (const screen of open) screen.close();
    });
  });

  it('lets a screen go that does not read, and serves the others on', async () => {
    await withStage({}, async (stage) => {
      const frontend = await stage.frontend();
      const stuck = await screenOf(frontend.url, await bearer(stage, 'alice'));
      stuck.answer.pause();
      stuck.answer.socket.pause();
      const quick = await screenOf(frontend.url, await bearer(stage, 'alice'));
      const long = { ...eventOf('alice', 1), data: { ...eventOf('alice', 1).data, description: 'x'.repeat(60_000) } };
      let sent = 0;
      // The kernel's own buffers take some megabytes before our limit is met.
      while ((await numberOf(frontend, 'frontend_streams_dropped_total')) === 0 && sent < 1_000) {
        await Promise.all(Array.from({ length: 10 }, () => publish(frontend, long)));
        sent += 10;
      }
      expect(await numberOf(frontend, 'frontend_streams_dropped_total')).toBe(1);
      await eventually(stage.scope, 'everything on the other screen', async () => quick.tasks.length === sent);
      expect(await numberOf(frontend, 'frontend_streams_open')).toBe(1);
      quick.close();
      stuck.close();
    });
  });

  it('ends every stream at once when it is told to stop', async () => {
    await withStage({}, async (stage) => {
      const frontend = await stage.frontend();
      const screens = [
        await screenOf(frontend.url, await bearer(stage, 'a')),
        await screenOf(frontend.url, await bearer(stage, 'b')),
      ];
      const startedAt = performance.now();
      await frontend.service.stop();
      expect(performance.now() - startedAt).toBeLessThan(3_000);
      expect((await frontend.service.exited).code).toBe(0);
      await eventually(stage.scope, 'the screens see it', async () => screens.every((screen) => screen.isOver()));
    });
  });

  it('every replica hears every update: Kafka, with the component as it is deployed', async () => {
    const scope = openScope({ title: 'broker of the frontend test' });
    try {
      const folder = claimFolder(scope, { name: 'frontend-broker' });
      const tools = await toolchain(['kafka'], { progress: () => {}, signal: scope.signal });
      const broker = await scope.use(kafka({ tool: tools.kafka, folder }));
      await broker.createTopics([{ name: 'task-updates', partitions: 3 }]);
      const local = join(contracts, '../components/local');
      const broadcast = readFileSync(join(local, 'kafka-broadcast.yaml'), 'utf8');
      // Published by a service that may, with the other component.
      const publisher = readFileSync(join(local, 'kafka-pubsub.yaml'), 'utf8');
      const components = { 'kafka-broadcast.yaml': broadcast, 'kafka-pubsub.yaml': publisher };
      await withStage({ components, sidecarEnv: { KAFKA_BROKERS: broker.brokers } }, async (stage) => {
        const behind = await stage.standIn();
        const replicas = [await stage.frontend(), await stage.frontend()];
        const screens = await Promise.all(replicas.map(async ({ url }) => screenOf(url, await bearer(stage, 'alice'))));
        // A group that has just been made begins with what comes after it has joined.
        let count = 0;
        await eventually(scope, 'both screens hear', async () => {
          await publish(behind, eventOf('alice', ++count), 'kafka-pubsub');
          return screens.every((screen) => screen.tasks.length > 0);
        });
        const first = count;
        for (let more = 0; more < 10; more += 1) await publish(behind, eventOf('alice', ++count), 'kafka-pubsub');
        const wanted = Array.from({ length: count - first }, (_, at) => first + 1 + at);
        await eventually(scope, 'both have heard all', async () =>
          screens.every((screen) => wanted.every((id) => screen.tasks.includes(id))),
        );
        for (const screen of screens) screen.close();
      });
    } finally {
      await scope.close();
    }
  });
});

/** As the service itself counts. */
async function numberOf({ url }: Running, metric: string): Promise<number> {
  const text = await (await fetch(`${url}/metrics`)).text();
  return Number(new RegExp(`^${metric} (\\d+)`, 'm').exec(text)?.[1]);
}
