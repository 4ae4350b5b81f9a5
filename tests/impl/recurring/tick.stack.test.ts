/** Whoever ticks, however often, whatever dies: each occurrence is one task, each reminder one event. */
import { describe, expect, it } from '@jest/globals';
import type { ReminderEvent, TaskEvent } from '#contracts/types.ts';
import { schemaAt } from '#kit/schemas.ts';
import { until } from '../../../harness/process/until.ts';
import { appApiToken } from '../scene.ts';
import { dueTasks, dueTemplates, events, knock, tick, withRecurring } from './scene.ts';

const dayMs = 86_400_000;

describe('recurring', () => {
  it('three replicas, five ticks at once each: one task and one reminder of each, with one event each', async () => {
    await withRecurring(3, async ({ sql, replicas }) => {
      await dueTemplates(sql, 200);
      const reminded = await dueTasks(sql, 200);
      const answers = await Promise.all(replicas.flatMap((replica) => Array.from({ length: 5 }, () => tick(replica))));
      expect(answers.filter((answer) => answer.busy).length).toBeGreaterThan(0);
      const sum = (name: 'generated' | 'reminded' | 'failed') =>
        answers.reduce((total, answer) => total + (answer[name] ?? 0), 0);
      expect([sum('generated'), sum('reminded'), sum('failed')]).toEqual([200, 200, 0]);
      const worked = answers.filter((answer) => answer.generated > 0);
      expect(worked.length).toBeGreaterThan(1);

      const made = await sql`select template_id, count(*)::int from tasks where template_id is not null group by 1`;
      expect([made.length, made.every((row) => row.count === 1)]).toEqual([200, true]);
      const [templates] = await sql`
        select count(*)::int, min(generated_count) as least, max(generated_count) as most, min(next_occurrence) as next, max(revision) as revision
        from templates`;
      expect(templates).toMatchObject({ count: 200, least: 1, most: 1, revision: 1 });
      expect(templates?.next.getTime()).toBeGreaterThan(Date.now() + dayMs - 120_000);

      const rows = await events(sql);
      const created = rows.filter((row) => row.type === 'task.created');
      const due = rows.filter((row) => row.type === 'reminder.due');
      expect([rows.length, created.length, due.length]).toEqual([400, 200, 200]);
      const taskEvent = schemaAt<TaskEvent>('events/task-event/v1.2.json');
      const reminderEvent = schemaAt<ReminderEvent>('events/reminder-event/v1.2.json');
      for (const row of created) expect([taskEvent(row.body), row.topics]).toEqual([true, ['task-events', 'task-updates']]);
      for (const row of due) expect([reminderEvent(row.body), row.topics]).toEqual([true, ['reminders']]);
      for (const row of rows)
        expect([(row.body as TaskEvent).event_id, (row.body as TaskEvent).version]).toEqual([row.id, 'v1.2']);
      for (const row of rows) expect(row.trace).toMatch(/^00-[\da-f]{32}-[\da-f]{16}-0[01]$/);
      expect(new Set(due.map((row) => Number(row.key)))).toEqual(new Set(reminded));
      const kept = await sql`select event_id::text as id from reminders`;
      expect(new Set(kept.map((row) => row.id))).toEqual(new Set(due.map((row) => row.id)));

      expect(await tick(replicas[0] as never)).toMatchObject({ generated: 0, skipped: 0, reminded: 0, more: false });
    });
  }, 180_000);

  it('killed in the middle of a tick it has lost nothing, and the next tick doubles nothing', async () => {
    await withRecurring(2, async ({ sql, replicas: [victim, survivor] }) => {
      await dueTemplates(sql, 1_000);
      await dueTasks(sql, 500);
      const tasksMade = async () =>
        (await sql`select count(*)::int from tasks where template_id is not null`)[0]?.count as number;
      const broken = knock(victim as never).then(
        () => 'answered',
        () => 'broken off',
      );
      await until('it is in the middle', async () => ((await tasksMade()) > 20 ? true : undefined), {
        everyMs: 2,
        giveUpMs: 20_000,
      });
      await victim?.service.kill();
      expect(await broken).toBe('broken off');
      const before = await tasksMade();
      expect(before).toBeLessThan(1_000);
      // On a busy machine a tick goes on behind its answer, and a transaction of the dead may hold rows until Postgres notices.
      await until(
        'nothing is left to do',
        async () => {
          const answer = await tick(survivor as never);
          return answer.more === false && answer.generated + answer.reminded === 0 ? true : undefined;
        },
        { everyMs: 50, giveUpMs: 60_000 },
      );
      const [counts] = await sql`
        select (select count(*)::int from tasks where template_id is not null) as tasks,
          (select count(distinct template_id)::int from tasks) as templates,
          (select sum(generated_count)::int from templates) as generated,
          (select count(*)::int from reminders) as reminders,
          (select count(*)::int from outbox where body->>'event_type' = 'task.created') as created,
          (select count(*)::int from outbox where body->>'event_type' = 'reminder.due') as due`;
      expect(counts).toEqual({ tasks: 1_000, templates: 1_000, generated: 1_000, reminders: 500, created: 1_000, due: 500 });
    });
  }, 180_000);

  it('after a long downtime makes the newest ten, and counts the rest', async () => {
    await withRecurring(1, async ({ sql, replicas: [replica] }) => {
      const [daily, minutely] = await sql<{ id: number }[]>`
        insert into templates (user_id, title, rrule, time_zone, starts_at, due_after_minutes, next_occurrence)
        values ('u', 'daily', 'FREQ=DAILY', 'Europe/Berlin', '2023-01-01T09:00', 60, '2023-01-01T08:00:00Z'),
          ('u', 'minutely', 'FREQ=MINUTELY;INTERVAL=5', 'UTC', '2023-01-01T00:00', 0, ${new Date(Date.now() - 10 * dayMs)})
        returning id`;
      const now = new Date();
      const answer = await tick(replica as never);
      expect(answer).toMatchObject({ generated: 20, failed: 0, more: false });
      const tasks = await sql`select * from tasks where template_id = ${daily?.id as number} order by occurrence_at`;
      expect(tasks).toHaveLength(10);
      expect(tasks.at(-1)?.occurrence_at.getTime()).toBeGreaterThan(now.getTime() - dayMs - 3_600_000);
      for (const [index, task] of tasks.entries()) {
        expect(task.due_date.getTime() - task.occurrence_at.getTime()).toBe(3_600_000);
        const local = new Intl.DateTimeFormat('de', { timeZone: 'Europe/Berlin', timeStyle: 'short' }).format(task.occurrence_at);
        expect(local).toBe('09:00');
        if (index > 0) expect(task.occurrence_at > tasks[index - 1]?.occurrence_at).toBe(true);
      }
      const [after] = await sql`select * from templates where id = ${daily?.id as number}`;
      const days = Math.floor((now.getTime() - Date.parse('2023-01-01T08:00:00Z')) / dayMs) + 1;
      // One off at most, around the hour in which summer time moves the count of days.
      expect(Math.abs(after?.skipped_count - (days - 10))).toBeLessThanOrEqual(1);
      expect(after?.generated_count).toBe(10);
      expect(after?.next_occurrence.getTime()).toBeGreaterThan(now.getTime());
      const [often] = await sql`select * from templates where id = ${minutely?.id as number}`;
      expect([often?.generated_count, Math.abs(often?.skipped_count - (2_880 - 10)) <= 2]).toEqual([10, true]);
    });
  }, 180_000);

  it('a task completed while the tick looks at it is not announced', async () => {
    await withRecurring(1, async ({ sql, replicas: [replica] }) => {
      const [id] = (await dueTasks(sql, 1)) as [number];
      const ticking = await sql.begin(async (tx) => {
        await tx`select * from tasks where id = ${id} for update`;
        const answer = tick(replica as never);
        // Only once the tick waits for this very row.
        await until(
          'the tick waits for the row',
          async () => ((await sql`select from pg_locks where not granted`).length > 0 ? true : undefined),
          { everyMs: 5, giveUpMs: 10_000 },
        );
        await tx`update tasks set completed = true where id = ${id}`;
        return { answer };
      });
      expect(await ticking.answer).toMatchObject({ reminded: 0, failed: 0 });
      expect(await events(sql)).toEqual([]);
    });
  }, 180_000);

  it('reminds once of each lead, again when the due date moves, and never of what is done, gone or long past', async () => {
    await withRecurring(1, async ({ sql, replicas: [replica] }) => {
      const due = (ms: number) => new Date(Date.now() + ms);
      const task = async (title: string, dueMs: number | null, leads: number[], completed = false) =>
        (
          await sql<{ id: number }[]>`
            insert into tasks (user_id, title, due_date, reminder_lead_minutes, completed)
            values ('u', ${title}, ${dueMs === null ? null : due(dueMs)}, ${leads}, ${completed}) returning id`
        )[0]?.id as number;
      const two = await task('two leads', 1_800_000, [60, 1_440, 10]);
      await task('not yet', 7_200_000, [60]);
      await task('done', 1_800_000, [60], true);
      await task('no date', null, [60]);
      await task('no leads', 1_800_000, []);
      const overdue = await task('overdue', -3_600_000, [60]);
      await task('long past', -25 * 3_600_000, [60]);
      const monthAhead = await task('a month ahead', 29 * dayMs, [43_200]);
      const gone = await task('gone', 1_800_000, [60]);
      await sql`delete from tasks where id = ${gone}`;

      // Of two leads that have passed together the more pressing one is announced.
      expect(await tick(replica as never)).toMatchObject({ reminded: 3, failed: 0, more: false });
      expect(await tick(replica as never)).toMatchObject({ reminded: 0 });
      const leadsOf = async () =>
        (await events(sql)).map((row) => [Number(row.key), (row.body as ReminderEvent).data.lead_minutes]).sort();
      expect(await leadsOf()).toEqual(
        [
          [two, 60],
          [overdue, 60],
          [monthAhead, 43_200],
        ].sort(),
      );

      await sql`update tasks set due_date = ${due(2_400_000)} where id = ${two}`;
      expect(await tick(replica as never)).toMatchObject({ reminded: 1 });
      await sql`update tasks set completed = true where id = ${two}`;
      await sql`update tasks set due_date = ${due(2_700_000)} where id = ${two}`;
      expect(await tick(replica as never)).toMatchObject({ reminded: 0 });
    });
  }, 180_000);

  it('lets a template that can not be used end, and makes the others', async () => {
    await withRecurring(1, async ({ sql, replicas: [replica] }) => {
      await dueTemplates(sql, 3);
      await sql`update templates set time_zone = 'Europe/Atlantis' where id = (select min(id) from templates)`;
      await sql`update templates set paused = true where id = (select max(id) from templates)`;
      // It ends, and what was due by then is made all the same.
      expect(await tick(replica as never)).toMatchObject({ generated: 2, failed: 0, more: false });
      expect((await sql`select next_occurrence is null as over from templates order by id`).map((row) => row.over)).toEqual([
        true,
        false,
        false,
      ]);
    });
  }, 180_000);

  it('leaves only the row behind that fails, and tries it again', async () => {
    await withRecurring(1, async ({ sql, replicas: [replica] }) => {
      await dueTemplates(sql, 30);
      await sql`create function refuse() returns trigger language plpgsql as $$ begin raise exception 'not this one'; end $$`;
      await sql`create trigger refuse before insert on tasks for each row when (new.title = 'again 7') execute function refuse()`;
      expect(await tick(replica as never)).toMatchObject({ generated: 29, failed: 1, more: true });
      expect(await events(sql)).toHaveLength(29);
      await sql`drop trigger refuse on tasks`;
      expect(await tick(replica as never)).toMatchObject({ generated: 1, failed: 0, more: false });
    });
  }, 180_000);

  it('takes ticks of its sidecar only', async () => {
    await withRecurring(1, async ({ sql, replicas: [replica] }) => {
      await dueTemplates(sql, 1);
      for (const token of ['', 'wrong', 'app-token-of-the-tesT']) {
        const answer = await knock(replica as never, token);
        expect([answer.status, await answer.json()]).toMatchObject([401, { type: 'urn:problem:sidecar-only' }]);
      }
      expect(await events(sql)).toEqual([]);
      expect((await knock(replica as never)).status).toBe(200);
      expect(await events(sql)).toHaveLength(1);
      const reading = (token: string) =>
        fetch(`${replica?.url}/dapr/cron/reminder-cron`, { headers: { 'dapr-api-token': token } });
      expect([(await reading(appApiToken)).status, (await reading('wrong')).status]).toEqual([405, 401]);
    });
  }, 180_000);
});
