/** The page's calls through two real sidecars: what goes on, what comes back, and what is refused here. */
import { request } from 'node:http';
import { text } from 'node:stream/consumers';
import { describe, expect, it, jest } from '@jest/globals';
import type { Task, TaskPage } from '#contracts/types.ts';
import { withPostgres } from '../scene.ts';
import { badKeys } from '../idempotency-keys.ts';
import { openBrowser } from './browser.ts';
import { withStage } from './stage.ts';

interface Echo {
  readonly method: string;
  readonly url: string;
  readonly headers: Record<string, string>;
  readonly body: unknown;
}

jest.setTimeout(60_000);

describe('gateway', () => {
  it('passes on the headers of FR-022 and no others, in both directions', async () => {
    await withStage({}, async (stage) => {
      await stage.standIn();
      const { url } = await stage.frontend();
      const browser = openBrowser();
      await browser.signIn(url, 'alice');
      const answer = await browser.call(
        'POST',
        `${url}/api/tasks?a=%2F&b=ä`,
        { title: 'ä', nested: [1] },
        {
          'x-request-id': 'r-1',
          'if-match': '"3"',
          'idempotency-key': 'k-1',
          'x-forwarded-user': 'root',
          'dapr-app-id': 'notification',
        },
      );
      const echo = (await answer.json()) as Echo;
      expect(echo).toMatchObject({ method: 'POST', url: '/api/alice/tasks?a=%2F&b=%C3%A4', body: { title: 'ä', nested: [1] } });
      expect(echo.headers).toMatchObject({
        'x-request-id': 'r-1',
        'content-type': 'application/json',
        'if-match': '"3"',
        'idempotency-key': 'k-1',
      });
      expect(echo.headers['authorization']).toMatch(/^Bearer [\w-]+\.[\w-]+\.[\w-]+$/);
      expect(echo.headers['dapr-caller-app-id']).toBe('frontend');
      for (const name of ['cookie', 'x-forwarded-user', 'x-requested-with', 'origin'])
        expect(echo.headers).not.toHaveProperty(name);
      expect(Object.fromEntries(answer.headers)).toMatchObject({
        etag: '"7"',
        'x-event-id': 'e-1',
        location: '/api/tasks/9',
        'x-request-id': 'r-1',
        'cache-control': 'no-store',
      });
      expect([answer.headers.get('x-internal'), answer.headers.getSetCookie()]).toEqual([null, []]);

      const keyOf = async (method: string, path: string) =>
        ((await (await browser.call(method, `${url}/api${path}`, {})).json()) as Echo).headers['idempotency-key'];
      const made = [await keyOf('POST', '/tasks'), await keyOf('POST', '/tasks'), await keyOf('PATCH', '/tasks/1')];
      expect(made[0]).toMatch(/^[\da-f-]{36}$/);
      expect(made[1]).not.toBe(made[0]);
      // Dapr repeats those as well, and a repeated one must not fail by its own first run.
      expect(made[2]).toMatch(/^[\da-f-]{36}$/);
      const read = (await (await browser.call('GET', `${url}/api/tasks/1`)).json()) as Echo;
      expect(read.headers).not.toHaveProperty('idempotency-key');
      // A repetition that meets its own first run: its answer is waited for, and is no failure.
      const met = await browser.call('POST', `${url}/api/tasks?do=underway:2`, {});
      expect([met.status, ((await met.json()) as Echo).headers['idempotency-key']]).toEqual([200, expect.any(String)]);
      for (const bad of badKeys) {
        const { status } = await browser.call('POST', `${url}/api/tasks`, {}, { 'idempotency-key': bad });
        expect([bad, status]).toEqual([bad, 400]);
      }
    });
  });

  it("reaches the user's own paths whatever the user is called, and no others", async () => {
    await withStage({}, async (stage) => {
      await stage.standIn();
      const { url } = await stage.frontend();
      for (const sub of ['auth0|64 ab', 'a/../b', 'ä%2F', 'x?y#z']) {
        const authorization = `Bearer ${await stage.identity.token({ sub })}`;
        const answer = await fetch(`${url}/api/tasks/7`, { headers: { authorization } });
        expect([sub, ((await answer.json()) as Echo).url]).toEqual([sub, `/api/${encodeURIComponent(sub)}/tasks/7`]);
      }
      const browser = openBrowser();
      await browser.signIn(url, 'alice');
      for (const path of [
        '/api/tasks/..%2F..%2Fbob%2Ftasks',
        '/api/tasks/%2e%2e',
        '/api/alice/tasks',
        '/api/tasks/1/other',
        '/api/openapi.json',
        '/api/',
      ])
        expect([path, (await browser.fetch(`${url}${path}`)).status]).toEqual([path, 404]);
      expect((await browser.call('PUT', `${url}/api/tasks`, {})).status).toBe(405);
    });
  });

  it('refuses what another site could have sent, and asks programs for a token', async () => {
    await withStage({}, async (stage) => {
      await stage.standIn();
      const { url } = await stage.frontend();
      const browser = openBrowser();
      await browser.signIn(url, 'alice');
      const post = async (headers: Record<string, string>, path = '/api/tasks') =>
        (
          await browser.fetch(`${url}${path}`, {
            method: 'POST',
            body: '{}',
            headers: { 'content-type': 'application/json', ...headers },
          })
        ).status;
      const marked = { 'x-requested-with': 'todo' };
      expect(await post({ ...marked, origin: url })).toBe(200);
      expect(await post({ origin: url })).toBe(403);
      expect(await post({ ...marked, origin: 'https://evil.example' })).toBe(403);
      expect(await post({ ...marked, origin: url, 'sec-fetch-site': 'cross-site' })).toBe(403);
      expect(await post(marked)).toBe(403);
      expect(await post({ origin: url }, '/auth/logout')).toBe(403);
      expect((await browser.fetch(`${url}/api/session`)).status).toBe(200);
      // A preflight is never allowed, so the header can't come from elsewhere.
      const preflight = await fetch(`${url}/api/tasks`, { method: 'OPTIONS', headers: { origin: 'https://evil.example' } });
      expect(preflight.headers.get('access-control-allow-origin')).toBeNull();

      const bearer = async (authorization: string) =>
        (
          await fetch(`${url}/api/tasks`, {
            method: 'POST',
            body: '{}',
            headers: { authorization, 'content-type': 'application/json' },
          })
        ).status;
      expect(await bearer(`Bearer ${await stage.identity.token({ sub: 'prog' })}`)).toBe(200);
      expect(await bearer(`Bearer ${await stage.identity.token({ sub: 'prog' }, { ttlS: -60 })}`)).toBe(401);
      expect(await bearer(`Bearer ${await stage.identity.token({ sub: 'prog' }, { audience: 'urn:other' })}`)).toBe(401);
      expect(await bearer('Basic ZGFwci1hcHAtaWQ6YmFja2VuZA==')).toBe(401);
      expect((await fetch(`${url}/api/tasks`)).status).toBe(401);
    });
  });

  it('lets no body or header through that is not what it should be', async () => {
    await withStage({}, async (stage) => {
      await stage.standIn();
      const { url } = await stage.frontend();
      const authorization = `Bearer ${await stage.identity.token({ sub: 'prog' })}`;
      const post = async (body: string, type = 'application/json') =>
        (await fetch(`${url}/api/tasks`, { method: 'POST', body, headers: { authorization, 'content-type': type } })).status;
      expect(await post('{"a":')).toBe(400);
      expect(await post('{"a":"\\u0000"}')).toBe(400);
      expect(await post('{}', 'text/plain')).toBe(415);
      expect(await post(JSON.stringify({ a: 'x'.repeat(70_000) }))).toBe(413);
      expect(await post(JSON.stringify({ a: 'x'.repeat(60_000) }))).toBe(200);
      // Ten times the limit without saying so first: refused in the middle, and not kept in memory.
      expect(await chunked(url, authorization, 640_000)).toBe(413);

      const odd = await fetch(`${url}/api/tasks`, { headers: { authorization, 'x-request-id': 'a b\u00e9' } });
      const echo = (await odd.json()) as Echo;
      expect(echo.headers['x-request-id']).toMatch(/^[\da-f-]{36}$/);
      expect((await fetch(`${url}/api/tasks`, { headers: { authorization, 'if-match': '"\u00e9"' } })).status).toBe(400);
      expect(await rawStatusLine(url, `GET /api/tasks HTTP/1.1\r\nHost: x\r\nIf-Match: a\rX-Evil: 1\r\n\r\n`)).toContain('400');
      expect(
        await rawStatusLine(
          url,
          `GET /api/tasks?x=%0d%0aX-Evil:1 HTTP/1.1\r\nHost: x\r\nAuthorization: ${authorization}\r\nConnection: close\r\n\r\n`,
        ),
      ).toContain('200');
    });
  });

  it('creates, lists and completes a task of the real backend, which checks the same token again', async () => {
    await withPostgres(async ({ databaseUrl }) => {
      await withStage({}, async (stage) => {
        await stage.backend(databaseUrl);
        const { url } = await stage.frontend();
        const browser = openBrowser();
        await browser.signIn(url, 'alice');
        const created = await browser.call('POST', `${url}/api/tasks`, { title: 'through two sidecars' });
        expect(created.status).toBe(201);
        const task = (await created.json()) as Task;
        expect(task).toMatchObject({ user_id: 'alice', title: 'through two sidecars', completed: false });
        expect(created.headers.get('location')).toBe(`/api/tasks/${task.id}`);
        expect(created.headers.get('x-event-id')).toMatch(/^[\da-f-]{36}$/);
        const done = await browser.call('POST', `${url}/api/tasks/${task.id}/complete`);
        expect([done.status, ((await done.json()) as Task).completed]).toEqual([200, true]);
        const list = (await (await browser.fetch(`${url}/api/tasks?limit=5`)).json()) as TaskPage;
        expect(list.items.map((each) => each.id)).toEqual([task.id]);
        const bad = await browser.call('POST', `${url}/api/tasks`, { title: '' });
        expect([bad.status, bad.headers.get('content-type')]).toEqual([400, 'application/problem+json']);
        expect((await browser.call('DELETE', `${url}/api/tasks/${task.id}`)).status).toBe(204);
        const bob = openBrowser();
        await bob.signIn(url, 'bob');
        expect((await bob.fetch(`${url}/api/tasks/${task.id}`)).status).toBe(404);
      });
    });
  });
});

function chunked(url: string, authorization: string, bytes: number): Promise<number> {
  return new Promise((done, failed) => {
    const sending = request(
      `${url}/api/tasks`,
      { method: 'POST', agent: false, headers: { authorization, 'content-type': 'application/json' } },
      (answer) => {
        text(answer).then(() => done(answer.statusCode ?? 0), failed);
      },
    );
    sending.on('error', failed);
    sending.end(`{"a":"${'x'.repeat(bytes)}"}`);
    sending.flushHeaders();
  });
}

async function rawStatusLine(url: string, text: string): Promise<string> {
  const { connect } = await import('node:net');
  const { hostname, port } = new URL(url);
  return new Promise((done, failed) => {
    const socket = connect(Number(port), hostname, () => socket.write(text));
    socket.once('data', (bytes) => {
      done(bytes.toString('latin1').split('\r\n')[0] ?? '');
      socket.destroy();
    });
    socket.on('error', failed);
  });
}
