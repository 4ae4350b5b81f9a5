import { afterEach, describe, expect, it } from '@jest/globals';
import { createServer, type RequestListener, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { AnswerSeen, Op } from '../../../harness/evidence/records.ts';
import { journeyTo } from '../../../harness/workload/journey.ts';

const servers: Server[] = [];
afterEach(() => {
  for (const server of servers.splice(0)) {
    server.closeAllConnections();
    server.close();
  }
});

/** A journey to a server that answers as told; `undefined`: to a port where nobody listens. */
async function journey(answer?: RequestListener) {
  const server = createServer(answer);
  servers.push(server);
  const port = await new Promise<number>((done) =>
    server.listen(0, '127.0.0.1', () => done((server.address() as AddressInfo).port)),
  );
  if (!answer) await new Promise((done) => server.close(done));
  const ops: Op[] = [];
  const answers: AnswerSeen[] = [];
  const call = journeyTo('backend', {
    target: { url: () => new URL(`http://127.0.0.1:${port}`) },
    journal: { op: (op: Op) => void ops.push(op), answer: (seen: AnswerSeen) => void answers.push(seen) },
    system: { answers: { eventId: 'X-Event-Id' }, changes: { create: 'task.created' } },
    signal: new AbortController().signal,
  } as never);
  return { call, ops, answers };
}
const request = { what: 'create', method: 'POST', path: '/x', body: {}, timeoutMs: 200 } as const;

describe('the outcome of a request', () => {
  it('is ok with the promised event and the key of the answer', async () => {
    const { call, ops } = await journey((_, response) =>
      response.writeHead(201, { 'x-event-id': 'e1', 'content-type': 'application/json' }).end('{"id":4}'),
    );
    await call({ ...request, keyOf: (body) => String((body as { id: number }).id) });
    expect(ops).toMatchObject([{ type: 'ok', status: 201, eventId: 'e1', eventType: 'task.created', key: '4', who: 'journey' }]);
    expect(ops[0]?.at).toBeGreaterThanOrEqual(ops[0]?.startedAt as number);
  });

  it.each([
    ['fail', 'a 4xx', 422],
    ['unsure', 'a 5xx, which may come after the commit', 500],
  ])('is %s after %s', async (type, _why, status) => {
    const { call, ops } = await journey((_, response) => response.writeHead(status).end('{"title":"no"}'));
    await call(request);
    expect(ops).toMatchObject([{ type, status, error: '{"title":"no"}' }]);
  });

  it('is fail when nobody listened: nothing was sent', async () => {
    const { call, ops } = await journey();
    await call(request);
    expect(ops).toMatchObject([{ type: 'fail', error: expect.stringContaining('ECONNREFUSED') }]);
  });

  it('is unsure when no answer came in time, or the connection broke', async () => {
    const silent = await journey(() => {});
    await silent.call(request);
    expect(silent.ops).toMatchObject([{ type: 'unsure', error: expect.stringContaining('Timeout') }]);
    const broken = await journey((incoming) => incoming.socket.destroy());
    await broken.call(request);
    expect(broken.ops).toMatchObject([{ type: 'unsure' }]);
  });
});

describe('the answer', () => {
  it('is kept as it came, with the path but not the query', async () => {
    const { call, answers } = await journey((_, response) =>
      response.writeHead(201, { 'content-type': 'application/json' }).end('{"title":"café"}'),
    );
    await call({ ...request, path: '/api/ada/tasks?limit=10' });
    expect(answers).toMatchObject([
      { what: 'create', method: 'POST', path: '/api/ada/tasks', status: 201, contentType: 'application/json' },
    ]);
    expect(answers[0]).toMatchObject({ body: '{"title":"café"}', bodyBytes: 17 });
  });

  it('is kept even when it is not the JSON it says it is', async () => {
    const { call, answers } = await journey((_, response) =>
      response.writeHead(200, { 'content-type': 'application/json' }).end('<html>'),
    );
    await call(request);
    expect(answers).toMatchObject([{ status: 200, body: '<html>' }]);
  });

  it('is none where none came', async () => {
    const { call, answers } = await journey();
    await call(request);
    expect(answers).toEqual([]);
  });
});
