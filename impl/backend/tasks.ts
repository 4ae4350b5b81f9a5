/** The use-cases of a task. The caller brings the transaction: a change, its event, and whatever else belongs to it are one. */
import type { TaskCreate, TaskPatch } from '#contracts/types.ts';
import { type TaskDomainEvent, taskCompleted, taskCreated, taskDeleted, taskUpdated } from '#domain/task-events.ts';
import { deleteTask, insertTask, lockTask, type TaskFields, type TaskRow, updateTask } from '#domain/task-rows.ts';
import { AppError } from '#kit/web/errors.ts';
import { eventId } from '#kit/event-id.ts';
import { enqueue } from '#kit/outbox.ts';
import type { Transaction } from '#kit/postgres.ts';
import type { Precondition } from './preconditions.ts';

/** What a change left behind. `eventId` is null when nothing changed, and so nothing happened. */
export interface Change {
  readonly task: TaskRow;
  readonly eventId: string | null;
}

const emptyTask = {
  description: null,
  completed: false,
  priority_id: null,
  due_date: null,
  tags: [],
  reminder_lead_minutes: [60],
};

export async function createTask(tx: Transaction, userId: string, input: TaskCreate): Promise<Change> {
  const task = await insertTask(tx, userId, { ...emptyTask, ...fieldsOf(input) });
  return changed(tx, task, taskCreated(task, eventId()));
}

export async function patchTask(
  tx: Transaction,
  userId: string,
  id: number,
  patch: TaskPatch,
  precondition: Precondition,
): Promise<Change> {
  const before = (await lockTask(tx, userId, id)) ?? noTask(id);
  precondition(before.revision);
  const wanted = { ...before, ...fieldsOf(patch) };
  if (sameFields(before, wanted)) return { task: before, eventId: null };
  const task = await updateTask(tx, id, wanted);
  const event = task.completed && !before.completed ? taskCompleted : taskUpdated;
  return changed(tx, task, event(task, eventId()));
}

export async function removeTask(
  tx: Transaction,
  userId: string,
  id: number,
  precondition: Precondition,
): Promise<Change & { readonly eventId: string }> {
  const task = (await lockTask(tx, userId, id)) ?? noTask(id);
  precondition(task.revision);
  await deleteTask(tx, id);
  return changed(tx, task, taskDeleted(task, eventId(), new Date()));
}

export function noTask(id: number): never {
  throw new AppError('TASK_NOT_FOUND', `There is no task ${id} of this user`);
}

async function changed(tx: Transaction, task: TaskRow, event: TaskDomainEvent): Promise<Change & { readonly eventId: string }> {
  await enqueue(tx, event);
  return { task, eventId: event.id };
}

/** Only the fields that were sent. */
function fieldsOf<T extends TaskCreate | TaskPatch>({
  due_date,
  ...fields
}: T): Omit<T, 'due_date'> & { due_date?: Date | null } {
  return { ...fields, ...(due_date !== undefined && { due_date: due_date === null ? null : storedDate(due_date) }) };
}

/** The schema's date-time knows leap seconds and the year 0; JavaScript's dates and Postgres' timestamps do not. */
function storedDate(text: string): Date {
  const date = new Date(text);
  if (Number.isNaN(date.getTime()) || date.getUTCFullYear() < 1 || date.getUTCFullYear() > 9999) {
    throw new AppError('VALUE_OUT_OF_RANGE', undefined, [
      { pointer: '/due_date', message: 'must be a moment of the years 1 to 9999' },
    ]);
  }
  return date;
}

function sameFields(a: TaskFields, b: TaskFields): boolean {
  return (
    a.title === b.title &&
    a.description === b.description &&
    a.completed === b.completed &&
    a.priority_id === b.priority_id &&
    a.due_date?.getTime() === b.due_date?.getTime() &&
    sameList(a.tags, b.tags) &&
    sameList(a.reminder_lead_minutes, b.reminder_lead_minutes)
  );
}

const sameList = <T>(a: readonly T[], b: readonly T[]): boolean =>
  a.length === b.length && a.every((value, index) => value === b[index]);
