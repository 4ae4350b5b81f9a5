/** The server here is a protocol double: it plays back answers that daprd is documented to give. Real daprd: relay.stack.test.ts. */
import { createServer, type IncomingMessage, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterEach, describe, expect, it } from '@jest/globals';
import { openSidecar, type PublishEntry, type Sidecar } from '#kit/sidecar/sidecar.ts';

const entry = (id: string): PublishEntry => ({
  id,
  type: 'task.created',
  key: `key of ${id}`,
  body: `{"event_id":"${id}"}`,
  trace: null,
  requestId: null,
});
const seen: { url: string; type: string | undefined; body: string }[] = [];
let server: Server | undefined;
let sidecar: Sidecar | undefined;

async function answering(status: number | 'never' | 'hang up', body = ''): Promise<Sidecar> {
  server = createServer(async (request, response) => {
    seen.push({ url: request.url ?? '', type: request.headers['content-type'], body: await textOf(request) });
    if (status === 'never') return;
    if (status === 'hang up') return void request.socket.destroy();
    response.writeHead(status, { 'content-type': 'application/json' }).end(body);
  });
  await new Promise<void>((done) => server?.listen(0, '127.0.0.1', done));
  sidecar = openSidecar({ port: (server.address() as AddressInfo).port, timeoutMs: 300 });
  return sidecar;
}

afterEach(() => {
  sidecar?.close();
  server?.closeAllConnections();
  server?.close();
  seen.length = 0;
});

const bulk = async (sidecar: Sidecar, ...ids: string[]) =>
  Object.fromEntries(await sidecar.bulkPublish('kafka-pubsub', 'task-events', ids.map(entry)));

describe('sidecar', () => {
  it('204: ok', async () => {
    expect(await bulk(await answering(204), 'a', 'b')).toEqual({
      a: { type: 'ok', value: null },
      b: { type: 'ok', value: null },
    });
  });

  it('sends each entry with its own id, key and type, and no metadata of the request', async () => {
    await bulk(await answering(204), 'a');
    expect(seen[0]).toMatchObject({ url: '/v1.0/publish/bulk/kafka-pubsub/task-events', type: 'application/json' });
    expect(JSON.parse(seen[0]?.body ?? '')).toEqual([
      {
        entryId: 'a',
        contentType: 'application/json',
        metadata: { 'cloudevent.id': 'a', 'cloudevent.type': 'task.created', partitionKey: 'key of a' },
        event: { event_id: 'a' },
      },
    ]);
  });

  it('500 with failed entries: those are unsure, the others ok', async () => {
    const failed = {
      errorCode: 'ERR_PUBSUB_PUBLISH_MESSAGE',
      failedEntries: [{ entryId: 'b', error: 'kafka: client has run out of available brokers' }],
    };
    const outcomes = await bulk(await answering(500, JSON.stringify(failed)), 'a', 'b');
    expect(outcomes).toMatchObject({ a: { type: 'ok' }, b: { type: 'unsure' } });
  });

  it('500 without a list: nobody knows', async () => {
    expect(await bulk(await answering(500, '{"errorCode":"ERR_PUBSUB_PUBLISH_MESSAGE","message":"timeout"}'), 'a')).toMatchObject(
      { a: { type: 'unsure' } },
    );
  });

  it('an entry that no broker will ever take: fail, and it does not heal', async () => {
    const failed = {
      failedEntries: [
        { entryId: 'a', error: 'Attempt to produce message larger than configured Producer.MaxMessageBytes: 9 > 8' },
      ],
    };
    expect(await bulk(await answering(500, JSON.stringify(failed)), 'a')).toEqual({
      a: { type: 'fail', code: 'MESSAGE_TOO_LARGE', heals: false },
    });
  });

  it.each([
    [403, 'ERR_PUBSUB_FORBIDDEN', true],
    [400, 'ERR_PUBSUB_REQUEST_METADATA', false],
    [404, 'ERR_PUBSUB_NOT_FOUND', true],
    [429, 'HTTP_429', true],
  ])('%i: fail %s, heals: %s', async (status, code, heals) => {
    const outcome = await (
      await answering(status, code.startsWith('ERR') ? JSON.stringify({ errorCode: code }) : 'busy')
    ).publish('p', 't', entry('a'));
    expect(outcome).toEqual({ type: 'fail', code, heals });
  });

  it('nobody listens: fail, it was never sent', async () => {
    const gone = await answering(204);
    await new Promise((done) => server?.close(done));
    expect(await bulk(gone, 'a')).toEqual({ a: { type: 'fail', code: 'SIDECAR_UNREACHABLE', heals: true } });
  });

  it.each(['never', 'hang up'] as const)('%s answered: unsure', async (how) => {
    const startedAt = performance.now();
    expect(await bulk(await answering(how), 'a')).toMatchObject({ a: { type: 'unsure' } });
    expect(performance.now() - startedAt).toBeLessThan(2_000);
  });

  it('sends the trace and the request id of the event with it, beside what it is', async () => {
    const sidecar = await answering(204);
    await sidecar.bulkPublish('p', 't', [{ ...entry('a'), trace: '00-1-2-01', requestId: 'mine' }]);
    expect((JSON.parse(seen[0]?.body ?? '') as { metadata: unknown }[])[0]?.metadata).toMatchObject({
      'cloudevent.traceparent': '00-1-2-01',
      'X-Request-ID': 'mine',
    });
  });

  it('the same entries go to each topic in the same words', async () => {
    const sidecar = await answering(204);
    const entries = [entry('a')];
    await Promise.all(['one', 'two'].map((topic) => sidecar.bulkPublish('p', topic, entries)));
    expect(seen.map((each) => each.url).sort()).toEqual(['/v1.0/publish/bulk/p/one', '/v1.0/publish/bulk/p/two']);
    expect(seen[0]?.body).toBe(seen[1]?.body);
  });

  it.each([
    [403, 'ERR_PUBSUB_FORBIDDEN', true],
    [404, 'ERR_PUBSUB_NOT_FOUND', true],
    [400, 'ERR_PUBSUB_NOT_CONFIGURED', true],
    [400, 'ERR_PUBSUB_REQUEST_METADATA', false],
    [500, 'ERR_PUBSUB_EVENTS_SER', undefined],
  ])('%i %s: whether another time may answer otherwise: %s', async (status, errorCode, heals) => {
    const { a } = await bulk(await answering(status, JSON.stringify({ errorCode, message: 'no' })), 'a');
    expect(a).toMatchObject(heals === undefined ? { type: 'unsure' } : { type: 'fail', code: errorCode, heals });
  });
});

