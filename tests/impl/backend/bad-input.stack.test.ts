/** Whatever is sent: an answer that the contract promises, never one that says it was our fault. */
import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { pino } from 'pino';
import { readConfig } from '#kit/config.ts';
import { backendConfig, openBackend } from '../../../impl/backend/backend.ts';
import { statestore, startSidecar, withRedis } from '../scene.ts';
import { type ArbitraryRequest, requestsOf } from './arbitrary-requests.ts';
import { callsTo, document, operations, type Sent } from './contract.ts';
import { withBackend } from './scene.ts';

const text = (body: unknown): Sent => ({ body });
const withHeaders = (headers: Record<string, string>, body: unknown = { title: 'x' }): Sent => ({ headers, body });

/** Each is sent with a good token of user u. */
const refused: [string, string, Sent?][] = [
  ['POST', '/api/u/tasks'],
  ['POST', '/api/u/tasks', text({})],
  ['POST', '/api/u/tasks', text({ title: '' })],
  ['POST', '/api/u/tasks', text({ title: 'x'.repeat(201) })],
  ['POST', '/api/u/tasks', text({ title: 7 })],
  ['POST', '/api/u/tasks', text({ title: 'x', unknown: 1 })],
  ['POST', '/api/u/tasks', text({ title: 'x', user_id: 'other' })],
  ['POST', '/api/u/tasks', text({ title: 'x', completed: true })],
  ['POST', '/api/u/tasks', text({ title: 'x', revision: 7 })],
  ['POST', '/api/u/tasks', text('{"title":"x","__proto__":{"completed":true}}')],
  ['POST', '/api/u/tasks', text({ title: 'a\0b' })],
  ['POST', '/api/u/tasks', text('{"title":"\\ud800"}')],
  ['POST', '/api/u/tasks', text({ title: 'x', priority_id: 0 })],
  ['POST', '/api/u/tasks', text({ title: 'x', priority_id: 5 })],
  ['POST', '/api/u/tasks', text({ title: 'x', priority_id: 1e300 })],
  ['POST', '/api/u/tasks', text({ title: 'x', due_date: 'tomorrow' })],
  ['POST', '/api/u/tasks', text({ title: 'x', due_date: '2030-12-31T23:59:60Z' })],
  ['POST', '/api/u/tasks', text({ title: 'x', due_date: '0000-01-01T00:00:00Z' })],
  ['POST', '/api/u/tasks', text({ title: 'x', due_date: '9999-12-31T23:59:59-10:00' })],
  ['POST', '/api/u/tasks', text({ title: 'x', tags: 'home' })],
  ['POST', '/api/u/tasks', text({ title: 'x', tags: [''] })],
  ['POST', '/api/u/tasks', text({ title: 'x', tags: ['a', 'a'] })],
  ['POST', '/api/u/tasks', text({ title: 'x', tags: ['a\0'] })],
  ['POST', '/api/u/tasks', text({ title: 'x', tags: Array.from({ length: 21 }, String) })],
  ['POST', '/api/u/tasks', text({ title: 'x', tags: [['nested']] })],
  ['POST', '/api/u/tasks', text({ title: 'x', reminder_lead_minutes: [-1] })],
  ['POST', '/api/u/tasks', text({ title: 'x', reminder_lead_minutes: [0.5] })],
  ['POST', '/api/u/tasks', text({ title: 'x', reminder_lead_minutes: [43_201] })],
  ['POST', '/api/u/tasks', text('{"title":')],
  ['POST', '/api/u/tasks', text('[]')],
  ['POST', '/api/u/tasks', text('null')],
  ['POST', '/api/u/tasks', text('"title"')],
  ['POST', '/api/u/tasks', text('')],
  ['POST', '/api/u/tasks', text('['.repeat(30_000))],
  ['POST', '/api/u/tasks', text({ title: 'x', description: 'y'.repeat(100_000) })],
  ['POST', '/api/u/tasks', withHeaders({ 'content-type': 'text/plain' })],
  ['POST', '/api/u/tasks', withHeaders({ 'content-type': 'application/x-www-form-urlencoded' }, 'title=x')],
  ['POST', '/api/u/tasks', withHeaders({ 'content-encoding': 'gzip' })],
  ['POST', '/api/u/tasks', withHeaders({ 'idempotency-key': 'a b' })],
  ['POST', '/api/other/tasks', text({ title: 'x' })],
  ['POST', '/api/u%00/tasks', text({ title: 'x' })],
  ['POST', '/api/%zz/tasks', text({ title: 'x' })],
  ['POST', '/api/%ff/tasks', text({ title: 'x' })],
  ['POST', `/api/${'u'.repeat(5_000)}/tasks`, text({ title: 'x' })],
  ['PATCH', '/api/u/tasks/1', text({})],
  ['PATCH', '/api/u/tasks/1', text({ completed: 'yes' })],
  ['PATCH', '/api/u/tasks/1', text({ title: null })],
  ['PATCH', '/api/u/tasks/1', text({ tags: null })],
  ['PATCH', '/api/u/tasks/1', withHeaders({ 'if-match': 'odd' })],
  ['GET', '/api/u/tasks/0'],
  ['GET', '/api/u/tasks/-1'],
  ['GET', '/api/u/tasks/one'],
  ['GET', '/api/u/tasks/1.5'],
  ['GET', '/api/u/tasks/1%20or%201=1'],
  ['GET', '/api/u/tasks/2147483648'],
  ['GET', '/api/u/tasks/99999999999999999999'],
  ['GET', '/api/u/tasks/%00'],
  ['DELETE', '/api/u/tasks/12345'],
  ['POST', '/api/u/tasks/12345/complete'],
  ['PUT', '/api/u/tasks/1', text({ title: 'x' })],
  ['DELETE', '/api/u/tasks'],
  ['GET', '/api/u/tasks?limit=0'],
  ['GET', '/api/u/tasks?limit=101'],
  ['GET', '/api/u/tasks?limit=99999999999999999999'],
  ['GET', '/api/u/tasks?limit=ten'],
  ['GET', '/api/u/tasks?limit=1&limit=2'],
  ['GET', '/api/u/tasks?limit[]=1'],
  ['GET', '/api/u/tasks?cursor=zzz'],
  ['GET', '/api/u/tasks?cursor='],
  ['GET', '/api/u/tasks?completed=maybe'],
  ['GET', "/api/u/tasks?q=x'%20or%20'1'='1&tag="],
  ['GET', '/api/u/tasks?__proto__=1'],
  ['GET', '/api/u/tasks?q=%ff%00'],
  ['GET', '/nowhere'],
  ['GET', '/api/u'],
];

