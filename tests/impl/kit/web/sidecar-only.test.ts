/** Below the sidecar's addresses a stranger hears one thing, whatever is there. */
import { createServer, request, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { json } from 'node:stream/consumers';
import { afterAll, describe, expect, it } from '@jest/globals';
import Router from '@koa/router';
import { pino } from 'pino';
import { isSidecarPath } from '#kit/web/sidecar-only.ts';
import { createWeb } from '#kit/web/web.ts';

const servers: Server[] = [];
afterAll(() => {
  for (const server of servers) {
    server.closeAllConnections();
    server.close();
  }
});

async function serve(appApiToken: string | undefined): Promise<number> {
  const router = new Router();
  router.post('/events/task-events', (ctx) => {
    ctx.body = { status: 'SUCCESS' };
  });
  router.get('/eventscape', (ctx) => {
    ctx.body = {};
  });
  const log = pino({ level: 'silent' });
  const web = createWeb({ log, routers: [router], readiness: [], stopping: () => false, deadlineMs: 5_000, appApiToken });
  const server = createServer(web.callback());
  servers.push(server);
  await new Promise<void>((done) => server.listen(0, '127.0.0.1', done));
  return (server.address() as AddressInfo).port;
}

/** As it stands: fetch would tidy the path. */
const ask = (port: number, method: string, path: string, token?: string, caller?: string) =>
  new Promise<{ status: number; type: unknown }>((done, failed) => {
    const headers = {
      ...(token !== undefined && { 'dapr-api-token': token }),
      ...(caller !== undefined && { 'dapr-caller-app-id': caller }),
    };
    const sent = request({ host: '127.0.0.1', port, method, path, headers, agent: false }, (answer) => {
      const status = answer.statusCode ?? 0;
      if (method === 'HEAD') done({ status, type: undefined });
      else json(answer).then((body) => done({ status, type: (body as { type?: unknown }).type }), failed);
    });
    sent.on('error', failed);
    sent.end();
  });

describe('the addresses of the sidecar', () => {
  it.each([
    '/dapr',
    '/dapr/',
    '/events',
    '/events/x/y',
    '/Dapr/subscribe',
    '/EVENTS/x',
    '/%65vents/x',
    '/events%2fx',
    '/events/%zz',
  ])('hold %s', (path) => expect(isSidecarPath(path)).toBe(true));

  it.each(['/', '/eventscape', '/daprs/x', '/api/events', '/api/dapr/x', '//events/x', '/%zz'])('do not hold %s', (path) =>
    expect(isSidecarPath(path)).toBe(false),
  );

  it('tell a stranger the same thing, whichever address and method', async () => {
    const port = await serve('secret');
    const paths = ['/events/task-events', '/Events/Task-Events/', '/events/nothing', '/events', '/dapr/subscribe', '/events/%zz'];
    for (const path of paths)
      for (const method of ['GET', 'POST', 'PUT', 'PATCH', 'DELETE', 'OPTIONS', 'HEAD', 'PROPFIND'])
        for (const token of [undefined, '', 'guess', 'secreT', 'secret2'])
          expect([path, method, token, await ask(port, method, path, token)]).toEqual([
            path,
            method,
            token,
            { status: 401, type: method === 'HEAD' ? undefined : 'urn:problem:sidecar-only' },
          ]);
  });

  it('tell the sidecar what is there', async () => {
    const port = await serve('secret');
    expect(await ask(port, 'POST', '/events/task-events', 'secret')).toEqual({ status: 200, type: undefined });
    expect(await ask(port, 'GET', '/events/task-events', 'secret')).toMatchObject({ status: 405 });
    expect(await ask(port, 'GET', '/events/nothing', 'secret')).toMatchObject({ status: 404 });
    expect(await ask(port, 'GET', '/eventscape')).toMatchObject({ status: 200 });
  });

  it.each([['secret'], [undefined]])('are closed to what another app calls through the sidecar (token: %s)', async (token) => {
    const port = await serve(token);
    expect(await ask(port, 'POST', '/events/task-events', token, 'frontend')).toEqual({
      status: 401,
      type: 'urn:problem:sidecar-only',
    });
    expect(await ask(port, 'GET', '/eventscape', token, 'frontend')).toMatchObject({ status: 200 });
  });

  it('are open where no token is set', async () => {
    const port = await serve(undefined);
    expect(await ask(port, 'POST', '/events/task-events')).toMatchObject({ status: 200 });
  });
});
