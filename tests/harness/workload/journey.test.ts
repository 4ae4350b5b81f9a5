import { afterEach, describe, expect, it } from '@jest/globals';
import { createServer, type RequestListener, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { AnswerSeen, Invoke, Op } from '../../../harness/evidence/records.ts';
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
  const invokes: Invoke[] = [];
  const call = journeyTo('backend', {
    target: { url: () => new URL(`http://127.0.0.1:${port}`) },
    journal: {
      invoke: (invoke: Invoke) => void invokes.push(invoke),
      op: (op: Op) => void ops.push(op),
      answer: (seen: AnswerSeen) => void answers.push(seen),
    },
    system: { answers: { eventId: 'X-Event-Id' }, changes: { create: 'task.created' } },
    signal: new AbortController().signal,
  } as never);
  return { call, ops, answers, invokes };
}
const request = { what: 'create', method: 'POST', path: '/x', body: {}, timeoutMs: 1_000 } as const;

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

describe('each request', () => {
  const json = { 'content-type': 'application/json', 'x-event-id': 'e1' };
  it.each<[string, RequestListener | undefined]>([
    ['answered', (_, response) => response.writeHead(201, json).end('{"id":1}')],
    ['refused', (_, response) => response.writeHead(503).end()],
    ['unheard', undefined],
    ['answered with half a JSON', (_, response) => response.writeHead(201, json).end('{"id":')],
    ['answered with nothing where its key was to be', (_, response) => response.writeHead(201, json).end('null')],
    [
      'cut off in its body',
      (_, response) => void response.writeHead(201, { ...json, 'content-length': 99 }).write('{', () => response.destroy()),
    ],
  ])('is told before it is sent, and ends once: %s', async (_what, answer) => {
    const { call, ops, invokes } = await journey(answer);
    await call({ ...request, keyOf: (body) => String((body as { id: number }).id) });
    expect(invokes).toMatchObject([{ what: 'create', who: 'journey', eventType: 'task.created' }]);
    expect(ops).toHaveLength(1);
    expect(ops[0]?.invoke).toBe(invokes[0]?.id);
  });

  it('whose answer can not be read keeps its status and its promise, and is unsure', async () => {
    const { call, ops, answers } = await journey((_, response) => response.writeHead(201, json).end('{"id":'));
    const answer = await call(request);
    expect(answer.status).toBe(201);
    expect(ops).toMatchObject([
      { type: 'unsure', status: 201, eventId: 'e1', error: expect.stringMatching(/^body unreadable: SyntaxError/) },
    ]);
    expect(answers).toMatchObject([{ unreadable: true, headers: { 'x-event-id': 'e1' } }]);
  });

  it('says that it expects a refusal, and with which key it was sent before', async () => {
    const { call, invokes } = await journey((_, response) => response.writeHead(422).end());
    await call({ ...request, expects: 'refusal', headers: { 'Idempotency-Key': 'k' } });
    expect(invokes).toMatchObject([{ expects: 'refusal', idempotencyKey: 'k' }]);
  });
});
