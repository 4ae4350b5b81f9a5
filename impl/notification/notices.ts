/** What happened to a user's tasks, one row an event: the effect of a task event, and part of the effect of a reminder. */
import type { NoticePage, ReminderEvent, TaskEvent } from '#contracts/types.ts';
import type { Sql, Transaction } from '#kit/postgres.ts';

export const noticeOfTask = (tx: Transaction, event: TaskEvent): Promise<void> =>
  insertNotice(tx, event, event.data.id, event.data.user_id, event.data.title);

export const noticeOfReminder = (tx: Transaction, event: ReminderEvent): Promise<void> =>
  insertNotice(tx, event, event.data.task_id, event.data.user_id, event.data.task_title);

async function insertNotice(
  tx: Transaction,
  event: { readonly event_id: string; readonly event_type: string },
  taskId: number,
  userId: string,
  title: string,
): Promise<void> {
  await tx`
    insert into notices (event_id, event_type, task_id, user_id, title)
    values (${event.event_id}, ${event.event_type}, ${taskId}, ${userId}, ${title})`;
}

/** Newest first. */
export async function listNotices(sql: Sql, userId: string, rowsMax: number): Promise<NoticePage> {
  const rows = await sql<{ event_id: string; event_type: string; task_id: number; title: string; created_at: Date }[]>`
    select event_id::text, event_type, task_id, title, created_at
    from notices where user_id = ${userId} order by seq desc limit ${rowsMax}`;
  return { items: rows.map((row) => ({ ...row, created_at: row.created_at.toISOString() })) };
}

/** Deletes at most `rowsMax` notices made before the moment; says how many. */
export async function pruneNotices(sql: Sql, beforeMs: number, rowsMax: number): Promise<number> {
  const gone = await sql`
    delete from notices where seq in (
      select seq from notices where created_at < ${new Date(beforeMs)} order by created_at limit ${rowsMax})`;
  return gone.count;
}
