/** The templates table: one statement a function. A template says what to do again; each time it comes round it makes a task. */
import type { Template } from '#contracts/types.ts';
import type { Sql, Transaction } from '#kit/postgres.ts';

export interface TemplateRow {
  readonly id: number;
  readonly user_id: string;
  readonly title: string;
  readonly description: string | null;
  readonly priority_id: number | null;
  readonly tags: readonly string[];
  readonly reminder_lead_minutes: readonly number[];
  readonly rrule: string;
  readonly time_zone: string;
  /** Local time in `time_zone`. */
  readonly starts_at: string;
  readonly due_after_minutes: number;
  readonly paused: boolean;
  /** null: paused, or over. */
  readonly next_occurrence: Date | null;
  readonly generated_count: number;
  readonly skipped_count: number;
  /** Rises with each change of its owner; a tick leaves it, so that it spoils nobody's If-Match. */
  readonly revision: number;
  readonly created_at: Date;
  readonly updated_at: Date;
}

export type TemplateFields = Omit<
  TemplateRow,
  'id' | 'user_id' | 'generated_count' | 'skipped_count' | 'revision' | 'created_at' | 'updated_at'
>;

export async function insertTemplate(sql: Sql, userId: string, fields: TemplateFields): Promise<TemplateRow> {
  const rows = await sql<TemplateRow[]>`
    insert into templates (user_id, title, description, priority_id, tags, reminder_lead_minutes, rrule, time_zone, starts_at,
      due_after_minutes, paused, next_occurrence)
    values (${userId}, ${fields.title}, ${fields.description}, ${fields.priority_id}, ${fields.tags as string[]},
      ${fields.reminder_lead_minutes as number[]}, ${fields.rrule}, ${fields.time_zone}, ${fields.starts_at},
      ${fields.due_after_minutes}, ${fields.paused}, ${fields.next_occurrence})
    returning *`;
  return rows[0] as TemplateRow;
}

export async function readTemplate(sql: Sql, userId: string, id: number): Promise<TemplateRow | undefined> {
  return (await sql<TemplateRow[]>`select * from templates where id = ${id} and user_id = ${userId}`)[0];
}

/** Holds the row until commit: an owner's change and a tick happen one after the other. */
export async function lockTemplate(tx: Transaction, userId: string, id: number): Promise<TemplateRow | undefined> {
  return (await tx<TemplateRow[]>`select * from templates where id = ${id} and user_id = ${userId} for update`)[0];
}

export async function updateTemplate(tx: Transaction, id: number, fields: TemplateFields): Promise<TemplateRow> {
  const rows = await tx<TemplateRow[]>`
    update templates set title = ${fields.title}, description = ${fields.description}, priority_id = ${fields.priority_id},
      tags = ${fields.tags as string[]}, reminder_lead_minutes = ${fields.reminder_lead_minutes as number[]},
      rrule = ${fields.rrule}, time_zone = ${fields.time_zone}, starts_at = ${fields.starts_at},
      due_after_minutes = ${fields.due_after_minutes}, paused = ${fields.paused}, next_occurrence = ${fields.next_occurrence},
      revision = revision + 1, updated_at = greatest(updated_at, clock_timestamp())
    where id = ${id} returning *`;
  return rows[0] as TemplateRow;
}

/** The tasks it made stay: they are their owner's. */
export async function deleteTemplate(tx: Transaction, id: number): Promise<void> {
  await tx`delete from templates where id = ${id}`;
}

/** Newest first; `beforeId` is where the page before ended. */
export function listTemplates(
  sql: Sql,
  userId: string,
  page: { readonly beforeId: number | null; readonly rowsMax: number },
): Promise<TemplateRow[]> {
  return sql<TemplateRow[]>`
    select * from templates where user_id = ${userId}
      ${page.beforeId === null ? sql`` : sql`and id < ${page.beforeId}`}
    order by id desc limit ${page.rowsMax}`;
}

/** The longest overdue first. Read without locks: `claimTemplates` decides. */
export async function dueTemplateIds(sql: Sql, now: Date, rowsMax: number): Promise<number[]> {
  const rows = await sql<{ id: number }[]>`
    select id from templates where not paused and next_occurrence <= ${now} order by next_occurrence limit ${rowsMax}`;
  return rows.map((row) => row.id);
}

/** Those of them that are still due, and that nobody else has in hand. */
export function claimTemplates(tx: Transaction, ids: readonly number[], now: Date): Promise<TemplateRow[]> {
  return tx<TemplateRow[]>`
    select * from templates where id = any (${ids as number[]}::int[]) and not paused and next_occurrence <= ${now}
    order by id for update skip locked`;
}

export interface Advance {
  readonly next: Date | null;
  readonly generated: number;
  readonly skipped: number;
}

export async function advanceTemplate(tx: Transaction, id: number, { next, generated, skipped }: Advance): Promise<void> {
  await tx`
    update templates set next_occurrence = ${next}, generated_count = generated_count + ${generated},
      skipped_count = skipped_count + ${skipped}
    where id = ${id}`;
}

/** As answers show it. */
export function templateOf(row: TemplateRow): Template {
  return {
    id: row.id,
    user_id: row.user_id,
    title: row.title,
    description: row.description,
    priority_id: row.priority_id,
    tags: [...row.tags],
    reminder_lead_minutes: [...row.reminder_lead_minutes],
    rrule: row.rrule,
    time_zone: row.time_zone,
    starts_at: row.starts_at,
    due_after_minutes: row.due_after_minutes,
    paused: row.paused,
    next_occurrence: row.next_occurrence?.toISOString() ?? null,
    generated_count: row.generated_count,
    skipped_count: row.skipped_count,
    revision: row.revision,
    created_at: row.created_at.toISOString(),
    updated_at: row.updated_at.toISOString(),
  };
}