describe('state', () => {
  const daprError = (errorCode: string, message: string) => JSON.stringify({ errorCode, message });
  const conflict = { type: 'fail', code: 'STATE_CONFLICT', heals: true };

  it('sends what the options say, and says it once', async () => {
    const sidecar = await answering(204);
    await sidecar.saveState('s', 'k', { a: 1 }, { etag: null, ttlS: 60 });
    await sidecar.saveState('s', 'k', { a: 1 }, { etag: '7' });
    await sidecar.saveState('s', 'k', { a: 1 }, {});
    const [absent, newest, any] = seen.map((each) => (JSON.parse(each.body) as object[])[0]);
    expect(absent).toEqual({
      key: 'k',
      value: { a: 1 },
      metadata: { ttlInSeconds: '60' },
      options: { concurrency: 'first-write', consistency: 'strong' },
    });
    expect(newest).toMatchObject({ etag: '7', options: { concurrency: 'first-write' } });
    expect(any).toEqual({ key: 'k', value: { a: 1 }, options: { concurrency: 'last-write', consistency: 'strong' } });
  });

  it.each([
    ['409, with an etag', 409, daprError('ERR_STATE_SAVE', 'possible etag mismatch'), '7', conflict],
    ['the race for absence lost on Redis', 500, daprError('ERR_STATE_SAVE', 'failed to set key a||k'), null, conflict],
    ['the race for absence lost on Postgres', 500, daprError('ERR_STATE_SAVE', 'no item was updated'), null, conflict],
    ['the same words without a race', 500, daprError('ERR_STATE_SAVE', 'failed to set key a||k'), undefined, { type: 'unsure' }],
    ['a store that is down', 500, daprError('ERR_STATE_SAVE', 'dial tcp: connection refused'), '7', { type: 'unsure' }],
    ['no such store', 400, daprError('ERR_STATE_STORE_NOT_FOUND', ''), '7', { type: 'fail', code: 'ERR_STATE_STORE_NOT_FOUND' }],
  ])('save, %s', async (_what, status, body, etag, outcome) => {
    const options = etag === undefined ? {} : { etag };
    expect(await (await answering(status, body)).saveState('s', 'k', 1, options)).toMatchObject(outcome);
  });

  it('a conflict about a deletion that named no etag is an outage', async () => {
    const sidecar = await answering(409, daprError('ERR_STATE_DELETE', 'possible etag mismatch'));
    expect(await sidecar.deleteState('s', 'k')).toMatchObject({ type: 'unsure' });
  });

  it('a value that is no JSON is told as such', async () => {
    expect(await (await answering(200, 'x{')).getState('s', 'k')).toEqual({
      type: 'fail',
      code: 'STATE_UNREADABLE',
      heals: false,
    });
  });

  it('is refused at once after five calls without an answer', async () => {
    const sidecar = await answering('hang up');
    for (let n = 0; n < 5; n++) expect(await sidecar.getState('s', 'k')).toMatchObject({ type: 'unsure' });
    expect(await sidecar.getState('s', 'k')).toEqual({ type: 'fail', code: 'SIDECAR_BREAKER_OPEN', heals: true });
    expect(seen).toHaveLength(5);
    expect(await sidecar.publish('p', 't', entry('a'))).toMatchObject({ type: 'unsure' }); // has none
  });
});

