/** What a caller may rely on when it doesn't know what became of its request, or what others did meanwhile. */
import { randomUUID } from 'node:crypto';
import { describe, expect, it } from '@jest/globals';
import { pino } from 'pino';
import type { Task } from '#contracts/types.ts';
import { domainSchema } from '#domain/migrations.ts';
import { openPostgres } from '#kit/postgres.ts';
import { until } from '../../../harness/process/until.ts';
import { pruneIdempotency } from '../../../impl/backend/idempotency.ts';
import { badKeys, goodKeys } from '../idempotency-keys.ts';
import type { Answer } from './contract.ts';
import { type BackendScene, withBackend } from './scene.ts';

const keyed = (key: string, body?: unknown) => ({ headers: { 'Idempotency-Key': key }, body });
/** All of an answer that its caller acts on. */
const essence = ({ status, headers, text }: Answer) => ({
  status,
  text,
  headers: ['content-type', 'location', 'etag', 'x-event-id'].map((name) => headers.get(name)),
});
const replayed = ({ headers }: Answer) => headers.get('idempotency-replayed');

/** Holds a task as a slow change of it would, while `act` runs. */
async function whileHeld({ sql }: BackendScene, task: Task, act: () => Promise<void>): Promise<void> {
  await sql.begin(async (tx) => {
    await tx`select 1 from domain.tasks where id = ${task.id} for update`;
    await act();
  });
}

const waitingBackends = async ({ sql }: BackendScene): Promise<number> =>
  Number(
    (await sql`select count(*) from pg_stat_activity where application_name like 'backend%' and wait_event_type = 'Lock'`)[0]
      ?.count,
  );

