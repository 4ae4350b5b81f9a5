/** Whoever comes by another name is moved to the right one, and nobody is moved anywhere else. */
import { createServer, request, type Server } from 'node:http';
import { type AddressInfo, connect } from 'node:net';
import { text } from 'node:stream/consumers';
import { afterAll, describe, expect, it } from '@jest/globals';
import Router from '@koa/router';
import { pino } from 'pino';
import { createWeb } from '#kit/web/web.ts';
import { publicName } from '../../../impl/frontend/public-name.ts';

const servers: Server[] = [];
afterAll(() => {
  for (const server of servers) {
    server.closeAllConnections();
    server.close();
  }
});

async function serve(publicUrl: string): Promise<number> {
  const router = new Router();
  router.all(/.*/, (ctx) => {
    ctx.body = 'served';
  });
  const log = pino({ level: 'silent' });
  const web = createWeb({
    log,
    before: [publicName({ publicUrl: new URL(publicUrl), log })],
    routers: [router],
    readiness: [],
    stopping: () => false,
    deadlineMs: 5_000,
    appApiToken: 'secret',
  });
  const server = createServer(web.callback());
  servers.push(server);
  await new Promise<void>((done) => server.listen(0, '127.0.0.1', done));
  return (server.address() as AddressInfo).port;
}

interface Told {
  readonly status: number;
  readonly location: string | undefined;
  readonly cookies: readonly string[];
}

/** As it stands: fetch would tidy path and Host. */
const ask = (port: number, host: string, path = '/', { method = 'GET', headers = {} }: AskOptions = {}) =>
  new Promise<Told>((done, failed) => {
    const sent = request({ host: '127.0.0.1', port, method, path, headers: { host, ...headers }, agent: false }, (answer) => {
      const { statusCode: status = 0, headers: told } = answer;
      text(answer).then(() => done({ status, location: told.location, cookies: told['set-cookie'] ?? [] }), failed);
    });
    sent.on('error', failed);
    sent.end();
  });
interface AskOptions {
  readonly method?: string;
  readonly headers?: Readonly<Record<string, string>>;
}

/** Words on a bare connection; the first line of the answer, and where it leads. */
async function say(port: number, words: string): Promise<[string, string | undefined]> {
  const socket = connect({ host: '127.0.0.1', port });
  socket.write(words);
  const answer = await text(socket);
  return [answer.split('\r\n')[0] ?? '', /^location: (.*)$/im.exec(answer)?.[1]?.trim()];
}

const site = 'http://todo.example:3000';
const statusOf = async (told: Promise<Told>) => (await told).status;

describe('a page reached by its own name', () => {
  it.each([
    ['as it is', 'todo.example:3000'],
    ['in other letters', 'ToDo.EXAMPLE:3000'],
    ['at the port of a proxy', 'todo.example:8080'],
    ['without its port, as some proxies hand it on', 'todo.example'],
  ])('is served: %s', async (_what, host) => {
    expect(await ask(await serve(site), host)).toEqual({ status: 200, location: undefined, cookies: [] });
  });

  it.each([
    ['https://todo.example', 'todo.example'],
    ['https://todo.example', 'todo.example:443'],
    ['https://todo.example', 'todo.example:80'],
    ['http://todo.example', 'todo.example:80'],
    ['http://127.0.0.1:3000', '127.0.0.1:3000'],
    ['http://[::1]:3000', '[::1]:3000'],
  ])('is served: %s as %s, whatever ends TLS before it', async (publicUrl, host) => {
    expect(await statusOf(ask(await serve(publicUrl), host))).toBe(200);
  });
});