describe('invoke, when Dapr answers itself', () => {
  const invoke = (sidecar: Sidecar) => sidecar.invoke('backend', { method: 'GET', path: '/x', headers: {}, deadlineMs: 300 });
  const said = (message: string) =>
    JSON.stringify({ errorCode: 'ERR_DIRECT_INVOKE', message: `failed to invoke, id: backend, err: ${message}` });

  it.each([
    ['rpc error: code = DeadlineExceeded desc = context deadline exceeded', { type: 'unsure' }],
    ['error invoking app channel: read: connection reset by peer', { type: 'unsure' }],
    [
      'error invoking app channel: dial tcp 127.0.0.1:8000: connect: connection refused',
      { type: 'fail', code: 'INVOKE_UNREACHABLE' },
    ],
    ["couldn't find service: backend", { type: 'fail', code: 'INVOKE_UNREACHABLE' }],
    ['app is not in a healthy state', { type: 'fail', code: 'INVOKE_UNREACHABLE' }],
    ['circuit breaker is open', { type: 'fail', code: 'INVOKE_BREAKER_OPEN' }],
    ['too many requests', { type: 'fail', code: 'INVOKE_BREAKER_OPEN' }],
  ])('%s', async (message, outcome) => {
    expect(await invoke(await answering(500, said(message)))).toMatchObject(outcome);
  });

  // Dapr tells of the last of three attempts: the first may have been carried out by an app that died of it.
  it.each(['POST', 'PATCH', 'DELETE'])('a %s that was not reached in the end may have been done before', async (method) => {
    for (const message of ['connect: connection refused', "couldn't find service: backend", 'circuit breaker is open']) {
      const sidecar = await answering(500, said(message));
      const outcome = await sidecar.invoke('backend', { method, path: '/x', headers: {}, deadlineMs: 300 });
      expect([message, outcome]).toMatchObject([message, { type: 'unsure' }]);
      server?.close();
    }
  });

  it('an access policy that refuses', async () => {
    expect(await invoke(await answering(403, said('PermissionDenied')))).toMatchObject({
      type: 'fail',
      code: 'INVOKE_FORBIDDEN',
    });
  });

  it('a 200 without a word is no answer: it may have been done, and may not', async () => {
    expect(await invoke(await answering(200, ''))).toMatchObject({ type: 'unsure' });
    server?.close();
    expect(await invoke(await answering(204, ''))).toMatchObject({ type: 'ok', value: { status: 204 } });
  });

  it("an app's own JSON is the app's, at any status", async () => {
    for (const status of [200, 403, 500]) {
      const outcome = await invoke(await answering(status, '{"error":"circuit breaker is open"}'));
      expect(outcome).toMatchObject({ type: 'ok', value: { status } });
      server?.close();
    }
  });
});

async function textOf(request: IncomingMessage): Promise<string> {
  let text = '';
  for await (const part of request) text += part;
  return text;
}
