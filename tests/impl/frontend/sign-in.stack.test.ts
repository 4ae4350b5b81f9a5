/** Signing in at a real OpenID provider, sessions, and what the frontend refuses. */
import { get as httpGet, type IncomingHttpHeaders } from 'node:http';
import { randomBytes } from 'node:crypto';
import { text } from 'node:stream/consumers';
import { describe, expect, it, jest } from '@jest/globals';
import { openSeal, sealKeysOf } from '../../../impl/frontend/seal.ts';
import { openBrowser } from './browser.ts';
import { withStage } from './stage.ts';

const keysOf = (key: string) => sealKeysOf(key) ?? [];
const inAnHour = () => Math.floor(Date.now() / 1000) + 3600;

jest.setTimeout(60_000);

describe('signing in', () => {
  it('leads back to where one was, with a session that only this service can read', async () => {
    await withStage({}, async (stage) => {
      const { url } = await stage.frontend();
      const browser = openBrowser();
      const nobody = await browser.fetch(`${url}/api/session`);
      expect([nobody.status, nobody.headers.get('cache-control'), await nobody.json()]).toEqual([
        200,
        'no-store',
        { user_id: null, name: null, email: null, expires_at: null },
      ]);
      expect(await (await browser.fetch(`${url}/api/tasks`)).json()).toMatchObject({
        type: 'urn:problem:unauthenticated',
        status: 401,
      });
      // Who shows a token says who they are: that it is none is no answer to the question who is there.
      expect((await fetch(`${url}/api/session`, { headers: { authorization: 'Bearer a.b.c' } })).status).toBe(401);
      expect(await browser.signIn(url, 'alice', '/tasks?q=1#top')).toBe(`${url}/tasks?q=1#top`);
      const session = await browser.fetch(`${url}/api/session`);
      expect(session.headers.get('cache-control')).toBe('no-store');
      expect(await session.json()).toMatchObject({ user_id: 'alice', name: 'alice', email: 'alice@mail.example' });
      const cookie = browser.cookie(url);
      expect(cookie).toMatch(/^todo-session=[\w.-]+$/); // the attempt's own cookie is gone
      expect(cookie.length).toBeLessThan(4096);
      expect(Buffer.from(cookie, 'base64url').toString('latin1')).not.toContain('alice');

      const out = await browser.call('POST', `${url}/auth/logout`);
      const { location } = (await out.json()) as { location: string };
      expect(new URL(location).origin).toBe(stage.identity.issuer);
      expect(new URL(location).searchParams.get('post_logout_redirect_uri')).toBe(`${url}/`);
      expect((await browser.fetch(location)).status).toBe(200);
      expect(await userAt(url, browser.fetch)).toBeNull();
    });
  });

  it('takes several attempts at once, each once, and none of somebody else', async () => {
    await withStage({}, async (stage) => {
      const { url } = await stage.frontend();
      const browser = openBrowser();
      const begin = async (path: string) =>
        (await browser.fetch(`${url}/auth/login?return_to=${path}`)).headers.get('location') as string;
      const attempts = [await begin('/one'), await begin('/two')];
      const states = attempts.map((location) => new URL(location).searchParams.get('state'));
      expect(new Set(states).size).toBe(2);
      expect(new URL(attempts[0] as string).searchParams.get('code_challenge_method')).toBe('S256');

      expect(await browser.signIn(url, 'alice', '/three')).toBe(`${url}/three`);
      // The provider knows her now: the first tab goes through without a question.
      let at = attempts[0] as string;
      let callback = '';
      while (!at.endsWith('/one')) {
        if (at.startsWith(`${url}/auth/callback`)) callback = at;
        at = new URL((await browser.fetch(at)).headers.get('location') as string, at).href;
      }
      expect(at).toBe(`${url}/one`);
      // The same address again, and in a browser that never began: an attacker's link signs nobody in.
      expect((await browser.fetch(callback)).status).toBe(401);
      expect((await openBrowser().fetch(callback)).status).toBe(401);
      const back = await browser.fetch(callback, { headers: { accept: 'text/html,*/*;q=0.8' } });
      expect([back.status, back.headers.get('location'), back.headers.getSetCookie()]).toEqual([302, '/', []]);
      for (const query of ['', '?state=x', '?code=x', `?code=x&state=${states[1]}&iss=https://evil.example`, '?state=a&state=b'])
        expect([query, (await browser.fetch(`${url}/auth/callback${query}`)).status]).toEqual([query, 401]);
      // However many attempts are begun, the request header stays small.
      for (let count = 0; count < 20; count += 1) await begin('/');
      expect(browser.cookie(`${url}/auth/login`).match(/todo-sign-in-/g)?.length).toBeLessThanOrEqual(5);
    });
  });

  it('begins under the one name that its session will have, whichever name the page was opened by', async () => {
    await withStage({}, async (stage) => {
      const { url } = await stage.frontend();
      const { port } = new URL(url);
      const browser = openBrowser();
      const login = '/auth/login?return_to=%2F%23activity';
      for (const host of [`localhost:${port}`, 'localhost', `[::1]:${port}`]) {
        const told = await raw(url, login, { host });
        expect([host, told.status, told.headers.location]).toEqual([host, 307, `${url}${login}`]);
        expect((await raw(url, '/api/tasks', { host })).status).toBe(401);
      }
      expect(await browser.signIn(url, 'alice', '/#activity')).toBe(`${url}/#activity`);
      expect(await userAt(url, browser.fetch)).toBe('alice');
    });
  });

  it('never sends anybody to another site', async () => {
    await withStage({}, async (stage) => {
      const { url } = await stage.frontend();
      for (const path of ['//evil.example', 'https://evil.example', '/\\evil.example', '/%09/evil.example', '/.//evil.example']) {
        expect([path, await openBrowser().signIn(url, 'bob', path)]).toEqual([
          path,
          path === '/%09/evil.example' ? `${url}${path}` : `${url}/`,
        ]);
      }
    });
  });

  it('takes no session that was changed, is over, was made with another key or for another purpose; and goes on with an old key', async () => {
    await withStage({}, async (stage) => {
      const newer = randomBytes(32).toString('base64url');
      const { url } = await stage.frontend({ SESSION_KEYS: `${newer},${stage.sessionKey}` });
      const content = { sub: 'alice', name: 'alice', email: null, token: await stage.identity.token({ sub: 'alice' }) };
      const user = (value: string) => userAt(url, (at) => fetch(at, { headers: { cookie: `todo-session=${value}` } }));
      const older = openSeal(keysOf(stage.sessionKey));
      const good = await older.seal('session', content, inAnHour());
      expect(await user(good)).toBe('alice');
      expect(await user(`${good.slice(0, -8)}AAAAAAAA`)).toBeNull();
      expect(await user(await older.seal('session', content, inAnHour() - 3601))).toBeNull();
      expect(await user(await older.seal('sign-in', content, inAnHour()))).toBeNull();
      expect(
        await user(await openSeal(keysOf(randomBytes(32).toString('base64url'))).seal('session', content, inAnHour())),
      ).toBeNull();
      expect(await user('')).toBeNull();
    });
  });

  it('is not possible while the provider is away, and is again without a restart; the page is there all the time', async () => {
    await withStage({}, async (stage) => {
      await stage.identity.kill();
      const { url } = await stage.frontend();
      expect(await (await fetch(`${url}/auth/login`)).json()).toMatchObject({
        type: 'urn:problem:identity-unavailable',
        status: 503,
      });
      expect((await fetch(url)).status).toBe(200);
      await stage.identity.revive();
      expect(await openBrowser().signIn(url, 'alice')).toBe(`${url}/`);
    });
  });
});

