/** What a user may say to this service, over HTTP, with a database behind it. */
import { describe, expect, it } from '@jest/globals';
import type { NoticePage, Preferences, Problem } from '#contracts/types.ts';
import { schemaAt } from '#kit/schemas.ts';
import { deliver, reminderDue, withStage } from './stage.ts';

describe('the API of notification', () => {
  it('keeps preferences and browsers, each only for its owner', async () => {
    await withStage(async (stage) => {
      const replica = await stage.notification(0);
      const call = (method: string, path: string, body?: unknown, user = 'ann') => stage.call(replica, user, method, path, body);

      const none = { user_id: 'ann', email: null, channels: ['push'], push_subscriptions: 0, updated_at: null };
      expect(await call('GET', '/preferences')).toEqual({ status: 200, body: none });
      const put = await call('PUT', '/preferences', { email: 'ann@mail.example', channels: ['email', 'push'] });
      expect(put).toMatchObject({ status: 200, body: { email: 'ann@mail.example', channels: ['email', 'push'] } });
      expect(schemaAt<Preferences>('http/preferences.json')(put.body)).toBe(true);
      expect((await call('GET', '/preferences')).body).toEqual(put.body);
      expect((await call('GET', '/preferences', undefined, 'bob')).body).toMatchObject({ user_id: 'bob', email: null });

      const browser = await stage.sink.subscribe('ok-1');
      expect(await call('POST', '/push-subscriptions', browser)).toMatchObject({ status: 201, body: { push_subscriptions: 1 } });
      expect(await call('POST', '/push-subscriptions', browser)).toMatchObject({ status: 201, body: { push_subscriptions: 1 } });
      // Another user can't take away what is not theirs; but whoever signs in at the same browser gets it.
      expect(await call('DELETE', '/push-subscriptions', { endpoint: browser.endpoint }, 'bob')).toMatchObject({ status: 204 });
      expect((await call('GET', '/preferences')).body).toMatchObject({ push_subscriptions: 1 });
      await call('POST', '/push-subscriptions', browser, 'bob');
      expect((await call('GET', '/preferences')).body).toMatchObject({ push_subscriptions: 0 });
      for (let time = 0; time < 2; time++)
        expect(await call('DELETE', '/push-subscriptions', { endpoint: browser.endpoint }, 'bob')).toMatchObject({ status: 204 });
      expect((await call('GET', '/preferences', undefined, 'bob')).body).toMatchObject({ push_subscriptions: 0 });

      for (let browsers = 0; browsers < 12; browsers++) await stage.subscribe(replica, 'ann', `many-${browsers}`);
      expect((await call('GET', '/preferences')).body).toMatchObject({ push_subscriptions: 10 });

      const key = await call('GET', '/push-key');
      expect(Buffer.from((key.body as { public_key: string }).public_key, 'base64url')).toHaveLength(65);
      // All replicas sign with the same keys.
      const second = await stage.notification(1);
      expect(await stage.call(second, 'bob', 'GET', '/push-key')).toEqual(key);
    });
  }, 60_000);

  it('refuses what it can not keep, and everybody but the owner', async () => {
    await withStage(async (stage) => {
      const replica = await stage.notification(0);
      const refusal = async (method: string, path: string, body?: unknown) => {
        const answer = await stage.call(replica, 'ann', method, path, body);
        const problem = answer.body as Problem;
        expect(schemaAt('http/problem.json')(problem)).toBe(true);
        return [answer.status, problem.type, ...(problem.errors ?? []).map((each) => each.pointer)];
      };
      const invalid = 'urn:problem:invalid-input';
      const put = (body: unknown) => refusal('PUT', '/preferences', body);
      expect(await put({ email: 'no address', channels: [] })).toEqual([400, invalid, '/email']);
      expect(await put({ email: 'a@mail.example\r\nBcc: b@mail.example', channels: [] })).toEqual([400, invalid, '/email']);
      expect(await put({ email: 'a@mail.example,b@mail.example', channels: [] })).toEqual([400, invalid, '/email']);
      expect(await put({ email: null, channels: ['email'] })).toEqual([400, invalid, '/email']);
      expect(await put({ email: null, channels: ['sms'] })).toEqual([400, invalid, '/channels/0']);
      expect(await put({ email: null })).toEqual([400, invalid, '']);

      const { keys, endpoint } = await stage.sink.subscribe('ok-1');
      const subscribe = (body: unknown) => refusal('POST', '/push-subscriptions', body);
      const { port } = new URL(endpoint);
      for (const elsewhere of [
        'https://169.254.169.254/latest/meta-data/',
        'https://localhost/push/1',
        `https://127.0.0.1/push/1`,
        `https://user:pass@127.0.0.1:${port}/push/1`,
        `https://127.0.0.1:${port}@evil.example/push/1`,
        `https://evil.example\\@127.0.0.1:${port}/push/1`,
        `https://127.0.0.1.evil.example:${port}/push/1`,
        'https://fcm.googleapis.com.evil.example/x',
      ])
        expect(await subscribe({ endpoint: elsewhere, keys })).toEqual([400, invalid, '/endpoint']);
      expect(await subscribe({ endpoint: `http://127.0.0.1:${port}/push/1`, keys })).toEqual([400, invalid, '/endpoint']);
      const wrongPoint = Buffer.alloc(65, 7).toString('base64url');
      expect(await subscribe({ endpoint, keys: { ...keys, p256dh: wrongPoint } })).toEqual([400, invalid, '/keys']);
      expect(await refusal('DELETE', '/push-subscriptions', {})).toEqual([400, invalid, '']);
      for (const limit of ['0', '101', 'x', '1&limit=2', '1&limits=2'])
        expect(await refusal('GET', `/notices?limit=${limit}`)).toEqual([400, invalid]);

      const headers = await stage.headersOf('mallory');
      for (const [method, path] of [
        ['GET', 'preferences'],
        ['PUT', 'preferences'],
        ['POST', 'push-subscriptions'],
        ['DELETE', 'push-subscriptions'],
        ['GET', 'push-key'],
        ['GET', 'notices'],
      ] as const) {
        const url = `${replica.url}/api/ann/${path}`;
        expect((await fetch(url, { method, headers })).status).toBe(403);
        expect((await fetch(url, { method })).status).toBe(401);
      }
    });
  }, 60_000);

  it('tells what happened, newest first, and only to whom it happened', async () => {
    await withStage(async (stage) => {
      const replica = await stage.notification(0);
      const events = ['one', 'two', 'three'].map((task_title) => reminderDue('ann', { task_title }));
      for (const event of [...events, reminderDue('bob')]) await deliver(replica, event);
      const { body } = await stage.call(replica, 'ann', 'GET', '/notices?limit=2');
      expect(schemaAt<NoticePage>('http/notice-page.json')(body)).toBe(true);
      expect((body as NoticePage).items.map((item) => item.title)).toEqual(['three', 'two']);
    });
  }, 60_000);
});
