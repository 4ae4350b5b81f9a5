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
  readonly tags: readonly string[];
  readonly reminder_lead_minutes: readonly number[];
  /** The recurring template it was made from, and which of its occurrences it is. */
  readonly template_id: number | null;
  readonly occurrence_at: Date | null;
  /** Rises by one with each change. */
  readonly revision: number;
  readonly created_at: Date;
  readonly updated_at: Date;
}

/** What a user may set. */
export type TaskFields = Pick<
  TaskRow,
  'title' | 'description' | 'completed' | 'priority_id' | 'due_date' | 'tags' | 'reminder_lead_minutes'
>;

/** What a template sets: a task that is not done, and where it came from. */
export type OccurrenceFields = Omit<TaskFields, 'completed'> & {
  readonly template_id: number;
  readonly occurrence_at: Date;
};

/** `null` and `undefined` narrow nothing. */
export interface TaskFilter {
  readonly completed?: boolean | null;
  readonly priorityId?: number | null;
  readonly tag?: string | null;
  /** The due date lies in [dueAfter, dueBefore): windows that adjoin show no task twice. */
  readonly dueAfter?: Date | null;
  readonly dueBefore?: Date | null;
  /** Part of the title, in upper or lower case. */
  readonly titlePart?: string | null;
}

/** Where a page begins (the page before ended at this id) and how long it may be. */
export interface PageOfTasks {
  readonly beforeId: number | null;
  readonly rowsMax: number;
}

export async function insertTask(tx: Transaction, userId: string, fields: TaskFields): Promise<TaskRow> {
  const rows = await tx<TaskRow[]>`
    insert into tasks (user_id, title, description, completed, priority_id, due_date, tags, reminder_lead_minutes)
    values (${userId}, ${fields.title}, ${fields.description}, ${fields.completed}, ${fields.priority_id}, ${fields.due_date},
      ${fields.tags as string[]}, ${fields.reminder_lead_minutes as number[]})
    returning *`;
  return rows[0] as TaskRow;
}

/** `undefined`: this occurrence is a task already, whichever replica made it. It is not touched: its owner may have changed it. */
export async function insertOccurrence(tx: Transaction, userId: string, fields: OccurrenceFields): Promise<TaskRow | undefined> {
  const rows = await tx<TaskRow[]>`
    insert into tasks (user_id, title, description, priority_id, due_date, tags, reminder_lead_minutes, template_id, occurrence_at)
    values (${userId}, ${fields.title}, ${fields.description}, ${fields.priority_id}, ${fields.due_date},
      ${fields.tags as string[]}, ${fields.reminder_lead_minutes as number[]}, ${fields.template_id}, ${fields.occurrence_at})
    on conflict (template_id, occurrence_at) where template_id is not null do nothing
    returning *`;
  return rows[0];
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
      priority_id = ${fields.priority_id}, due_date = ${fields.due_date}, tags = ${fields.tags as string[]},
      reminder_lead_minutes = ${fields.reminder_lead_minutes as number[]},
      revision = revision + 1, updated_at = greatest(updated_at, clock_timestamp())
    where id = ${id} returning *`;
  return rows[0] as TaskRow;
}

export async function deleteTask(tx: Transaction, id: number): Promise<void> {
  await tx`delete from tasks where id = ${id}`;
}

/**
 * Newest first. Whatever the filter, the index on (user_id, id) is walked backwards until the page is full: the cost is
 * bounded by what this user has, never by the table, so a substring needs no index of its own. For a tag that few rows of
 * a long list bear, the planner may take the index on tags instead; `@>` is the operator that index knows.
 */
export function listTasks(sql: Sql, userId: string, filter: TaskFilter, page: PageOfTasks): Promise<TaskRow[]> {
  const { completed, priorityId, tag, dueAfter, dueBefore, titlePart } = filter;
  return sql<TaskRow[]>`
    select * from tasks where user_id = ${userId}
      ${page.beforeId === null ? sql`` : sql`and id < ${page.beforeId}`}
      ${completed == null ? sql`` : sql`and completed = ${completed}`}
      ${priorityId == null ? sql`` : sql`and priority_id = ${priorityId}`}
      ${tag == null ? sql`` : sql`and tags @> array[${tag}]::text[]`}
      ${dueAfter == null ? sql`` : sql`and due_date >= ${dueAfter}`}
      ${dueBefore == null ? sql`` : sql`and due_date < ${dueBefore}`}
      ${titlePart == null ? sql`` : sql`and title collate "und-x-icu" ilike ${likePart(titlePart)}`}
    order by id desc limit ${page.rowsMax}`;
}

/** A pattern in which nothing that was asked for is a wildcard. */
const likePart = (text: string): string => `%${text.replace(/[\\%_]/g, '\\$&')}%`;

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
    tags: [...row.tags],
    reminder_lead_minutes: [...row.reminder_lead_minutes],
    template_id: row.template_id,
    occurrence_at: row.occurrence_at?.toISOString() ?? null,
    revision: row.revision,
    created_at: row.created_at.toISOString(),
    updated_at: row.updated_at.toISOString(),
  };
}