describe('the site', () => {
  it('gives the page and its modules, to be asked for again each time, and nothing beside them', async () => {
    await withStage({}, async (stage) => {
      const { url } = await stage.frontend();
      const index = await fetch(url);
      expect([index.status, index.headers.get('content-type')]).toEqual([200, 'text/html; charset=utf-8']);
      expect(index.headers.get('cache-control')).toBe('no-cache');
      const etag = index.headers.get('etag') as string;
      expect((await raw(url, '/', { 'if-none-match': etag })).status).toBe(304);
      expect((await fetch(url, { method: 'HEAD' })).headers.get('etag')).toBe(etag);
      for (const module of ['preact', 'hooks', 'htm']) {
        const answer = await fetch(`${url}/vendor/${module}.js`);
        expect([answer.status, answer.headers.get('content-type')]).toEqual([200, 'text/javascript; charset=utf-8']);
        expect(await answer.text()).toMatch(/export/);
      }
      // What browsers and crawlers ask for without being told to.
      for (const [path, type] of [
        ['/favicon.ico', 'image/x-icon'],
        ['/favicon.svg', 'image/svg+xml'],
        ['/apple-touch-icon.png', 'image/png'],
        ['/apple-touch-icon-precomposed.png', 'image/png'],
        ['/robots.txt', 'text/plain; charset=utf-8'],
        ['/manifest.webmanifest', 'application/manifest+json; charset=utf-8'],
      ] as const) {
        const answer = await fetch(url + path);
        expect([path, answer.status, answer.headers.get('content-type')]).toEqual([path, 200, type]);
        expect((await answer.arrayBuffer()).byteLength).toBeGreaterThan(20);
      }
      for (const path of [
        '/nothing',
        '/vendor/axios.js',
        '/../frontend.ts',
        '/%2e%2e/frontend.ts',
        '/..%2ffrontend.ts',
        '/page/index.html',
        '/main.ts',
      ])
        expect([path, (await raw(url, path)).status]).toEqual([path, 404]);
    });
  });

  it('tells the browser what this page may not do, with every answer', async () => {
    await withStage({}, async (stage) => {
      const { url } = await stage.frontend();
      for (const path of ['/', '/nothing', '/api/tasks', '/vendor/htm.js']) {
        const { headers } = await fetch(`${url}${path}`);
        const policy = headers.get('content-security-policy') ?? '';
        expect(policy).toMatch(/default-src 'none';script-src 'self' 'sha256-[\w+/=]+'/);
        expect(policy).not.toMatch(/unsafe|\*/);
        expect(policy).toContain(`form-action 'self' ${stage.identity.issuer}`);
        expect(headers.get('x-content-type-options')).toBe('nosniff');
        expect(headers.get('permissions-policy')).toContain('camera=()');
        // Over plain HTTP browsers must ignore it, and http://localhost must stay usable.
        expect(headers.get('strict-transport-security')).toBeNull();
      }
    });
  });

  it('behind TLS: secure cookies under the protected name, and HSTS', async () => {
    await withStage({}, async (stage) => {
      const { url } = await stage.frontend({ PUBLIC_URL: 'https://todo.example' });
      // As the proxy hands it on, which ends TLS.
      const login = await raw(url, '/auth/login', { host: 'todo.example' });
      expect(login.headers['set-cookie']?.[0]).toMatch(/; secure.*; httponly|; httponly.*; secure/i);
      expect(login.headers['strict-transport-security']).toContain('max-age=31536000');
      expect(new URL(login.headers.location ?? '').searchParams.get('redirect_uri')).toBe('https://todo.example/auth/callback');
      const sealed = await openSeal(keysOf(stage.sessionKey)).seal(
        'session',
        { sub: 'a', name: null, email: null, token: await stage.identity.token({ sub: 'a' }) },
        inAnHour(),
      );
      const user = (name: string) => userAt(url, (at) => fetch(at, { headers: { cookie: `${name}=${sealed}` } }));
      expect([await user('__Host-todo-session'), await user('todo-session')]).toEqual(['a', null]);
    });
  });
});

/** Who is signed in, as the page asks for it. */
async function userAt(url: string, ask: (url: string) => Promise<Response>): Promise<string | null> {
  const { user_id } = (await (await ask(`${url}/api/session`)).json()) as { user_id: string | null };
  return user_id;
}

/** As it stands: fetch would resolve the dots, and say of its own that it wants nothing cached. */
const raw = (url: string, path: string, headers: Record<string, string> = {}) =>
  new Promise<{ readonly status: number; readonly headers: IncomingHttpHeaders }>((done, failed) => {
    const { hostname, port } = new URL(url);
    httpGet({ hostname, port, path, headers, agent: false }, (answer) => {
      text(answer).then(() => done({ status: answer.statusCode ?? 0, headers: answer.headers }), failed);
    }).on('error', failed);
  });