describe('a page reached by another name', () => {
  it.each([
    'localhost:3000',
    'localhost',
    '127.0.0.1:3000',
    '[::1]:3000',
    'todo.example.',
    'todo.example.:3000',
    'www.todo.example',
    'todo.example.evil.example',
    'not a host',
    'a:99999',
  ])('moves to the right one: %s', async (host) => {
    const told = await ask(await serve(site), host, '/deep/link?q=1&r=%2F');
    expect([told.status, told.location]).toEqual([307, `${site}/deep/link?q=1&r=%2F`]);
  });

  it.each([
    ['/', '/'],
    ['/?', '/'],
    ['/auth/login?return_to=%2F%23tasks', '/auth/login?return_to=%2F%23tasks'],
    ['/auth/callback?code=a&state=b', '/auth/callback?code=a&state=b'],
    ['/nothing', '/nothing'],
    ['/caf%C3%A9/%2e%2e%2Fx', '/caf%C3%A9/%2e%2e%2Fx'],
    ['/%zz', '/%zz'],
    ['//evil.example', '//evil.example'],
    ['///evil.example/', '///evil.example/'],
    ['/\\evil.example', '//evil.example'],
    ['/@evil.example', '/@evil.example'],
    ['/.evil.example', '/.evil.example'],
    ['/https://evil.example', '/https://evil.example'],
    ['http://evil.example/x?y', '/x?y'],
    ['http://evil.example', '/'],
  ])('keeps path and query, and nothing of where it leads: %s', async (path, there) => {
    const { location = '' } = await ask(await serve(site), 'evil.example', path);
    expect(location).toBe(site + there);
    expect(new URL(location).origin).toBe(site);
  });

  it('is the same for HEAD, and never kept by a cache', async () => {
    const port = await serve(site);
    expect(await ask(port, 'localhost', '/x', { method: 'HEAD' })).toMatchObject({ status: 307, location: `${site}/x` });
    const answer = await fetch(`http://127.0.0.1:${port}/x`, { redirect: 'manual' });
    expect([answer.status, answer.headers.get('cache-control')]).toEqual([307, 'no-store']);
  });

  it('is not told from a header that anybody may send', async () => {
    const port = await serve(site);
    const headers = { 'x-forwarded-host': 'evil.example', 'x-forwarded-proto': 'https', forwarded: 'host=evil.example' };
    expect(await ask(port, 'localhost', '/', { headers })).toMatchObject({ status: 307, location: `${site}/` });
    expect(await statusOf(ask(port, 'todo.example:3000', '/', { headers }))).toBe(200);
  });

  it('has no name at all in HTTP/1.0, and is served; HTTP/1.1 without one is no request', async () => {
    const port = await serve(site);
    expect(await say(port, 'GET / HTTP/1.0\r\n\r\n')).toEqual(['HTTP/1.1 200 OK', undefined]);
    expect(await say(port, 'GET / HTTP/1.1\r\nHost:\r\nConnection: close\r\n\r\n')).toEqual(['HTTP/1.1 200 OK', undefined]);
    expect((await say(port, 'GET / HTTP/1.1\r\nConnection: close\r\n\r\n'))[0]).toBe('HTTP/1.1 400 Bad Request');
  });

  it.each(['/api', '/api/session', '/api/stream', '/API/tasks', '/livez', '/readyz', '/metrics'])(
    'does not matter to who calls %s',
    async (path) => expect(await statusOf(ask(await serve(site), '10.0.0.7:3000', path))).toBe(200),
  );

  it.each(['/dapr/subscribe', '/events/task-updates', '/Events/x'])('does not matter to the sidecar at %s', async (path) => {
    const port = await serve(site);
    expect(await statusOf(ask(port, '127.0.0.1:3000', path, { headers: { 'dapr-api-token': 'secret' } }))).toBe(200);
    expect(await statusOf(ask(port, '127.0.0.1:3000', path))).toBe(401);
  });

  it.each(['POST', 'PUT', 'PATCH', 'DELETE', 'OPTIONS'])('does not send a %s elsewhere', async (method) => {
    expect(await statusOf(ask(await serve(site), 'localhost', '/auth/logout', { method }))).toBe(200);
  });
});

describe('a proxy that calls us by a name of its own', () => {
  it('gets each page, after one redirect and not in circles', async () => {
    const port = await serve(site);
    const cookieOf = ({ cookies }: Told) => cookies.map((line) => line.split(';')[0]).join('; ');
    const first = await ask(port, 'frontend:3000', '/a?b');
    const other = await ask(port, 'frontend:3000', '/c', { headers: { cookie: cookieOf(first) } });
    expect([first.status, other.status, other.location]).toEqual([307, 307, `${site}/c`]);
    const cookie = `${cookieOf(first)}; ${cookieOf(other)}`;
    for (const path of ['/a?b', '/c'])
      expect(await statusOf(ask(port, 'frontend:3000', path, { headers: { cookie } }))).toBe(200);
    // Seconds later it is somebody who typed the other name again.
    const expires = Date.parse(/expires=([^;]+)/i.exec(first.cookies[0] ?? '')?.[1] ?? '');
    expect(expires - Date.now()).toBeLessThanOrEqual(2_000);
  });
});
