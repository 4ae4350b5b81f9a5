/** Outbox, relay and inbox on real Postgres, Kafka and sidecars. */
import { describe, expect, it } from '@jest/globals';
import { Consumer, stringDeserializers } from '@platformatic/kafka';
import { pino } from 'pino';
import connect from 'postgres';
import type { TaskEvent } from '#contracts/types.ts';
import { until } from '#harness/process/until.ts';
import { eventId } from '#kit/event-id.ts';
import { enqueue } from '#kit/outbox.ts';
import { openPostgres } from '#kit/postgres.ts';
import { type Replica, type Scene, withBroker, withPostgres } from '../../scene.ts';

const taskCount = 20;

describe('relay', () => {
  it('keeps the order of each task while relays die and take over, and every effect happens once', async () => {
    await withPostgres(async (scene) => {
      await withBroker(scene, async (broker) => {
        const sql = connect(scene.databaseUrl, { max: 2 });
        scene.scope.defer('close the test connection', () => sql.end());
        const headers = await scene.headersOf('u');
        const first = await scene.start('backend', 0);
        const second = await scene.start('backend', 1);
        const ids = await Promise.all(Array.from({ length: taskCount }, () => createTask(first, headers)));

        // No sidecar yet: creates were accepted all the same, and nothing is sent.
        await until('a failed attempt is on record', async () => ((await count(sql, 'attempts > 0')) > 0 ? true : undefined), {
          everyMs: 50,
          giveUpMs: 10_000,
        });
        expect(await count(sql, 'sent_at is not null')).toBe(0);

        await broker.sidecarOf(first, 'backend');
        await broker.sidecarOf(second, 'backend');
        const notification = await scene.start('notification', 0, {
          PUBLIC_URL: 'http://127.0.0.1',
          SMTP_URL: 'smtp://127.0.0.1:9', // no reminder here, so nobody is called
        });
        await broker.sidecarOf(notification, 'notification');
        await until('the buckets are shared', async () => ((await owners(sql)).join() === '16,16' ? true : undefined), {
          everyMs: 100,
          giveUpMs: 10_000,
        });

        const changes = changeTasks(ids, headers, [first, second], 40);
        await until(
          'changes are on their way',
          async () =>
            (await count(sql, "sent_at is not null and body->>'event_type' <> 'task.created'")) > 20 ? true : undefined,
          { everyMs: 20, giveUpMs: 10_000 },
        );
        await first.service.kill();
        await changes;
        await first.service.revive();
        await changeTasks(ids, headers, [first, second], 10);
        await second.service.stop();
        await changeTasks(ids, headers, [first], 5);
        await until('nothing waits', async () => ((await count(sql, 'sent_at is null')) === 0 ? true : undefined), {
          everyMs: 100,
          giveUpMs: 30_000,
        });
        expect(await owners(sql)).toEqual([32]);

        const outbox = await sql<{ id: string; key: string }[]>`select id::text, key from domain.outbox order by seq`;
        for (const topic of ['task-events', 'task-updates']) {
          const records = await recordsOf(scene, broker.brokers, topic, outbox.length);
          expect(records.every((record) => record.key === String(record.event.data.id))).toBe(true);
          expect(
            records.every((record) => record.cloudEventId === record.event.event_id && record.type === record.event.event_type),
          ).toBe(true);
          for (const id of ids) {
            const promised = outbox.filter((row) => row.key === String(id)).map((row) => row.id);
            const arrived = records.filter((record) => record.key === String(id)).map((record) => record.event.event_id);
            expect([...new Set(arrived)]).toEqual(promised); // first arrivals: later copies are the inbox's business
          }
        }
        await until(
          'every event had its effect',
          async () => ((await sql`select 1 from notification.notices`).count >= outbox.length ? true : undefined),
          { everyMs: 100, giveUpMs: 30_000 },
        );
        const effects = await sql<{ event_id: string }[]>`select event_id::text from notification.notices`;
        expect(effects.map((effect) => effect.event_id).sort()).toEqual(outbox.map((row) => row.id).sort());
      });
    });
  }, 240_000);

  it('parks what can never be published, and holds up only its own key until then', async () => {
    await withPostgres(async (scene) => {
      await withBroker(scene, async (broker) => {
        const backend = await scene.start('backend', 0);
        await broker.sidecarOf(backend, 'backend');
        const postgres = openPostgres({
          url: scene.databaseUrl,
          schema: 'domain',
          application: 'test',
          log: pino({ level: 'silent' }),
          connectionsMax: 2,
          statementMsMax: 5_000,
        });
        scene.scope.defer('close the test pool', () => postgres.close());
        const eventTo = (topic: string, key: string, note = '') => {
          const id = eventId();
          return { id, type: 'task.updated', key, topics: [topic], body: { event_id: id, event_type: 'task.updated', note } };
        };
        const events = [
          // More than the broker takes, and less than daprd does.
          eventTo('task-events', 'bad', 'x'.repeat(1_500_000)),
          eventTo('forbidden', 'else'),
          eventTo('task-events', 'bad'),
          eventTo('task-events', 'good'),
        ];
        await postgres.transaction(async (tx) => {
          for (const event of events) await enqueue(tx, event);
        });
        await until(
          'everything is sent or parked that can be',
          async () =>
            (await count(postgres.sql, "sent_at is null and parked_at is null and topics <> '{forbidden}'")) === 0
              ? true
              : undefined,
          { everyMs: 50, giveUpMs: 20_000 },
        );
        // An operator's slip heals: what waits for it waits, however often it was refused.
        await until(
          'the forbidden was tried often',
          async () => ((await count(postgres.sql, 'attempts > 5 and refusals = 0')) === 1 ? true : undefined),
          {
            everyMs: 50,
            giveUpMs: 20_000,
          },
        );
        const rows = await postgres.sql<{ refusals: number; last_error: string | null; parked: boolean; ms: number | null }[]>`
          select refusals, last_error, parked_at is not null as parked, extract(epoch from sent_at - created_at)::float8 * 1000 as ms
          from outbox order by seq`;
        expect(rows).toMatchObject([
          { parked: true, refusals: 5, last_error: 'task-events: MESSAGE_TOO_LARGE', ms: null },
          { parked: false, refusals: 0, last_error: 'forbidden: ERR_PUBSUB_FORBIDDEN', ms: null },
          { parked: false, refusals: 0, ms: expect.any(Number) },
          { parked: false, refusals: 0, ms: expect.any(Number) },
        ]);
        // 'good' may share its lane: it waits at most for the backoff, never for the parking of another key.
        expect(rows[3]?.ms).toBeLessThan(rows[2]?.ms ?? 0);
        expect(backend.service.logTail()).toContain('event parked');
      });
    });
  }, 120_000);
});

