/** The chat while Redis is killed or stopped: answered within two seconds, nothing lost, everything back in its place after. */
import { mkdir, rm } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { describe, expect, it } from '@jest/globals';
import { until } from '../../../../harness/process/until.ts';
import type { ChatSession } from '#contracts/types.ts';
import { type Answered, askRedis, type ChatReplica, withChat, words } from './stage.ts';

const timeoutMs = 240_000;
const answerMsMax = 2_000;
const soon = { everyMs: 50, giveUpMs: 60_000 };

const merged = (replica: ChatReplica, userId: string, sessionId: string, texts: readonly string[]) =>
  until(
    'the conversation is in the store',
    async () => {
      const key = `conversation:${userId}:${sessionId}`;
      const answer = await fetch(`${replica.sidecar.url}/v1.0/state/statestore/${encodeURIComponent(key)}`);
      const state = (await answer.json()) as ChatSession;
      const said = words(state);
      if (JSON.stringify(said) !== JSON.stringify(texts)) throw new Error(JSON.stringify(said));
      return state;
    },
    soon,
  );

describe('chat while Redis', () => {
  it.each([
    ['is killed', 'kill', 'revive'],
    ['is stopped', 'pause', 'resume'],
  ] as const)(
    '%s',
    (_, hurt, heal) =>
      withChat(2, async ({ replicas: [one, other], redis }) => {
        if (!one || !other) throw new Error('two replicas');
        const known = (await one.begin('alice')).body.session_id;
        const gone = (await one.begin('alice')).body.session_id;
        const foreign = (await other.begin('alice')).body.session_id;
        await one.say('alice', known, 'add buy milk');
        await one.say('alice', gone, 'add nothing of interest');
        await other.say('alice', foreign, 'add from elsewhere');

        await redis[hurt]();
        const ms: number[] = [];
        const degraded = async <T>(answer: Promise<Answered<T>>, status = 200): Promise<T> => {
          const seen = await answer;
          ms.push(seen.ms);
          expect([seen.status, seen.headers.get('x-degraded')]).toEqual([status, 'true']);
          return seen.body;
        };
        // Known from before: its context is still there.
        const done = await degraded(one.say('alice', known, 'complete it'));
        expect(done).toMatchObject({ degraded: true, message: { content: expect.stringMatching(/^Done: “buy milk”/) } });
        // Begun now, and spoken to at once from many tabs.
        const fresh = (await degraded(one.begin('alice'), 201)).session_id;
        const tabs = Array.from({ length: 5 }, (_, n) => `add from tab ${n}`);
        await Promise.all(tabs.map((text) => degraded(one.say('alice', fresh, text))));
        // Never seen by this replica: without its history, and not lost.
        await degraded(one.say('alice', foreign, 'add without history'));
        // Deleted: gone for its user at once.
        await degraded(one.call('alice', 'DELETE', `/api/alice/chat/sessions/${gone}`), 204);
        expect((await one.read('alice', gone)).status).toBe(404);
        expect((await one.say('alice', gone, 'hello')).status).toBe(404);
        // Over the time in which it is not even tried, so that trying again is seen too.
        const startedAt = performance.now();
        const more: string[] = [];
        while (performance.now() - startedAt < 4_000) {
          const text = `add more ${more.length}`;
          await degraded(one.say('alice', known, text));
          more.push(text);
          if (more.length >= 15) break;
          await new Promise((tick) => setTimeout(tick, 150)); // a user types
        }
        expect((await degraded(one.read('alice', known))).messages).toHaveLength(4 + 2 * more.length);
        expect(Math.max(...ms)).toBeLessThan(answerMsMax);

        await redis[heal]();
        await merged(other, 'alice', known, ['add buy milk', 'complete it', ...more]);
        await merged(other, 'alice', foreign, ['add from elsewhere', 'add without history']);
        await until(
          'the new one is stored',
          async () => ((await other.read('alice', fresh)).status === 200 ? true : undefined),
          soon,
        );
        expect(words((await other.read('alice', fresh)).body).toSorted()).toEqual(tabs);
        await until(
          'the deleted one is gone',
          async () => ((await askRedis(redis, 'EXISTS', `backend||conversation:alice:${gone}`)) === ':0' ? true : undefined),
          soon,
        );
        // Both replicas are back to normal, and nothing is there twice.
        for (const replica of [one, other]) {
          const answer = await until(
            'no longer degraded',
            async () => {
              const seen = await replica.read('alice', known);
              return seen.status === 200 && !seen.body.degraded ? seen : undefined;
            },
            soon,
          );
          expect(words(answer.body)).toEqual(['add buy milk', 'complete it', ...more]);
          expect(new Set(answer.body.messages.map((message) => message.id)).size).toBe(answer.body.messages.length);
        }
      }),
    timeoutMs,
  );

  it(
    'is away when a replica is told to stop: it merges one last time',
    () =>
      withChat(2, async ({ replicas: [one, other], redis }) => {
        if (!one || !other) throw new Error('two replicas');
        const id = (await one.begin('alice')).body.session_id;
        await redis.pause();
        expect((await one.say('alice', id, 'add last words')).body.degraded).toBe(true);
        await redis.resume();
        await one.stop();
        await merged(other, 'alice', id, ['add last words']);
      }),
    timeoutMs,
  );

  it(
    'dies and has lost everything: what this replica knows of a conversation goes back',
    () =>
      withChat(1, async ({ replicas: [one], redis }) => {
        if (!one) throw new Error('a replica');
        const id = (await one.begin('alice')).body.session_id;
        await one.say('alice', id, 'add before');
        await redis.kill();
        await one.say('alice', id, 'add meanwhile');
        const folder = join(dirname(redis.logFile), '../redis');
        await rm(folder, { recursive: true });
        await mkdir(folder);
        await redis.revive();
        await merged(one, 'alice', id, ['add before', 'add meanwhile']);
      }),
    timeoutMs,
  );

  it(
    'works but the sidecar is killed: the same',
    () =>
      withChat(2, async ({ replicas: [one, other] }) => {
        if (!one || !other) throw new Error('two replicas');
        const id = (await one.begin('alice')).body.session_id;
        await one.sidecar.kill();
        const answer = await one.say('alice', id, 'add without a sidecar');
        expect(answer.body.degraded).toBe(true);
        expect(answer.ms).toBeLessThan(answerMsMax);
        await one.sidecar.revive();
        await merged(other, 'alice', id, ['add without a sidecar']);
      }),
    timeoutMs,
  );
});
