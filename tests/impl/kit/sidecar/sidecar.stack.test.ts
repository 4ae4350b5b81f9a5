/** The client against the real daprd: state on Redis, before and after it is killed, and calls from app to app. */
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { describe, expect, it } from '@jest/globals';
import { pino } from 'pino';
import { claimPorts } from '#harness/process/ports.ts';
import type { Scope } from '#harness/process/scope.ts';
import { until } from '#harness/process/until.ts';
import type { Outcome } from '#kit/sidecar/outcome.ts';
import { withRequestId } from '#kit/web/request-id.ts';
import { type InvokeAnswer, openSidecar, type Sidecar, type SidecarOptions } from '#kit/sidecar/sidecar.ts';
import { startSidecar, statestore, withRedis, withScope } from '../../scene.ts';

const apiToken = 'sidecar-token-of-the-test';
const store = 'statestore';
const answerMsMax = 2_000;

function openClient(scope: Scope, options: Partial<SidecarOptions> & { port: number }): Sidecar {
  const client = openSidecar({ timeoutMs: 1_000, apiToken, ...options });
  scope.defer('close the client', async () => client.close());
  return client;
}

describe('state on Redis', () => {
  it('keeps its promises while Redis works, and answers in time when it does not', async () => {
    await withScope(async (scope) => {
      await withRedis({ scope }, async (redis) => {
        const [appPort] = (await claimPorts(scope, 1)) as [number];
        const components = [statestore(redis)];
        const daprd = await startSidecar(scope, { title: 'sidecar', appId: 'backend', appPort, components, apiToken });
        const lines: string[] = [];
        const log = pino(
          { level: 'info' },
          { write: (text: string) => void lines.push((JSON.parse(text) as { msg: string }).msg) },
        );
        const breaker = { failuresMax: 3, openMs: 500 };
        const sidecar = openClient(scope, { port: daprd.httpPort, breaker, log });

        expect(await sidecar.getState(store, 'none')).toEqual({ type: 'ok', value: null });
        expect(await sidecar.saveState(store, 'a', { n: 1 }, { etag: null })).toEqual({ type: 'ok', value: null });
        const conflict = { type: 'fail', code: 'STATE_CONFLICT', heals: true };
        expect(await sidecar.saveState(store, 'a', { n: 2 }, { etag: null })).toEqual(conflict);
        const first = await read<{ n: number }>(sidecar, 'a');
        expect(first.value).toEqual({ n: 1 });
        expect(await sidecar.saveState(store, 'a', { n: 3 }, { etag: first.etag })).toEqual({ type: 'ok', value: null });
        expect(await sidecar.saveState(store, 'a', { n: 4 }, { etag: first.etag })).toEqual(conflict);
        const second = await read<{ n: number }>(sidecar, 'a');
        expect(second.value).toEqual({ n: 3 });
        expect(second.etag).not.toBe(first.etag);

        // Keys and values of any shape.
        expect(await sidecar.saveState(store, 'u/ü ?#%2F', ['ü', null], {})).toEqual({ type: 'ok', value: null });
        expect((await read(sidecar, 'u/ü ?#%2F')).value).toEqual(['ü', null]);

        expect(await sidecar.saveState(store, 'short', 'x', { etag: null, ttlS: 1 })).toEqual({ type: 'ok', value: null });
        expect((await read(sidecar, 'short')).value).toBe('x');
        await until('it is over', async () => ((await get(sidecar, 'short')) === null ? true : undefined), {
          everyMs: 50,
          giveUpMs: 5_000,
        });

        expect(await sidecar.deleteState(store, 'a')).toEqual({ type: 'ok', value: null });
        expect(await get(sidecar, 'a')).toBeNull();
        expect(await sidecar.deleteState(store, 'a')).toEqual({ type: 'ok', value: null });
        expect(await sidecar.getState('other', 'a')).toMatchObject({ type: 'fail', code: 'ERR_STATE_STORE_NOT_FOUND' });

        // A sidecar that wants a token takes no call without it.
        const stranger = openClient(scope, { port: daprd.httpPort, apiToken: undefined });
        expect(await stranger.getState(store, 'b')).toMatchObject({ type: 'fail', code: 'HTTP_401' });

        // Redis hangs: each call ends in time, and from the fourth on at once.
        await sidecar.saveState(store, 'b', 1, { etag: null });
        const { etag } = await read(sidecar, 'b');
        await redis.pause();
        expect(await inTime(() => sidecar.getState(store, 'b'))).toMatchObject({ type: 'unsure' });
        expect(await inTime(() => sidecar.saveState(store, 'b', 2, { etag }))).toMatchObject({ type: 'unsure' });
        expect(await inTime(() => sidecar.deleteState(store, 'c'))).toMatchObject({ type: 'unsure' });
        const startedAt = performance.now();
        const open = { type: 'fail', code: 'SIDECAR_BREAKER_OPEN', heals: true };
        expect(await sidecar.getState(store, 'b')).toEqual(open);
        expect(performance.now() - startedAt).toBeLessThan(50);
        await redis.resume();
        await recovers(sidecar);

        // Redis dies and comes back.
        await redis.kill();
        // Whoever waits long enough hears of it in words that Dapr also has for a conflict.
        const patient = openClient(scope, { port: daprd.httpPort, stateTimeoutMs: 10_000 });
        const outages = await Promise.all([
          patient.saveState(store, 'b', 2, { etag }),
          patient.saveState(store, 'd', 2, { etag: null }),
          patient.deleteState(store, 'b'),
        ]);
        expect(outages.map((outcome) => outcome.type)).toEqual(['unsure', 'unsure', 'unsure']);
        for (let n = 0; n < 3; n++) expect((await inTime(() => sidecar.getState(store, 'b'))).type).not.toBe('ok');
        expect(await sidecar.getState(store, 'b')).toEqual(open);
        await redis.revive();
        await recovers(sidecar);
        expect(lines.filter((line) => line.startsWith('breaker opened'))).toHaveLength(2);
        expect(lines.filter((line) => line.startsWith('breaker closed'))).toHaveLength(2);

        // The sidecar dies: the connection at hand may break in mid-call, and then nothing is sent, which is known at once.
        await daprd.kill();
        const last = await until(
          'no connection is left',
          async () => {
            const outcome = await sidecar.getState(store, 'b');
            return outcome.type === 'fail' ? outcome : undefined;
          },
          { everyMs: 10, giveUpMs: 2_000 },
        );
        expect(last).toEqual({ type: 'fail', code: 'SIDECAR_UNREACHABLE', heals: true });
      });
    });
  }, 90_000);
});

