import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import Router from '@koa/router';
import { AppError } from '#kit/web/errors.ts';
import { pino } from 'pino';
import { createWeb, jsonBody } from '#kit/web/web.ts';

let server: Server;
let url: string;
let stopping = false;
let databaseAnswers = true;

beforeAll(async () => {
  const router = new Router();
  router.post('/echo', jsonBody, (ctx) => {
    ctx.body = ctx.request.body;
  });
  router.get('/slow', () => new Promise<void>(() => {}));
  router.get('/for-friends', () => {
    throw new AppError('UNAUTHENTICATED');
  });
  router.get('/broken', () => {
    throw new Error('secret');
  });
  const ready = { name: 'database', test: async () => void (databaseAnswers || (await Promise.reject(new Error('away')))) };
  const app = createWeb({
    log: pino({ level: 'silent' }),
    routers: [router],
    readiness: [ready],
    stopping: () => stopping,
    deadlineMs: 100,
    appApiToken: undefined,
  });
  server = createServer(app.callback());
  await new Promise<void>((done) => server.listen(0, '127.0.0.1', done));
  url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
});
afterAll(() => {
  server.closeAllConnections();
  server.close();
});

const post = (body: string, type = 'application/json') =>
  fetch(`${url}/echo`, { method: 'POST', body, headers: { 'content-type': type } });

describe('web', () => {
  it.each([
    ['malformed JSON', '{"a":', 400],
    ['not an object', '"text"', 400],
    ['NUL in a value', '{"a":["\\u0000"]}', 400],
    ['NUL in a name', '{"\\u0000":1}', 400],
    ['half a surrogate pair', '{"a":"\\ud800"}', 400],
    ['too large', JSON.stringify({ a: 'x'.repeat(70_000) }), 413],
    ['very deep', `${'{"a":'.repeat(5_000)}1${'}'.repeat(5_000)}`, 400],
  ])('%s is a problem with status', async (_what, body, status) => {
    const answer = await post(body);
    expect(answer.headers.get('content-type')).toMatch('application/problem+json');
    expect(answer.status).toBe(status);
  });

  it('takes an escaped backslash before u0000, which is no NUL', async () => {
    expect((await post('{"a":"\\\\u0000"}')).status).toBe(200);
  });

  it('takes JSON only', async () => {
    expect((await post('a=1', 'application/x-www-form-urlencoded')).status).toBe(415);
  });

  it.each([
    ['GET', '/nowhere', 404],
    ['DELETE', '/echo', 405],
    ['GET', '/slow', 503],
    ['GET', '/broken', 500],
  ])('%s %s: a problem with status %i and no inner text', async (method, path, status) => {
    const answer = await fetch(url + path, { method });
    expect(answer.status).toBe(status);
    const problem = await answer.json();
    expect(problem).toMatchObject({ status, request_id: answer.headers.get('x-request-id') });
    expect(JSON.stringify(problem)).not.toContain('secret');
  });

  it('tells whoever is not known how to come in', async () => {
    const answer = await fetch(`${url}/for-friends`);
    expect([answer.status, answer.headers.get('www-authenticate')]).toEqual([401, 'Bearer']);
    expect((await fetch(`${url}/broken`)).headers.get('www-authenticate')).toBe(null);
  });

  it('keeps a sane request id and replaces another', async () => {
    const idFor = async (id: string) =>
      (await fetch(`${url}/livez`, { headers: { 'X-Request-ID': id } })).headers.get('x-request-id');
    expect(await idFor('abc-123')).toBe('abc-123');
    expect(await idFor('two words "')).toMatch(/^[\da-f-]{36}$/);
    expect(await idFor('x'.repeat(129))).toMatch(/^[\da-f-]{36}$/);
  });

  it('is ready while its checks pass, and not once it stops', async () => {
    const ready = async () => (await fetch(`${url}/readyz`)).status;
    expect(await ready()).toBe(200);
    databaseAnswers = false;
    expect(await ready()).toBe(503);
    databaseAnswers = true;
    stopping = true;
    const answer = await fetch(`${url}/readyz`);
    expect([answer.status, answer.headers.get('connection')]).toEqual([503, 'close']);
    stopping = false;
  });
});
