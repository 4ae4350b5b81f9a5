/** What was last heard of tasks with a due date. A mail may wait for hours: meanwhile its task may be done, gone or put off. */
import type { ReminderEvent, TaskEvent } from '#contracts/types.ts';
import type { Sql, Transaction } from '#kit/postgres.ts';

export async function learnOfTask(tx: Transaction, { event_type, timestamp, data }: TaskEvent): Promise<void> {
  const dueDate = data.due_date ?? null;
  const isOpen = !data.completed && event_type !== 'task.deleted';
  // Readers of v1.0 events know no revision; there the order of arrival has to do.
  const revision = data.revision ?? 0;
  // Most tasks never have one, and nobody reminds of those.
  if (dueDate === null)
    return void (await tx`
      update task_states set due_date = null, is_open = ${isOpen}, revision = ${revision}, changed_at = ${timestamp}
      where task_id = ${data.id} and revision <= ${revision}`);
  await tx`
    insert into task_states (task_id, due_date, is_open, revision, changed_at)
    values (${data.id}, ${dueDate}, ${isOpen}, ${revision}, ${timestamp})
    on conflict (task_id) do update set due_date = excluded.due_date, is_open = excluded.is_open, revision = excluded.revision,
      changed_at = excluded.changed_at
    where task_states.revision <= excluded.revision`;
}

/**
 * Why nobody wants this reminder any more, as a phrase; null: nothing is known against it. Its topic may be ahead of that of tasks: only
 * a change from after it was made speaks against it.
 */
export async function whyObsolete(sql: Sql, { task_id, due_date }: ReminderEvent['data'], madeAt: Date): Promise<string | null> {
  const [known] = await sql<{ due_date: Date | null; is_open: boolean }[]>`
    select due_date, is_open from task_states where task_id = ${task_id} and changed_at > ${madeAt}`;
  if (known === undefined) return null;
  if (!known.is_open) return 'the task is done or gone';
  if (known.due_date === null) return 'the task has no due date any more';
  return known.due_date.getTime() === new Date(due_date).getTime() ? null : `the task is due ${known.due_date.toISOString()} now`;
}

/** Deletes at most `rowsMax` that were last heard of before the moment; says how many. */
export async function pruneTaskStates(sql: Sql, beforeMs: number, rowsMax: number): Promise<number> {
  const gone = await sql`
    delete from task_states where task_id in (
      select task_id from task_states where changed_at < ${new Date(beforeMs)} and (due_date is null or due_date < ${new Date(beforeMs)})
      order by changed_at limit ${rowsMax})`;
  return gone.count;
}