describe('Idempotency-Key', () => {
  it('gives a repeated request its first answer, and refuses another under the same key', async () => {
    await withBackend(async ({ as, sql }) => {
      const [call, other] = await Promise.all([as('u'), as('v')]);
      const key = randomUUID();
      const first = await call('POST', '/tasks', keyed(key, { title: 'once' }));
      const again = await call('POST', '/tasks', keyed(key, { title: 'once' }));
      const quoted = await call('POST', '/tasks', keyed(`"${key}"`, { title: 'once' }));
      expect([first, again, quoted].map((answer) => [essence(answer), replayed(answer)])).toEqual([
        [essence(first), null],
        [essence(first), 'true'],
        [essence(first), 'true'],
      ]);
      expect((await call('POST', '/tasks', keyed(key, { title: 'twice' }))).status).toBe(422);
      expect((await call('POST', `/tasks/${first.body.id}/complete`, keyed(key))).status).toBe(422);
      // Keys are each user's own.
      const theirs = await other('POST', '/tasks', keyed(key, { title: 'once' }));
      expect([theirs.status, replayed(theirs), theirs.body.id === first.body.id]).toEqual([201, null, false]);

      const done = await call('POST', `/tasks/${first.body.id}/complete`, keyed('complete-1'));
      expect((await call('PATCH', `/tasks/${first.body.id}`, { body: { completed: false } })).body.revision).toBe(3);
      // The answer of then, not of now, and nothing is completed once more.
      expect(essence(await call('POST', `/tasks/${first.body.id}/complete`, keyed('complete-1')))).toEqual(essence(done));
      expect((await call('GET', `/tasks/${first.body.id}`)).body).toMatchObject({ completed: false, revision: 3 });
      const gone = await call('DELETE', `/tasks/${first.body.id}`, keyed('delete-1'));
      expect([gone.status, essence(await call('DELETE', `/tasks/${first.body.id}`, keyed('delete-1')))]).toEqual([
        204,
        essence(gone),
      ]);

      // A refusal is not kept: the same request may succeed later.
      const missing = `/tasks/${first.body.id + 2}`;
      expect((await call('PATCH', missing, keyed('later', { title: 'new' }))).status).toBe(404);
      expect((await call('POST', '/tasks', { body: { title: 'old' } })).body.id).toBe(first.body.id + 2);
      expect((await call('PATCH', missing, keyed('later', { title: 'new' }))).status).toBe(200);

      for (const bad of badKeys)
        expect([bad, (await call('POST', '/tasks', keyed(bad, { title: 'bad key' }))).status]).toEqual([bad, 400]);
      for (const good of goodKeys)
        expect([good, (await call('POST', '/tasks', keyed(good, { title: 'good key' }))).status]).toEqual([good, 201]);
      const [{ count } = {}] =
        await sql`select count(*)::int from domain.outbox where body->'data'->>'title' = 'once' and body->>'event_type' = 'task.created'`;
      expect(count).toBe(2); // one of each user
    });
  }, 120_000);

  it('answers 409 while the first is under way, and holds no second connection for it', async () => {
    await withBackend(async (scene) => {
      const call = await scene.as('u');
      const task = (await call('POST', '/tasks', { body: { title: 'slow' } })).body as Task;
      const complete = () => call('POST', `/tasks/${task.id}/complete`, keyed('k'));
      let first: Promise<Answer> | undefined;
      await whileHeld(scene, task, async () => {
        first = complete();
        await until('the first waits for the row', async () => (await waitingBackends(scene)) === 1 || undefined, {
          everyMs: 10,
          giveUpMs: 10_000,
        });
        const copies = await Promise.all(Array.from({ length: 20 }, complete));
        expect(copies.map(({ status, headers, body }) => [status, headers.get('retry-after'), body.type])).toEqual(
          copies.map(() => [409, '1', 'urn:problem:idempotency-in-flight']),
        );
        expect(await waitingBackends(scene)).toBe(1);
      });
      const done = (await first) as Answer;
      expect([done.status, replayed(done)]).toEqual([200, null]);
      const after = await complete();
      expect([essence(after), replayed(after)]).toEqual([essence(done), 'true']);
    });
  }, 120_000);

  it('keeps answer and work together when the service is killed in between', async () => {
    await withBackend(async ({ as, sql, replica }) => {
      const call = await as('u');
      const acknowledged = new Map<string, string>();
      const keys = Array.from({ length: 300 }, (_, n) => `key-${n}`);
      const create = (key: string) => call('POST', '/tasks', keyed(key, { title: key }));
      const waiting = [...keys];
      const client = async () => {
        for (let key = waiting.shift(); key !== undefined; key = waiting.shift()) {
          try {
            acknowledged.set(key, (await create(key)).text);
          } catch (error) {
            if ((error as Error).name !== 'TypeError') throw error; // not "fetch failed"
            return;
          }
        }
      };
      for (const enough of [60, 120, 180]) {
        const clients = Promise.all(Array.from({ length: 12 }, client));
        await until(`${enough} are done`, () => acknowledged.size > enough || undefined, { everyMs: 1, giveUpMs: 20_000 });
        await replica.service.kill();
        await clients;
        await replica.service.revive();
      }
      expect(acknowledged.size).toBeLessThan(keys.length - 12); // else it was killed too late to show anything
      const answers = await Promise.all(keys.map(create));
      expect(answers.map((answer) => answer.status)).toEqual(keys.map(() => 201));
      for (const [index, key] of keys.entries()) {
        const answer = answers[index] as Answer;
        if (acknowledged.has(key)) expect([replayed(answer), answer.text]).toEqual(['true', acknowledged.get(key)]);
      }
      const made = await sql`select title from domain.tasks order by id`;
      expect(made.map((row) => row.title).sort()).toEqual([...keys].sort());
      expect((await sql`select count(*)::int from domain.outbox`)[0]?.count).toBe(keys.length);
    });
  }, 120_000);

  it('is forgotten after its retention, oldest first, a batch at a time', async () => {
    await withBackend(async ({ as, sql, databaseUrl, scope }) => {
      const call = await as('u');
      for (const key of ['a', 'b', 'c', 'd']) await call('POST', '/tasks', keyed(key, { title: key }));
      await sql`update domain.idempotency set created_at = now() - case key when 'a' then '27h' when 'b' then '26h' when 'c' then '25h' else '23h' end::interval`;
      const log = pino({ level: 'silent' });
      const postgres = openPostgres({
        url: databaseUrl,
        schema: domainSchema,
        application: 'test',
        log,
        connectionsMax: 1,
        statementMsMax: 5_000,
      });
      scope.defer('close the pool', () => postgres.close());
      const dayAgo = Date.now() - 24 * 3_600_000;
      const left = async () => (await sql`select key from domain.idempotency order by key`).map((row) => row.key);
      expect([await pruneIdempotency(postgres.sql, dayAgo, 2), await left()]).toEqual([2, ['c', 'd']]);
      expect([await pruneIdempotency(postgres.sql, dayAgo, 2), await left()]).toEqual([1, ['d']]);
      expect(replayed(await call('POST', '/tasks', keyed('d', { title: 'd' })))).toBe('true');
      expect(replayed(await call('POST', '/tasks', keyed('a', { title: 'a' })))).toBeNull();
    });
  }, 120_000);
});