describe('backend refuses', () => {
  it('what it can not use, with a problem below 500', async () => {
    await withBackend(async ({ url, headersOf, issuer, sql }) => {
      const call = callsTo(url, await headersOf('u'));
      await call('POST', '/api/u/tasks', { body: { title: 'stays as it is' } });
      for (const [method, path, sent] of refused) {
        const { status, body } = await call(method, path, sent);
        expect([
          method,
          path.slice(0, 80),
          JSON.stringify(sent)?.slice(0, 80),
          status >= 400 && status < 500,
          body.status,
        ]).toEqual([method, path.slice(0, 80), JSON.stringify(sent)?.slice(0, 80), true, status]);
      }
      const token = await issuer.token('u');
      const credentials: [string | undefined, number][] = [
        [undefined, 401],
        ['', 401],
        ['Bearer', 401],
        ['Bearer x.y.z', 401],
        [`Basic ${btoa('u:u')}`, 401],
        [`Bearer ${token.slice(0, -4)}AAAA`, 401],
        [`Bearer ${token} ${token}`, 401],
        [`Bearer ${await issuer.token('u', { exp: 1 })}`, 401],
        [`Bearer ${await issuer.token('u', { aud: 'urn:other' })}`, 401],
        [`Bearer ${await issuer.token('v')}`, 403],
        [`Bearer ${await issuer.token('U')}`, 403],
        [`Bearer ${await issuer.token('u ')}`, 403],
      ];
      for (const operation of operations.filter((each) => each.path.startsWith('/api/'))) {
        const path = operation.path.replace('{user_id}', 'u').replace('{id}', '1').replace('{session_id}', crypto.randomUUID());
        for (const [authorization, status] of credentials) {
          const bare = callsTo(url, authorization === undefined ? {} : { authorization });
          const body = operation.requestBody && { title: 'not mine' };
          const answer = await bare(operation.method, path, { body });
          expect([operation.operationId, authorization?.slice(0, 12), answer.status]).toEqual([
            operation.operationId,
            authorization?.slice(0, 12),
            status,
          ]);
        }
      }
      const rows = await sql`select title, revision from domain.tasks`;
      expect(rows.map((row) => ({ ...row }))).toEqual([{ title: 'stays as it is', revision: 1 }]);
    });
  }, 120_000);

  it('nothing that its contract takes, and answers all else as promised', async () => {
    await withBackend(async (scene) => {
      // With a state store: without one a conversation that this replica doesn't know is a 503, and here no 5xx is fine.
      await withRedis(scene, async (redis) => {
        const { url, replica, scope, issuer } = scene;
        await startSidecar(scope, {
          title: 'backend-sidecar',
          appId: 'backend',
          appPort: Number(new URL(url).port),
          httpPort: replica.sidecarPort,
          components: [statestore(redis)],
        });
        const user = 'fuzz ü/%\r\nX-Evil: 1';
        const headers = await scene.headersOf(user);
        const call = await scene.as(user);
        const own = { user_id: [user], id: [] as string[], session_id: [] as string[], tag: ['a'], 'If-Match': ['"1"', '*'] };
        const template = { title: 'again', recurrence: 'daily', time_zone: 'Europe/Berlin', starts_at: '2030-01-01T09:00' };
        for (let n = 0; n < 20; n++) {
          const task = await call('POST', '/tasks', { body: { title: `t${n}`, tags: ['a'] } });
          const session = await call('POST', '/chat/sessions');
          const made = [task, await call('POST', '/templates', { body: template }), session];
          expect(made.map(({ status, headers: said }) => [status, said.get('x-evil')])).toEqual(made.map(() => [201, null]));
          own.id.push(String(task.body.id)); // of tasks and templates alike: both are counted from 1
          own.session_id.push(session.body.session_id);
        }
        const foreign = `Bearer ${await issuer.token('other')}`;
        const authorization = fc.oneof(
          { weight: 15, arbitrary: fc.constant(headers.authorization as string) },
          { weight: 1, arbitrary: fc.constantFrom('', 'Bearer nobody', foreign) },
        );
        const bare = callsTo(url);
        // What deletes comes last, so that there is something left for the others.
        const inOrder = [...operations].sort((a, b) => Number(a.method === 'DELETE') - Number(b.method === 'DELETE'));
        for (const operation of inOrder) {
          const seen = new Set<string>();
          const one = async (request: ArbitraryRequest, as: string) => {
            const { status } = await bare(request.method, request.path, {
              headers: { ...request.headers, authorization: as },
              body: request.body,
            });
            expect(status).toBeLessThan(500);
            seen.add(String(status));
          };
          await fc.assert(fc.asyncProperty(requestsOf(operation, own), authorization, one), { numRuns: 150 });
          // It got through to the work, and not only to the first check.
          const successes = Object.keys(operation.responses).filter((status) => status < '300');
          expect([operation.operationId, [...seen]]).toEqual([operation.operationId, expect.arrayContaining(successes)]);
        }
      });
    });
  }, 300_000);
});

describe('the contract', () => {
  it('is served, and names exactly the routes that there are', async () => {
    await withBackend(async ({ url, databaseUrl, issuer }) => {
      const served = await callsTo(url)('GET', '/openapi.json');
      expect([served.status, served.headers.get('content-type'), served.body]).toEqual([
        200,
        'application/json; charset=utf-8',
        document,
      ]);
      const env = { APP_PORT: '1', DATABASE_URL: databaseUrl, OIDC_ISSUER: issuer.url, RELAY: 'off' };
      const parts = await openBackend(readConfig(env, 'backend', backendConfig), pino({ level: 'silent' }));
      const routes = parts.routers.flatMap((router) =>
        router.stack.flatMap(({ methods, path }) =>
          methods.filter((method) => method !== 'HEAD').map((method) => `${method} ${String(path).replace(/:(\w+)/g, '{$1}')}`),
        ),
      );
      await parts.close();
      expect(routes.sort()).toEqual(operations.map(({ method, path }) => `${method} ${path}`).sort());
    });
  }, 120_000);
});
