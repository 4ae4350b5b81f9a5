/** The server here is a protocol double: it plays back answers that daprd is documented to give. Real daprd: relay.stack.test.ts. */
import { createServer, type IncomingMessage, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterEach, describe, expect, it } from '@jest/globals';
import { openSidecar, type PublishEntry, type Sidecar } from '#kit/sidecar.ts';

const entry = (id: string): PublishEntry => ({
  id,
  type: 'task.created',
  key: `key of ${id}`,
  body: `{"event_id":"${id}"}`,
  trace: null,
});
const seen: { url: string; body: string }[] = [];
let server: Server | undefined;
let sidecar: Sidecar | undefined;

async function answering(status: number | 'never' | 'hang up', body = ''): Promise<Sidecar> {
  server = createServer(async (request, response) => {
    seen.push({ url: request.url ?? '', body: await textOf(request) });
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
  Object.fromEntries(await sidecar.bulkPublish('kafka-pubsub', ['task-events'], ids.map(entry)));

describe('sidecar', () => {
  it('204: ok', async () => {
    expect(await bulk(await answering(204), 'a', 'b')).toEqual({
      a: { type: 'ok', value: null },
      b: { type: 'ok', value: null },
    });
  });

  it('sends each entry with its own id, key and type, and no metadata of the request', async () => {
    await bulk(await answering(204), 'a');
    expect(seen[0]?.url).toBe('/v1.0/publish/bulk/kafka-pubsub/task-events');
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
    [403, 'ERR_PUBSUB_FORBIDDEN', false],
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

  it('an event for two topics is ok when both took it', async () => {
    const both = await (await answering(204)).bulkPublish('p', ['one', 'two'], [entry('a')]);
    expect([...both]).toEqual([['a', { type: 'ok', value: null }]]);
    expect(seen.map((each) => each.url).sort()).toEqual(['/v1.0/publish/bulk/p/one', '/v1.0/publish/bulk/p/two']);
  });
});

async function textOf(request: IncomingMessage): Promise<string> {
  let text = '';
  for await (const part of request) text += part;
  return text;
}
