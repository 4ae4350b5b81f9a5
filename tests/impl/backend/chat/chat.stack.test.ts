/** The chat while everything works: kept in Redis through the sidecar, shared by replicas, for its owner only. */
import { describe, expect, it } from '@jest/globals';
import type { ChatSession, Problem } from '#contracts/types.ts';
import { schemaAt } from '#kit/schemas.ts';
import { badKeys, goodKeys } from '../../idempotency-keys.ts';
import { askRedis, withChat, words } from './stage.ts';

const timeoutMs = 180_000;
const p95 = (numbers: readonly number[]) => numbers.toSorted((a, b) => a - b)[Math.ceil(numbers.length * 0.95) - 1] as number;

describe('chat', () => {
  it(
    'keeps a conversation under its key with a time to live, and any replica goes on with it',
    () =>
      withChat(2, async ({ replicas: [one, other], redis, sql }) => {
        if (!one || !other) throw new Error('two replicas');
        const begun = await one.begin('alice', { time_zone: 'europe/berlin' });
        expect(begun.status).toBe(201);
        expect(begun.headers.get('location')).toBe(`/api/alice/chat/sessions/${begun.body.session_id}`);
        expect(begun.headers.get('x-degraded')).toBeNull();
        expect(schemaAt('http/chat-session.json')(begun.body)).toBe(true);
        const id = begun.body.session_id;
        const added = await one.say('alice', id, 'add buy milk tomorrow at 9');
        expect(added).toMatchObject({ status: 200, body: { session_id: id, degraded: false, task_ids: [1] } });
        expect(added.body.message.content).toMatch(/^Added “buy milk” \(#1\), due .*, 09:00 \(Europe\/Berlin\)\.$/);
        expect(schemaAt('http/chat-answer.json')(added.body)).toBe(true);

        // What "it" is, only the conversation knows.
        const done = await other.say('alice', id, 'complete it');
        expect(done.body).toMatchObject({ task_ids: [1], degraded: false, message: { content: 'Done: “buy milk” (#1).' } });
        expect(await sql`select completed from domain.tasks`).toEqual([{ completed: true }]);
        const events = await sql`select body->>'event_type' as type from domain.outbox order by seq`;
        expect(events.map(({ type }) => type)).toEqual(['task.created', 'task.completed']);
        for (const replica of [one, other]) {
          const { status, body } = await replica.read('alice', id);
          expect([status, words(body)]).toEqual([200, ['add buy milk tomorrow at 9', 'complete it']]);
        }

        const key = `conversation:alice:${id}`;
        const stored = await fetch(`${one.sidecar.url}/v1.0/state/statestore/${encodeURIComponent(key)}`);
        const state = await stored.json();
        expect(schemaAt('state/conversation.json')(state)).toBe(true);
        expect(state).toMatchObject({
          user_id: 'alice',
          session_id: id,
          context: { task_ids: [1], preferences: { time_zone: 'Europe/Berlin' } },
        });
        const ttl = Number(/^:(\d+)$/.exec(await askRedis(redis, 'TTL', `backend||${key}`))?.[1]);
        expect(ttl).toBeGreaterThan(3_500);
        expect(ttl).toBeLessThanOrEqual(3_600);

        expect((await other.call('alice', 'DELETE', `/api/alice/chat/sessions/${id}`)).status).toBe(204);
        expect(await askRedis(redis, 'EXISTS', `backend||${key}`)).toBe(':0');
        expect([(await one.read('alice', id)).status, (await other.read('alice', id)).status]).toEqual([404, 404]);
        expect((await one.say('alice', id, 'hello')).status).toBe(404);
        expect((await other.call('alice', 'DELETE', `/api/alice/chat/sessions/${id}`)).status).toBe(204);
      }),
    timeoutMs,
  );

  it(
    'two tabs on two replicas at once lose nothing, and repeated requests do nothing twice',
    () =>
      withChat(2, async ({ replicas, sql }) => {
        const [one, other] = replicas;
        if (!one || !other) throw new Error('two replicas');
        const id = (await one.begin('alice')).body.session_id;
        const texts = Array.from({ length: 10 }, (_, n) => `add task number ${n}`);
        const answers = await Promise.all(texts.map((text, n) => (n % 2 === 0 ? one : other).say('alice', id, text)));
        expect(answers.map(({ status, body }) => [status, body.degraded])).toEqual(texts.map(() => [200, false]));
        for (const replica of replicas)
          expect(words((await replica.read('alice', id)).body).toSorted()).toEqual(texts.toSorted());
        const { messages } = (await one.read('alice', id)).body;
        expect(messages.map((each) => each.timestamp)).toEqual(messages.map((each) => each.timestamp).toSorted());

        const key = { 'idempotency-key': 'again-and-again' };
        const [first, beside] = await Promise.all([
          one.say('alice', id, 'add only once', key),
          one.say('alice', id, 'add only once', key),
        ]);
        const later = await other.say('alice', id, 'add only once', key);
        expect(new Set([first, beside, later].map((each) => each.body.message.id)).size).toBe(1);
        expect(later.headers.get('idempotency-replayed')).toBe('true');
        const quoted = await other.say('alice', id, 'add only once', { 'idempotency-key': '"again-and-again"' });
        expect([quoted.body.message.id, quoted.headers.get('idempotency-replayed')]).toEqual([later.body.message.id, 'true']);
        expect([beside.body.task_ids, later.body.task_ids]).toEqual([first.body.task_ids, first.body.task_ids]);
        expect((await other.say('alice', id, 'add something else', key)).status).toBe(422);
        expect(await sql`select count(*)::int as count from domain.tasks where title = 'only once'`).toEqual([{ count: 1 }]);

        // The turn is kept after its deed: two replicas that get the same message at once both act, and only one of them does anything.
        const both = { 'idempotency-key': 'on-both' };
        const told = await Promise.all([one, other].map((replica) => replica.say('alice', id, 'add here and there', both)));
        expect(told.map(({ status }) => status)).toEqual([200, 200]);
        expect(told[0]?.body.task_ids).toEqual(told[1]?.body.task_ids);
        expect(await sql`select count(*)::int as count from domain.tasks where title = 'here and there'`).toEqual([{ count: 1 }]);
      }),
    timeoutMs,
  );

  it(
    'is for its owner only, in UUIDs only, and says what is wrong',
    () =>
      withChat(1, async ({ replicas: [one], redis }) => {
        if (!one) throw new Error('a replica');
        const id = (await one.begin('alice')).body.session_id;
        const problem = async (
          userId: string,
          method: string,
          path: string,
          body?: unknown,
          headers?: Record<string, string>,
        ) => {
          const answer = await one.call<Problem>(userId, method, path, body, headers);
          return [answer.status, answer.body.type];
        };
        const at = `/api/alice/chat/sessions/${id}`;
        expect(await problem('eve', 'GET', at)).toEqual([403, 'urn:problem:forbidden']);
        expect(await problem('eve', 'POST', `${at}/messages`, { content: 'list' })).toEqual([403, 'urn:problem:forbidden']);
        expect(await problem('eve', 'DELETE', at)).toEqual([403, 'urn:problem:forbidden']);
        expect(await problem('alice', 'GET', at, undefined, { authorization: '' })).toEqual([401, 'urn:problem:unauthenticated']);
        // The same session id under another user is another session.
        expect(await problem('eve', 'GET', `/api/eve/chat/sessions/${id}`)).toEqual([404, 'urn:problem:session-not-found']);
        for (const wrong of ['1', 'a'.repeat(36), `${id}0`]) {
          expect(await problem('alice', 'GET', `/api/alice/chat/sessions/${wrong}`)).toEqual([
            404,
            'urn:problem:session-not-found',
          ]);
        }
        expect((await one.read('alice', id.toUpperCase())).status).toBe(200);
        for (const body of [
          {},
          { content: '' },
          { content: 'x'.repeat(4_001) },
          { content: 'x', more: 1 },
          { content: 'a\0b' },
          [],
        ]) {
          expect(await problem('alice', 'POST', `${at}/messages`, body)).toEqual([400, 'urn:problem:invalid-input']);
        }
        expect(await problem('alice', 'POST', `${at}/messages`, { content: 'x'.repeat(100_000) })).toEqual([
          413,
          'urn:problem:body-too-large',
        ]);
        for (const bad of badKeys) {
          const told = await problem('alice', 'POST', `${at}/messages`, { content: 'list' }, { 'idempotency-key': bad });
          expect([bad, ...told]).toEqual([bad, 400, 'urn:problem:invalid-input']);
        }
        for (const good of goodKeys) {
          const { status } = await one.say('alice', id, 'list', { 'idempotency-key': good });
          expect([good, status]).toEqual([good, 200]);
        }
        expect(await problem('alice', 'POST', '/api/alice/chat/sessions', { time_zone: 'Mars/Base' })).toEqual([
          400,
          'urn:problem:invalid-input',
        ]);

        // Ids as identity providers make them: each user has sessions of their own, under keys that Dapr takes.
        for (const userId of ['auth0|5f7c', 'a:b', 'a||b', 'ä/ö %41', 'me@example.com']) {
          const begun = await one.begin(userId);
          expect([begun.status, begun.body.degraded]).toEqual([201, false]);
          expect((await one.say(userId, begun.body.session_id, 'add mine')).body.degraded).toBe(false);
          expect(words((await one.read(userId, begun.body.session_id)).body)).toEqual(['add mine']);
        }
        expect((await askRedis(redis, 'KEYS', 'backend||conversation:*')).match(/conversation:/g)).toHaveLength(6);
      }),
    timeoutMs,
  );

  it(
    'stays small, remembers what it was about, and is quick',
    () =>
      withChat(1, async ({ replicas: [one] }) => {
        if (!one) throw new Error('a replica');
        const id = (await one.begin('alice')).body.session_id;
        const texts = Array.from({ length: 40 }, (_, n) => `add ${String(n).padStart(3, '0')} ${'long '.repeat(30)}`);
        const ms: number[] = [];
        for (const text of texts) {
          const answer = await one.say('alice', id, text);
          expect(answer.body.degraded).toBe(false);
          ms.push(answer.ms);
        }
        const { messages }: ChatSession = (await one.read('alice', id)).body;
        expect(messages).toHaveLength(50);
        expect(messages.at(-2)?.content).toBe(texts.at(-1));
        const url = `${one.sidecar.url}/v1.0/state/statestore/${encodeURIComponent(`conversation:alice:${id}`)}`;
        const state = (await (await fetch(url)).json()) as { context: Record<string, unknown> };
        expect(state.context).toMatchObject({ summarised_count: 30, summary: expect.stringContaining('user: add 014') });
        // A message is a read and a save of the state and a transaction of the task. Far above what is usual, far below degraded.
        expect(p95(ms)).toBeLessThan(500);
      }),
    timeoutMs,
  );
});
