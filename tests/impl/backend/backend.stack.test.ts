/** The task API on a real Postgres, with no sidecar at all: tasks are accepted, events wait. */
import { describe, expect, it } from '@jest/globals';
import connect from 'postgres';
import type { Task, TaskPage } from '#contracts/types.ts';
import { listTasks } from '#domain/task-rows.ts';
import { schemaAt } from '#kit/schemas.ts';
import { until } from '../../../harness/process/until.ts';
import { withPostgres } from '../scene.ts';
import { withBackend } from './scene.ts';

describe('backend', () => {
  it('makes one event for each change and none for no change', async () => {
    await withBackend(async ({ as, sql }) => {
      const call = await as('u 1');
      const created = await call('POST', '/tasks', { body: { title: 'one', due_date: '2030-01-01T10:00:00+02:00' } });
      expect([created.status, created.body]).toMatchObject([
        201,
        {
          user_id: 'u 1',
          title: 'one',
          completed: false,
          due_date: '2030-01-01T08:00:00.000Z',
          tags: [],
          reminder_lead_minutes: [60],
          template_id: null,
          revision: 1,
        },
      ]);
      expect(created.headers.get('location')).toBe(`/api/u%201/tasks/${created.body.id}`);
      const at = `/tasks/${created.body.id}`;
      const read = await call('GET', at);
      expect([read.status, read.body, read.headers.get('x-event-id')]).toEqual([200, created.body, null]);
      const patch = (body: object) => call('PATCH', at, { body });
      const steps = [
        await patch({ title: 'two', description: 'long' }),
        await patch({ title: 'two' }),
        await patch({ due_date: '2030-01-01T08:00:00Z' }),
        await patch({ tags: ['b', 'a'], reminder_lead_minutes: [1440, 0] }),
        await patch({ tags: ['b', 'a'], reminder_lead_minutes: [1440, 0] }),
        await patch({ tags: ['a', 'b'] }),
        await patch({ tags: [], reminder_lead_minutes: [] }),
        await call('POST', `${at}/complete`),
        await call('POST', `${at}/complete`),
        await patch({ completed: false }),
        await patch({ completed: true, title: 'three' }),
        await call('DELETE', at),
        await call('DELETE', at),
      ];
      expect(steps.map(({ status, headers, body }) => [status, headers.has('x-event-id'), body?.revision])).toEqual([
        [200, true, 2],
        [200, false, 2],
        [200, false, 2],
        [200, true, 3],
        [200, false, 3],
        [200, true, 4],
        [200, true, 5],
        [200, true, 6],
        [200, false, 6],
        [200, true, 7],
        [200, true, 8],
        [204, true, undefined],
        [404, false, undefined],
      ]);
      const rows = await sql`select id::text, key, body->>'event_type' as type, body from domain.outbox order by seq`;
      expect(rows.map((row) => [row.type, row.body.data.revision])).toEqual([
        ['task.created', 1],
        ['task.updated', 2],
        ['task.updated', 3],
        ['task.updated', 4],
        ['task.updated', 5],
        ['task.completed', 6],
        ['task.updated', 7],
        ['task.completed', 8],
        ['task.deleted', 8],
      ]);
      const acknowledged = [created, ...steps].map(({ headers }) => headers.get('x-event-id')).filter((id) => id !== null);
      expect(rows.map((row) => row.id)).toEqual(acknowledged);
      for (const row of rows) {
        const valid = schemaAt('events/task-event/v1.2.json')(row.body);
        expect([valid, row.body.event_id, row.key]).toEqual([true, row.id, String(created.body.id)]);
      }
      expect(rows[2]?.body.data).toMatchObject({ tags: ['b', 'a'], reminder_lead_minutes: [1440, 0] });
      expect(rows.at(-1)?.body.data.title).toBe('three');
    });
  }, 120_000);

  it('pages through everything once, newest first, and shows nobody the tasks of others', async () => {
    await withBackend(async ({ as, url, headersOf }) => {
      const [call, other] = await Promise.all([as('pages'), as('other')]);
      for (let n = 0; n < 25; n++) await call('POST', '/tasks', { body: { title: `t${n}` } });
      const seen: Task[] = [];
      for (let cursor: string | null = ''; cursor !== null;) {
        const page = (await call('GET', `/tasks?limit=10${cursor && `&cursor=${cursor}`}`)).body as TaskPage;
        seen.push(...page.items);
        cursor = page.next_cursor;
        if (cursor !== null) {
          // It is this list's: not another filter's, not another user's.
          expect((await call('GET', `/tasks?completed=false&cursor=${cursor}`)).status).toBe(400);
          expect((await other('GET', `/tasks?cursor=${cursor}`)).status).toBe(400);
        }
      }
      expect(seen.map((task) => task.title)).toEqual(Array.from({ length: 25 }, (_, n) => `t${24 - n}`));
      const at = `/tasks/${seen[0]?.id}`;
      expect((await other('GET', at)).status).toBe(404);
      expect((await other('DELETE', at)).status).toBe(404);
      expect((await other('POST', `${at}/complete`)).status).toBe(404);
      expect((await other('PATCH', at, { body: { title: 'x' } })).status).toBe(404);
      expect((await other('GET', '/tasks')).body).toEqual({ items: [], next_cursor: null });
      const foreign = await fetch(`${url}/api/pages${at}`, { headers: await headersOf('other') });
      expect(foreign.status).toBe(403);
      const unknown = await fetch(`${url}/api/pages${at}`);
      expect([unknown.status, unknown.headers.get('www-authenticate')]).toEqual([401, 'Bearer']);
    });
  }, 120_000);

  it('filters by what is asked, taken literally, and finds it by an index', async () => {
    await withBackend(async ({ as, sql, databaseUrl, scope }) => {
      const call = await as('filters');
      const day = (n: number) => `2030-01-0${n}T00:00:00Z`;
      const made = [
        { title: 'Milk', priority_id: 1, tags: ['shop', 'home'], due_date: day(1) },
        { title: 'ÄPFEL 100%', priority_id: 2, tags: ['shop'], due_date: day(2) },
        { title: 'back\\slash_x', priority_id: 2, tags: ['Shop'], due_date: day(3) },
        { title: "o'clock); drop table domain.tasks; --", tags: ["it's", '{a,b}'] },
      ];
      for (const body of made) expect((await call('POST', '/tasks', { body })).status).toBe(201);
      const titles = async (query: Record<string, string>) => {
        const { status, body } = await call('GET', `/tasks?${new URLSearchParams(query)}`);
        return status === 200
          ? (body as TaskPage).items.map((task) => made.findIndex(({ title }) => title === task.title))
          : status;
      };
      const found: [Record<string, string>, number[] | number][] = [
        [{}, [3, 2, 1, 0]],
        [{ priority_id: '2' }, [2, 1]],
        [{ tag: 'shop' }, [1, 0]],
        [{ tag: 'Shop' }, [2]],
        [{ tag: "it's" }, [3]],
        [{ tag: '{a,b}' }, [3]],
        [{ tag: 'a' }, []],
        [{ due_after: day(2) }, [2, 1]],
        [{ due_before: day(2) }, [0]],
        [{ due_after: day(2), due_before: day(3) }, [1]],
        [{ due_after: '2030-01-02T01:00:00+01:00', due_before: day(3) }, [1]],
        [{ q: 'MILK' }, [0]],
        [{ q: 'äpfel' }, [1]],
        [{ q: '%' }, [1]],
        [{ q: '_' }, [2]],
        [{ q: '\\' }, [2]],
        [{ q: 'ck\\sl' }, [2]],
        [{ q: "O'CLOCK); DROP" }, [3]],
        [{ q: 'l', tag: 'shop', priority_id: '2', completed: 'false', due_before: day(9) }, [1]],
        [{ completed: 'true' }, []],
        [{ tag: '' }, 400],
        [{ q: '' }, 400],
        [{ q: 'x'.repeat(201) }, 400],
        [{ q: 'a\0b' }, 400],
        [{ tag: '\0' }, 400],
        [{ priority_id: '5' }, 400],
        [{ due_before: 'tomorrow' }, 400],
        [{ due_before: '2030-02-30' }, 400],
        [{ due_after: '0000-01-01T00:00:00Z' }, 400],
        [{ due_befor: day(1) }, 400],
      ];
      for (const [query, expected] of found) expect([query, await titles(query)]).toEqual([query, expected]);

      // A table in which this user is one of many, and the plans of every filter.
      await sql`insert into domain.tasks (user_id, title, tags) select 'u' || n % 500, 'task ' || n, array['t' || n % 50] from generate_series(1, 20000) n`;
      await sql`analyze domain.tasks`;
      const inSchema = connect(databaseUrl, { max: 1, connection: { search_path: 'domain' } });
      scope.defer('close the connection to the schema', () => inSchema.end());
      const filters = [{}, { completed: false }, { titlePart: 'ask' }, { tag: 't7' }, { priorityId: 2, dueAfter: new Date() }];
      for (const filter of filters) {
        for (const beforeId of [null, 10_000]) {
          const query = listTasks(inSchema, 'u7', filter, { beforeId, rowsMax: 21 });
          const [plan] = await inSchema`explain (analyze, format json) ${query as never}`;
          const text = JSON.stringify(plan);
          expect([filter, /"Index Name":"tasks_(of_user|tagged)"/.test(text), /"Seq Scan"/.test(text)]).toEqual([
            filter,
            true,
            false,
          ]);
        }
      }
    });
  }, 120_000);

  it('stopped under traffic it has kept every acknowledged change, and exits with 0', async () => {
    await withPostgres(async (scene) => {
      const { url, service } = await scene.start('backend', 0);
      const acknowledged: string[] = [];
      let refused = 0;
      const client = async (n: number) => {
        const headers = await scene.headersOf(`u${n}`);
        while (refused === 0) {
          try {
            const answer = await fetch(`${url}/api/u${n}/tasks`, { method: 'POST', headers, body: '{"title":"x"}' });
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
