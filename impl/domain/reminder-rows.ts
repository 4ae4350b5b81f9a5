/** The reminders table: what has been announced, and what is to be. */
import type { Sql, Transaction } from '#kit/postgres.ts';
import type { TaskRow } from './task-rows.ts';

/** A task with a reminder whose time has come. */
export type DueTask = TaskRow & { readonly due_date: Date };

export interface Moment {
  readonly now: Date;
  /** What was due before is no longer announced: after a long downtime a reminder would only be noise. */
  readonly oldest: Date;
}

/** Tasks that are to be looked at, the longest overdue first. Read without locks: `lockDueTasks` decides. */
export async function dueTaskIds(sql: Sql, { now }: Moment, rowsMax: number): Promise<number[]> {
  const rows = await sql<{ id: number }[]>`
    select id from tasks where remind_at <= ${now} order by remind_at, id limit ${rowsMax}`;
  return rows.map((row) => row.id);
}

/**
 * Waits for whoever is changing one: what they commit decides whether there is anything to remind of. In one order, so
 * that two never wait for each other.
 */
export function lockDueTasks(tx: Transaction, ids: readonly number[], { now }: Moment): Promise<DueTask[]> {
  return tx<DueTask[]>`
    select * from tasks where id = any (${ids as number[]}::int[]) and remind_at <= ${now} order by id for update`;
}

/** When a tick looks at each of them again; null: never. */
export async function scheduleReminders(
  tx: Transaction,
  tasks: readonly { readonly id: number; readonly remindAt: Date | null }[],
): Promise<void> {
  await tx`
    update tasks set remind_at = next.remind_at
    from unnest(${tasks.map(({ id }) => id)}::int[], ${tasks.map(({ remindAt }) => remindAt?.toISOString() ?? null)}::timestamptz[]) as next(task_id, remind_at)
    where id = next.task_id`;
}

/** The leads that were not announced yet for this due date; each is from now on. */
export async function insertReminders(
  tx: Transaction,
  task: DueTask,
  leads: readonly { readonly leadMinutes: number; readonly eventId: string }[],
): Promise<{ leadMinutes: number; eventId: string }[]> {
  return tx<{ leadMinutes: number; eventId: string }[]>`
    insert into reminders (task_id, due_date, lead_minutes, event_id)
    select ${task.id}, ${task.due_date}, lead, event
    from unnest(${leads.map((each) => each.leadMinutes)}::int[], ${leads.map((each) => each.eventId)}::uuid[]) as due(lead, event)
    on conflict do nothing
    returning lead_minutes as "leadMinutes", event_id::text as "eventId"`;
}

/** Forgets at most `rowsMax` reminders of due dates before the moment: nothing so old is announced again. */
export async function pruneReminders(sql: Sql, beforeMs: number, rowsMax: number): Promise<number> {
  const gone = await sql`
    delete from reminders where (task_id, due_date, lead_minutes) in (
      select task_id, due_date, lead_minutes from reminders
      where due_date < ${new Date(beforeMs)} order by due_date limit ${rowsMax})`;
  return gone.count;
}
