/** The tasks table: one statement a function. */
import type { Task } from '#contracts/types.ts';
import type { Sql, Transaction } from '#kit/postgres.ts';

export interface TaskRow {
  readonly id: number;
  readonly user_id: string;
  readonly title: string;
  readonly description: string | null;
  readonly completed: boolean;
  readonly priority_id: number | null;
  readonly due_date: Date | null;
  readonly created_at: Date;
  readonly updated_at: Date;
}

/** What a user may set. */
export type TaskFields = Pick<TaskRow, 'title' | 'description' | 'completed' | 'priority_id' | 'due_date'>;

export async function insertTask(tx: Transaction, userId: string, fields: TaskFields): Promise<TaskRow> {
  const rows = await tx<TaskRow[]>`
    insert into tasks (user_id, title, description, completed, priority_id, due_date)
    values (${userId}, ${fields.title}, ${fields.description}, ${fields.completed}, ${fields.priority_id}, ${fields.due_date})
    returning *`;
  return rows[0] as TaskRow;
}

export async function readTask(sql: Sql, userId: string, id: number): Promise<TaskRow | undefined> {
  return (await sql<TaskRow[]>`select * from tasks where id = ${id} and user_id = ${userId}`)[0];
}

/** Holds the row until commit: changes of one task happen, and enter the outbox, one after the other. */
export async function lockTask(tx: Transaction, userId: string, id: number): Promise<TaskRow | undefined> {
  return (await tx<TaskRow[]>`select * from tasks where id = ${id} and user_id = ${userId} for update`)[0];
}

export async function updateTask(tx: Transaction, id: number, fields: TaskFields): Promise<TaskRow> {
  // greatest: a clock that was set back must not make an event older than the one before it.
  const rows = await tx<TaskRow[]>`
    update tasks set title = ${fields.title}, description = ${fields.description}, completed = ${fields.completed},
      priority_id = ${fields.priority_id}, due_date = ${fields.due_date}, updated_at = greatest(updated_at, clock_timestamp())
    where id = ${id} returning *`;
  return rows[0] as TaskRow;
}

export async function deleteTask(tx: Transaction, id: number): Promise<void> {
  await tx`delete from tasks where id = ${id}`;
}

/** Newest first; `beforeId` is where the page before ended. */
export function listTasks(
  sql: Sql,
  userId: string,
  page: { readonly beforeId: number | null; readonly completed: boolean | null; readonly rowsMax: number },
): Promise<TaskRow[]> {
  return sql<TaskRow[]>`
    select * from tasks where user_id = ${userId}
      ${page.beforeId === null ? sql`` : sql`and id < ${page.beforeId}`}
      ${page.completed === null ? sql`` : sql`and completed = ${page.completed}`}
    order by id desc limit ${page.rowsMax}`;
}

/** As answers and events show it. */
export function taskOf(row: TaskRow): Task {
  return {
    id: row.id,
    user_id: row.user_id,
    title: row.title,
    description: row.description,
    completed: row.completed,
    priority_id: row.priority_id,
    due_date: row.due_date?.toISOString() ?? null,
    created_at: row.created_at.toISOString(),
    updated_at: row.updated_at.toISOString(),
  };
}
