/** The template API on a real Postgres: what recurs is checked when it comes, and knows when it is due next. */
import { describe, expect, it } from '@jest/globals';
import { withBackend } from './scene.ts';

const hourMs = 3_600_000;
/** Local time in UTC, to the minute. */
const minutesFromNow = (minutes: number): string => new Date(Date.now() + minutes * 60_000).toISOString().slice(0, 16);

const daily = { title: 'standup', recurrence: 'daily', time_zone: 'Europe/Berlin', starts_at: '2026-01-01T09:00' };

describe('templates', () => {
  it('makes, shows, changes, pauses, resumes and deletes one', async () => {
    await withBackend(async ({ as }) => {
      const call = await as('u 1');
      const created = await call('POST', '/templates', { body: daily });
      expect([created.status, created.body]).toMatchObject([
        201,
        {
          user_id: 'u 1',
          title: 'standup',
          rrule: 'FREQ=DAILY',
          time_zone: 'Europe/Berlin',
          starts_at: '2026-01-01T09:00',
          due_after_minutes: 0,
          reminder_lead_minutes: [60],
          paused: false,
          generated_count: 0,
          skipped_count: 0,
          revision: 1,
        },
      ]);
      expect(created.headers.get('location')).toBe(`/api/u%201/templates/${created.body.id}`);
      const next = new Date(created.body.next_occurrence);
      expect([next.getTime() > Date.now() - 60_000, next.getTime() <= Date.now() + 25 * hourMs]).toEqual([true, true]);
      const at = `/templates/${created.body.id}`;
      const read = await call('GET', at);
      expect([read.status, read.body, read.headers.get('etag'), read.headers.get('cache-control')]).toEqual([
        200,
        created.body,
        '"1"',
        'no-store',
      ]);
      const patch = async (body: object) => (await call('PATCH', at, { body })).body;
      expect(await patch({ title: 'stand up' })).toMatchObject({ revision: 2, next_occurrence: created.body.next_occurrence });
      expect(await patch({ title: 'stand up' })).toMatchObject({ revision: 2 });
      expect(await patch({ paused: true })).toMatchObject({ revision: 3, paused: true, next_occurrence: null });
      expect(await patch({ rrule: 'FREQ=YEARLY', starts_at: '2080-05-01T09:00' })).toMatchObject({ next_occurrence: null });
      expect(await patch({ paused: false })).toMatchObject({ next_occurrence: '2080-05-01T07:00:00.000Z' });
      expect(await patch({ time_zone: 'Asia/Kolkata' })).toMatchObject({
        next_occurrence: '2080-05-01T03:30:00.000Z',
        revision: 6,
      });
      expect((await call('DELETE', at)).status).toBe(204);
      expect([(await call('GET', at)).status, (await call('DELETE', at)).status]).toEqual([404, 404]);
    });
  }, 120_000);

  it('counts the running minute, and makes up for nothing before it', async () => {
    await withBackend(async ({ as, sql }) => {
      const call = await as('u');
      const nextOf = async (starts_at: string) =>
        (await call('POST', '/templates', { body: { ...daily, time_zone: 'UTC', starts_at } })).body.next_occurrence as string;
      // At a minute's turn the two clocks may read different ones; then it is asked once more.
      const nextAndNow = async (): Promise<[string, string]> => {
        const now = minutesFromNow(0);
        const next = await nextOf(now);
        return minutesFromNow(0) === now ? [next, now] : nextAndNow();
      };
      const [next, now] = await nextAndNow();
      expect(next).toBe(`${now}:00.000Z`);
      const past = await nextOf(minutesFromNow(-5));
      expect(new Date(past).getTime()).toBeGreaterThan(Date.now() + 23 * hourMs);
      expect(await sql`select from domain.tasks`).toHaveLength(0);
    });
  }, 120_000);

  it('makes what was due by the old rule before it takes the new one', async () => {
    await withBackend(async ({ as, sql }) => {
      const call = await as('u');
      const { body } = await call('POST', '/templates', {
        body: { ...daily, time_zone: 'UTC', starts_at: minutesFromNow(-1_500) },
      });
      // Due an hour ago, and no tick has come since; with the new rule nobody would find it.
      const due = `${minutesFromNow(-60)}:00.000Z`;
      await sql`update domain.templates set starts_at = ${minutesFromNow(-60 - 1_440)}, next_occurrence = ${due} where id = ${body.id}`;
      const patched = await call('PATCH', `/templates/${body.id}`, {
        body: { rrule: 'FREQ=YEARLY', starts_at: '2080-05-01T09:00' },
      });
      expect(patched.body).toMatchObject({ generated_count: 1, next_occurrence: '2080-05-01T09:00:00.000Z' });
      expect(await sql`select occurrence_at, template_id from domain.tasks`).toEqual([
        { occurrence_at: new Date(due), template_id: body.id },
      ]);
    });
  }, 120_000);

  it('turns shorthands into rules, and keeps "monthly" monthly when its start moves', async () => {
    await withBackend(async ({ as }) => {
      const call = await as('u');
      const create = async (recurrence: string, starts_at: string) =>
        (await call('POST', '/templates', { body: { ...daily, recurrence, starts_at } })).body;
      expect((await create('weekly', '2026-01-31T09:00')).rrule).toBe('FREQ=WEEKLY');
      expect((await create('monthly', '2026-01-15T09:00')).rrule).toBe('FREQ=MONTHLY');
      const last = await create('monthly', '2026-01-31T09:00');
      expect(last.rrule).toBe('FREQ=MONTHLY;BYMONTHDAY=28,29,30,31;BYSETPOS=-1');
      const moved = await call('PATCH', `/templates/${last.id}`, { body: { starts_at: '2026-02-10T09:00' } });
      expect(moved.body.rrule).toBe('FREQ=MONTHLY');
      const back = await call('PATCH', `/templates/${last.id}`, { body: { starts_at: '2026-03-29T09:00' } });
      expect(back.body.rrule).toBe('FREQ=MONTHLY;BYMONTHDAY=28,29;BYSETPOS=-1');
    });
  }, 120_000);

  it('refuses what never recurs, and leaves the template as it was', async () => {
    await withBackend(async ({ as }) => {
      const call = await as('u');
      const { recurrence: _shorthand, ...noRule } = daily;
      const withRule = (rrule: string) => ({ ...noRule, rrule });
      const bad: [number, object][] = [
        [400, noRule],
        [400, { ...daily, rrule: 'FREQ=DAILY' }],
        [400, { ...daily, recurrence: 'hourly' }],
        [400, { ...daily, next_occurrence: '2030-01-01T00:00:00Z' }],
        [400, { ...daily, starts_at: '2026-01-01T09:00Z' }],
        [400, withRule('freq=daily')],
        [422, withRule('FREQ=SECONDLY')],
        [422, withRule('FREQ=YEARLY;BYMONTH=2;BYMONTHDAY=30')],
        [422, withRule('FREQ=DAILY;COUNT=3')],
        [422, withRule('FREQ=DAILY;UNTIL=20260201T000000Z')],
        [422, { ...daily, time_zone: 'Europe/Atlantis' }],
        [422, { ...daily, starts_at: '2026-03-29T02:30' }],
        [422, { ...daily, starts_at: '2026-13-01T09:00' }],
      ];
      for (const [status, body] of bad) {
        const answer = await call('POST', '/templates', { body });
        expect([body, answer.status]).toEqual([body, status]);
        if (status === 422) expect(answer.body.type).toBe('urn:problem:invalid-recurrence');
      }
      const { id } = (await call('POST', '/templates', { body: daily })).body;
      for (const body of [
        { rrule: 'FREQ=DAILY;COUNT=1' },
        { time_zone: 'Nowhere' },
        { paused: true, starts_at: '2026-02-30T09:00' },
      ])
        expect((await call('PATCH', `/templates/${id}`, { body })).status).toBe(422);
      expect((await call('GET', `/templates/${id}`)).body).toMatchObject({ revision: 1, paused: false, rrule: 'FREQ=DAILY' });
    });
  }, 120_000);

  it('changes only what the caller has seen, creates once for one key, and pages through all', async () => {
    await withBackend(async ({ as }) => {
      const call = await as('u');
      const headers = { 'idempotency-key': 'once' };
      const twice = [1, 2].map(() => call('POST', '/templates', { headers, body: daily }));
      const ids = new Set((await Promise.all(twice)).filter((each) => each.status === 201).map((each) => each.body.id));
      expect(ids.size).toBe(1);
      const at = `/templates/${[...ids][0]}`;
      const change = (tag: string, title: string) => call('PATCH', at, { headers: { 'if-match': tag }, body: { title } });
      const racing = await Promise.all([change('"1"', 'mine'), change('"1"', 'yours')]);
      expect(racing.map((each) => each.status).sort()).toEqual([200, 412]);
      expect((await call('DELETE', at, { headers: { 'if-match': '"1"' } })).status).toBe(412);

      for (let n = 0; n < 6; n++) await call('POST', '/templates', { body: { ...daily, title: `t${n}` } });
      const seen: string[] = [];
      for (let cursor: string | null = ''; cursor !== null;) {
        const page: { items: { title: string }[]; next_cursor: string | null } = (
          await call('GET', `/templates?limit=3${cursor && `&cursor=${cursor}`}`)
        ).body;
        seen.push(...page.items.map((item) => item.title));
        cursor = page.next_cursor;
      }
      expect(seen.slice(0, 6)).toEqual(['t5', 't4', 't3', 't2', 't1', 't0']);
      expect(seen).toHaveLength(7);
      expect((await call('GET', '/templates?completed=true')).status).toBe(400);
    });
  }, 120_000);

  it('belongs to its owner', async () => {
    await withBackend(async ({ as, url, headersOf }) => {
      const mine = await as('mine');
      const { id } = (await mine('POST', '/templates', { body: daily })).body;
      const other = await as('other');
      for (const method of ['GET', 'DELETE']) expect((await other(method, `/templates/${id}`)).status).toBe(404);
      expect((await other('PATCH', `/templates/${id}`, { body: { paused: true } })).status).toBe(404);
      expect((await other('GET', '/templates')).body.items).toEqual([]);
      const path = `${url}/api/mine/templates`;
      expect((await fetch(path)).status).toBe(401);
      expect((await fetch(path, { headers: { authorization: 'Bearer a.b.c' } })).status).toBe(401);
      expect((await fetch(path, { headers: await headersOf('other') })).status).toBe(403);
    });
  }, 120_000);
});