describe('invoke', () => {
  it('reaches the other app as it was called, and says who answered when it was not the app', async () => {
    await withScope(async (scope) => {
      const app = await echo(scope);
      const [callerAppPort] = (await claimPorts(scope, 1)) as [number];
      const called = await startSidecar(scope, { title: 'called', appId: 'backend', appPort: app.port, components: [] });
      await called.appReady();
      const caller = await startSidecar(scope, {
        title: 'caller',
        appId: 'frontend',
        appPort: callerAppPort,
        components: [],
        apiToken,
      });
      const sidecar = openClient(scope, { port: caller.httpPort });
      const call = (path: string, over: { method?: string; headers?: Record<string, string>; body?: Buffer } = {}) =>
        sidecar.invoke('backend', { method: 'GET', headers: {}, deadlineMs: 5_000, ...over, path });

      for (const path of [
        '/api/u/tasks?q=a%20b&tag=%26',
        '/api/a%2Fb%3Fc%23d%25e%C3%BC/tasks',
        '/api/%2E%2E/x',
        '/api/auth0%7C7/x',
      ]) {
        expect(JSON.parse((await answerOf(call(path))).body.toString())).toMatchObject({ method: 'GET', url: path });
      }
      expect(await call('/api/../x')).toEqual({ type: 'fail', code: 'INVOKE_PATH_UNCLEAN', heals: false });

      const body = Buffer.from('{"title":"ü"}');
      const sent = { 'Content-Type': 'application/json', 'Idempotency-Key': 'k', 'dapr-app-id': 'other' };
      const posted = await answerOf(
        withRequestId('request-of-the-user', () => call('/api/u/tasks', { method: 'POST', headers: sent, body })),
      );
      const seen = JSON.parse(posted.body.toString()) as { headers: Record<string, string>; body: string };
      expect(posted).toMatchObject({ status: 200, headers: { etag: '"7"', 'content-type': 'application/json' } });
      expect(seen.body).toBe('{"title":"ü"}');
      expect(seen.headers).toMatchObject({
        'x-request-id': 'request-of-the-user',
        'idempotency-key': 'k',
        'content-type': 'application/json',
      });
      expect(seen.headers['dapr-app-id']).toBeUndefined();

      // The app's own refusals and breakages are its answers.
      for (const status of [404, 409, 500, 503]) {
        const answer = await answerOf(call(`/status/${status}`));
        expect(answer).toMatchObject({ status, headers: { 'content-type': 'application/problem+json' } });
        expect(JSON.parse(answer.body.toString())).toEqual({ status });
      }
      expect((await answerOf(call('/status/204'))).body).toHaveLength(0);

      expect(await sidecar.invoke('backend', { method: 'GET', path: '/hang', headers: {}, deadlineMs: 300 })).toMatchObject({
        type: 'unsure',
      });
      const unknown = sidecar.invoke('nobody', { method: 'GET', path: '/', headers: {}, deadlineMs: 10_000 });
      expect(await unknown).toEqual({ type: 'fail', code: 'INVOKE_UNREACHABLE', heals: true });
      const stranger = openClient(scope, { port: caller.httpPort, apiToken: 'guess' });
      expect(await stranger.invoke('backend', { method: 'GET', path: '/', headers: {}, deadlineMs: 2_000 })).toEqual({
        type: 'fail',
        code: 'SIDECAR_TOKEN_REFUSED',
        heals: false,
      });
      await app.close();
      expect(await call('/api/u/tasks')).toEqual({ type: 'fail', code: 'INVOKE_UNREACHABLE', heals: true });
    });
  }, 60_000);
});