describe('ETag', () => {
  it('saves a read of what the caller has, and stops a change of what it has not seen', async () => {
    await withBackend(async ({ as, sql }) => {
      const call = await as('u');
      const created = await call('POST', '/tasks', { body: { title: 'one' } });
      const at = `/tasks/${created.body.id}`;
      const etag = async () => (await call('GET', at)).headers.get('etag');
      expect([created.headers.get('etag'), await etag()]).toEqual(['"1"', '"1"']);

      const read = (tag: string) => call('GET', at, { headers: { 'If-None-Match': tag } });
      const reads = [
        await read('"1"'),
        await read('W/"1"'),
        await read('"7", "1"'),
        await read('*'),
        await read('"2"'),
        await read('odd'),
      ];
      expect(reads.map((each) => each.status)).toEqual([304, 304, 304, 304, 200, 400]);
      expect(reads[0]?.headers.get('etag')).toBe('"1"');

      const change = (method: string, path: string, tag: string, body?: unknown) =>
        call(method, path, { headers: { 'If-Match': tag }, body });
      expect((await change('PATCH', at, '"1"', { title: 'two' })).headers.get('etag')).toBe('"2"');
      const late = await change('PATCH', at, '"1"', { title: 'lost update' });
      expect([late.status, late.body.type, late.body.detail]).toEqual([
        412,
        'urn:problem:revision-mismatch',
        'It is at revision 2 now: read it, and repeat your change on what you get',
      ]);
      expect((await change('PATCH', at, 'W/"2"', { title: 'weak' })).status).toBe(412);
      expect((await change('PATCH', at, '2', { title: 'bare' })).status).toBe(400);
      expect((await change('POST', `${at}/complete`, '"1"')).status).toBe(412);
      expect((await change('DELETE', at, '"1"')).status).toBe(412);
      // What is not there is not there, whatever the condition.
      expect((await change('PATCH', '/tasks/999', '"1"', { title: 'x' })).status).toBe(404);
      expect((await call('GET', at)).body).toMatchObject({ title: 'two', completed: false, revision: 2 });
      expect((await call('PATCH', at, { body: { title: 'last write wins' } })).body.revision).toBe(3);
      expect((await change('POST', `${at}/complete`, '"9", "3"')).headers.get('etag')).toBe('"4"');
      expect((await change('PATCH', at, '*', { completed: false })).headers.get('etag')).toBe('"5"');
      expect((await change('DELETE', at, '"5"')).status).toBe(204);
      expect((await sql`select count(*)::int from domain.outbox`)[0]?.count).toBe(6);
    });
  }, 120_000);

  it('lets exactly one of many through who saw the same revision', async () => {
    await withBackend(async ({ as, sql }) => {
      const call = await as('u');
      const { id } = (await call('POST', '/tasks', { body: { title: 'one' } })).body as Task;
      const patches = Array.from({ length: 20 }, (_, n) =>
        call('PATCH', `/tasks/${id}`, { headers: { 'If-Match': '"1"' }, body: { title: `by ${n}` } }),
      );
      const statuses = (await Promise.all(patches)).map((each) => each.status);
      expect(statuses.sort()).toEqual([200, ...Array.from({ length: 19 }, () => 412)]);
      expect((await sql`select count(*)::int from domain.outbox`)[0]?.count).toBe(2);
    });
  }, 120_000);
});