async function createTask(backend: Replica, headers: Record<string, string>): Promise<number> {
  const answer = await fetch(`${backend.url}/api/u/tasks`, { method: 'POST', headers, body: '{"title":"x"}' });
  expect(answer.status).toBe(201);
  return ((await answer.json()) as { id: number }).id;
}

/** Rounds of changes, the tasks side by side and each task's own one after the other, at alternating replicas. */
async function changeTasks(
  ids: readonly number[],
  headers: Record<string, string>,
  backends: readonly Replica[],
  rounds: number,
): Promise<void> {
  await Promise.all(
    ids.map(async (id) => {
      for (let round = 0; round < rounds; round++) {
        const backend = backends[(id + round) % backends.length] as Replica;
        const change = { method: 'PATCH', headers, body: JSON.stringify({ title: `${performance.now()}` }) };
        // A replica that was killed takes nothing; what it took before is in the outbox.
        await fetch(`${backend.url}/api/u/tasks/${id}`, change).then(
          (answer) => answer.arrayBuffer(),
          () => undefined,
        );
        await new Promise((done) => setTimeout(done, 20));
      }
    }),
  );
}

const count = async (sql: connect.Sql, where: string) =>
  Number((await sql.unsafe(`select count(*) from domain.outbox where ${where}`))[0]?.count);

/** How many buckets each living owner holds. */
const owners = async (sql: connect.Sql) =>
  (await sql`select count(*)::int as n from domain.outbox_lease where expires_at > now() group by owner order by n`).map(
    (row) => row.n as number,
  );

interface Arrived {
  readonly key: string | undefined;
  readonly cloudEventId: string;
  readonly type: string;
  readonly event: TaskEvent;
}

/** Everything in the topic, partition by partition, until nothing new comes. */
async function recordsOf(scene: Scene, brokers: string, topic: string, atLeast: number): Promise<Arrived[]> {
  const consumer = new Consumer({
    groupId: `test-${topic}`,
    clientId: 'test',
    bootstrapBrokers: [brokers],
    deserializers: stringDeserializers,
  });
  scene.scope.defer(`close the consumer of ${topic}`, () => consumer.close(true));
  const stream = await consumer.consume({ topics: [topic], mode: 'earliest', autocommit: false });
  const records: Arrived[] = [];
  let lastAt = performance.now();
  stream.on('data', (message) => {
    lastAt = performance.now();
    const { id, type, data } = JSON.parse(message.value as string);
    records.push({ key: message.key as string | undefined, cloudEventId: id, type, event: data });
  });
  await until(
    `${topic} is read to its end`,
    () => (records.length >= atLeast && performance.now() - lastAt > 1_000 ? true : undefined),
    { everyMs: 50, giveUpMs: 30_000 },
  );
  return records;
}