async function get(sidecar: Sidecar, key: string) {
  const outcome = await sidecar.getState<unknown>(store, key);
  if (outcome.type !== 'ok') throw new Error(`state could not be read: ${JSON.stringify(outcome)}`);
  return outcome.value;
}

async function read<T>(sidecar: Sidecar, key: string): Promise<{ value: T; etag: string }> {
  const found = await get(sidecar, key);
  if (found === null) throw new Error(`nothing under ${key}`);
  return found as { value: T; etag: string };
}

async function inTime<T>(work: () => Promise<Outcome<T>>): Promise<Outcome<T>> {
  const startedAt = performance.now();
  const outcome = await work();
  expect(performance.now() - startedAt).toBeLessThan(answerMsMax / 2);
  return outcome;
}

const recovers = (sidecar: Sidecar) =>
  until('state works again', async () => ((await sidecar.getState(store, 'b')).type === 'ok' ? true : undefined), {
    everyMs: 50,
    giveUpMs: 15_000,
  });

async function answerOf(call: Promise<Outcome<InvokeAnswer>>): Promise<InvokeAnswer> {
  const outcome = await call;
  if (outcome.type !== 'ok')
    throw new Error(`no answer of the app: ${JSON.stringify(outcome)} ${String((outcome as { cause?: Error }).cause)}`);
  return outcome.value;
}

/** An app that says what reached it. */
async function echo(scope: Scope): Promise<{ port: number; close(): Promise<void> }> {
  const server = createServer(async (request, response) => {
    let body = '';
    for await (const part of request) body += part;
    const { url = '', method, headers } = request;
    if (url === '/hang') return;
    const status = /^\/status\/(\d+)$/.exec(url)?.[1];
    if (status === '204') return void response.writeHead(204).end();
    if (status !== undefined)
      return void response
        .writeHead(Number(status), { 'content-type': 'application/problem+json' })
        .end(JSON.stringify({ status: Number(status) }));
    response
      .writeHead(200, { 'content-type': 'application/json', etag: '"7"' })
      .end(JSON.stringify({ url, method, headers, body }));
  });
  const close = async () => {
    server.closeAllConnections();
    await new Promise((done) => server.close(done));
  };
  scope.defer('close the echo', close);
  await new Promise<void>((done) => server.listen(0, '127.0.0.1', done));
  return { port: (server.address() as AddressInfo).port, close };
}
