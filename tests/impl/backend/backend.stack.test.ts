/** The task API on a real Postgres, with no sidecar at all: tasks are accepted, events wait, bad input is never our fault. */
import { until } from '../../../harness/process/until.ts';
import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import connect from 'postgres';
import type { Problem, Task, TaskPage } from '#contracts/types.ts';
import { schemaAt } from '#kit/schemas.ts';
import { type Scene, withPostgres } from '../scene.ts';

const json = { 'content-type': 'application/json' };

async function withBackend(act: (url: string, scene: Scene, sql: connect.Sql) => Promise<void>): Promise<void> {
  await withPostgres(async (scene) => {
    const { url } = await scene.start('backend', 0);
    const sql = connect(scene.databaseUrl, { max: 2 });
    scene.scope.defer('close the test connection', () => sql.end());
    await act(url, scene, sql);
  });
}

describe('backend', () => {
  it('makes one event for each change and none for no change', async () => {
    await withBackend(async (url, _scene, sql) => {
      const call = async (method: string, path: string, body?: unknown) => {
        const answer = await fetch(`${url}/api/u%201/tasks${path}`, {
          method,
          headers: json,
          ...(body !== undefined && { body: JSON.stringify(body) }),
        });
        const text = await answer.text();
        return {
          status: answer.status,
          event: answer.headers.get('x-event-id'),
          location: answer.headers.get('location'),
          body: text && JSON.parse(text),
        };
      };
      const created = await call('POST', '', { title: 'one', due_date: '2030-01-01T10:00:00+02:00' });
      expect(created).toMatchObject({
        status: 201,
        body: { user_id: 'u 1', title: 'one', completed: false, due_date: '2030-01-01T08:00:00.000Z' },
      });
      expect(schemaAt('http/task.json')(created.body)).toBe(true);
      expect(created.location).toBe(`/api/u%201/tasks/${created.body.id}`);
      const at = `/${created.body.id}`;
      expect(await call('GET', at)).toMatchObject({ status: 200, body: created.body, event: null });
      const steps = [
        await call('PATCH', at, { title: 'two', description: 'long' }),
        await call('PATCH', at, { title: 'two' }),
        await call('PATCH', at, { due_date: '2030-01-01T08:00:00Z' }),
        await call('POST', `${at}/complete`),
        await call('POST', `${at}/complete`),
        await call('PATCH', at, { completed: false }),
        await call('PATCH', at, { completed: true, title: 'three' }),
        await call('DELETE', at),
        await call('DELETE', at),
      ];
      expect(steps.map((step) => [step.status, step.event !== null])).toEqual([
        [200, true],
        [200, false],
        [200, false],
        [200, true],
        [200, false],
        [200, true],
        [200, true],
        [204, true],
        [404, false],
      ]);
      const rows = await sql`select id::text, key, body->>'event_type' as type, body from domain.outbox order by seq`;
      expect(rows.map((row) => row.type)).toEqual([
        'task.created',
        'task.updated',
        'task.completed',
        'task.updated',
        'task.completed',
        'task.deleted',
      ]);
      expect(rows.map((row) => row.id)).toEqual([created, ...steps].map((each) => each.event).filter((event) => event !== null));
      for (const row of rows)
        expect([schemaAt('events/task-event/v1.0.json')(row.body), row.body.event_id, row.key]).toEqual([
          true,
          row.id,
          String(created.body.id),
        ]);
      expect(rows.at(-1)?.body.data.title).toBe('three');
    });
  }, 120_000);

  it('pages through everything once, newest first, and shows nobody the tasks of others', async () => {
    await withBackend(async (url) => {
      for (let n = 0; n < 25; n++)
        await fetch(`${url}/api/pages/tasks`, { method: 'POST', headers: json, body: JSON.stringify({ title: `t${n}` }) });
      const seen: Task[] = [];
      for (let cursor: string | null = ''; cursor !== null;) {
        const page = (await (await fetch(`${url}/api/pages/tasks?limit=10${cursor && `&cursor=${cursor}`}`)).json()) as TaskPage;
        expect(schemaAt('http/task-page.json')(page)).toBe(true);
        seen.push(...page.items);
        cursor = page.next_cursor;
      }
      expect(seen.map((task) => task.title)).toEqual(Array.from({ length: 25 }, (_, n) => `t${24 - n}`));
      const id = seen[0]?.id;
      for (const [method, body] of [['GET'], ['DELETE'], ['PATCH', '{"title":"x"}']] as const) {
        expect((await fetch(`${url}/api/other/tasks/${id}`, { method, headers: json, ...(body && { body }) })).status).toBe(404);
      }
      expect(await (await fetch(`${url}/api/other/tasks`)).json()).toEqual({ items: [], next_cursor: null });
      expect(((await (await fetch(`${url}/api/pages/tasks?completed=true`)).json()) as TaskPage).items).toEqual([]);
    });
  }, 120_000);

  it('answers bad input with a problem below 500', async () => {
    await withBackend(async (url) => {
      const problem = schemaAt<Problem>('http/problem.json');
      const bad: [string, string, unknown?, string?][] = [
        ['POST', '/api/u/tasks', {}],
        ['POST', '/api/u/tasks', { title: '' }],
        ['POST', '/api/u/tasks', { title: 'x'.repeat(201) }],
        ['POST', '/api/u/tasks', { title: 7 }],
        ['POST', '/api/u/tasks', { title: 'x', unknown: 1 }],
        ['POST', '/api/u/tasks', { title: 'x', user_id: 'other' }],
        ['POST', '/api/u/tasks', { title: 'a\0b' }],
        ['POST', '/api/u/tasks', '{"title":"\\ud800"}'],
        ['POST', '/api/u/tasks', { title: 'x', priority_id: 1e300 }],
        ['POST', '/api/u/tasks', { title: 'x', priority_id: 2 ** 31 }],
        ['POST', '/api/u/tasks', { title: 'x', due_date: 'tomorrow' }],
        ['POST', '/api/u/tasks', { title: 'x', due_date: '2030-12-31T23:59:60Z' }],
        ['POST', '/api/u/tasks', { title: 'x', due_date: '0000-01-01T00:00:00Z' }],
        ['POST', '/api/u/tasks', { title: 'x', due_date: '9999-12-31T23:59:59-10:00' }],
        ['POST', '/api/u/tasks', '{"title":'],
        ['POST', '/api/u/tasks', '[]'],
        ['POST', '/api/u/tasks', 'null'],
        ['POST', '/api/u/tasks', { title: 'x', description: 'y'.repeat(100_000) }],
        ['POST', '/api/u/tasks', '{"title":"x"}', 'text/plain'],
        ['POST', '/api/u%00/tasks', { title: 'x' }],
        ['POST', '/api/%zz/tasks', { title: 'x' }],
        ['POST', '/api/%ff/tasks', { title: 'x' }],
        ['POST', `/api/${'u'.repeat(129)}/tasks`, { title: 'x' }],
        ['PATCH', '/api/u/tasks/1', {}],
        ['PATCH', '/api/u/tasks/1', { completed: 'yes' }],
        ['PATCH', '/api/u/tasks/1', { title: null }],
        ['GET', '/api/u/tasks/0'],
        ['GET', '/api/u/tasks/-1'],
        ['GET', '/api/u/tasks/one'],
        ['GET', '/api/u/tasks/1.5'],
        ['GET', '/api/u/tasks/2147483648'],
        ['GET', '/api/u/tasks/99999999999999999999'],
        ['GET', '/api/u/tasks/%00'],
        ['DELETE', '/api/u/tasks/12345'],
        ['POST', '/api/u/tasks/12345/complete'],
        ['PUT', '/api/u/tasks/1', { title: 'x' }],
        ['GET', '/api/u/tasks?limit=0'],
        ['GET', '/api/u/tasks?limit=101'],
        ['GET', '/api/u/tasks?limit=ten'],
        ['GET', '/api/u/tasks?limit=1&limit=2'],
        ['GET', '/api/u/tasks?cursor=zzz'],
        ['GET', '/api/u/tasks?cursor='],
        ['GET', '/api/u/tasks?completed=maybe'],
        ['GET', '/nowhere'],
      ];
      for (const [method, path, body, type = 'application/json'] of bad) {
        const text = typeof body === 'string' ? body : JSON.stringify(body);
        const answer = await fetch(url + path, {
          method,
          headers: { 'content-type': type },
          ...(text !== undefined && { body: text }),
        });
        const what = `${method} ${path} ${text?.slice(0, 60) ?? ''}`;
        expect([what, answer.status >= 400 && answer.status < 500]).toEqual([what, true]);
        expect([what, problem(await answer.json())]).toEqual([what, true]);
      }
      const anything = fc.oneof(
        fc.json(),
        fc
          .record(
            {
              title: fc.string({ unit: 'binary' }),
              due_date: fc.oneof(fc.string(), fc.date().map(String)),
              priority_id: fc.double(),
            },
            { requiredKeys: ['title'] },
          )
          .map((each) => JSON.stringify(each)),
      );
      await fc.assert(
        fc.asyncProperty(anything, fc.webSegment(), async (body, segment) => {
          const user = segment === '' || /^\.+$/.test(segment) ? 'u' : segment;
          expect((await fetch(`${url}/api/${user}/tasks`, { method: 'POST', headers: json, body })).status).toBeLessThan(500);
        }),
        { numRuns: 300 },
      );
    });
  }, 120_000);

  it('stopped under traffic it has kept every acknowledged change, and exits with 0', async () => {
    await withPostgres(async (scene) => {
      const { url, service } = await scene.start('backend', 0);
      const acknowledged: string[] = [];
      let refused = 0;
      const client = async (n: number) => {
        while (refused === 0) {
          try {
            const answer = await fetch(`${url}/api/u${n}/tasks`, { method: 'POST', headers: json, body: '{"title":"x"}' });
            expect(answer.status).toBe(201);
            acknowledged.push(answer.headers.get('x-event-id') ?? 'none');
            await answer.arrayBuffer();
          } catch (error) {
            if ((error as Error).name !== 'TypeError') throw error; // not "fetch failed": the service takes no more
            refused++;
          }
        }
      };
      const clients = Promise.all(Array.from({ length: 8 }, (_, n) => client(n)));
      await until('traffic flows', () => (acknowledged.length > 200 ? true : undefined), { everyMs: 10, giveUpMs: 20_000 });
      const exited = service.exited;
      await service.stop();
      await clients;
      expect(await exited).toMatchObject({ code: 0, signal: null });
      const sql = connect(scene.databaseUrl, { max: 1 });
      const kept = new Set((await sql`select id::text from domain.outbox`).map((row) => row.id));
      await sql.end();
      expect(acknowledged.length).toBeGreaterThan(50);
      expect(acknowledged.filter((id) => !kept.has(id))).toEqual([]);
    });
  }, 120_000);
});
