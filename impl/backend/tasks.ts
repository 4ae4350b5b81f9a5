/** The use-cases of a task: each change of a row and its event are one transaction. */
import type { TaskCreate, TaskPatch } from '#contracts/types.ts';
import { type TaskDomainEvent, taskCompleted, taskCreated, taskDeleted, taskUpdated } from '#domain/task-events.ts';
import {
  deleteTask,
  insertTask,
  listTasks,
  lockTask,
  readTask,
  type TaskFields,
  type TaskRow,
  updateTask,
} from '#domain/task-rows.ts';
import { AppError } from '#kit/errors.ts';
import { eventId } from '#kit/event-id.ts';
import { enqueue } from '#kit/outbox.ts';
import type { Postgres, Transaction } from '#kit/postgres.ts';

/** What a change left behind. `eventId` is null when nothing changed, and so nothing happened. */
export interface Change {
  readonly task: TaskRow;
  readonly eventId: string | null;
}

/** W3C traceparent of the request, carried by the event. */
type Trace = string | null;

export interface Tasks {
  create(userId: string, input: TaskCreate, trace: Trace): Promise<Change>;
  read(userId: string, id: number): Promise<TaskRow>;
  list(userId: string, page: { beforeId: number | null; completed: boolean | null; rowsMax: number }): Promise<TaskRow[]>;
  patch(userId: string, id: number, patch: TaskPatch, trace: Trace): Promise<Change>;
  remove(userId: string, id: number, trace: Trace): Promise<Change>;
}

export function openTasks(postgres: Postgres): Tasks {
  return {
    create: (userId, input, trace) =>
      postgres.transaction(async (tx) => {
        const task = await insertTask(tx, userId, { ...emptyTask, ...fieldsOf(input) });
        return changed(tx, task, taskCreated(task, eventId()), trace);
      }),
    read: async (userId, id) => (await readTask(postgres.sql, userId, id)) ?? notFound(id),
    list: (userId, page) => listTasks(postgres.sql, userId, page),
    patch: (userId, id, patch, trace) =>
      postgres.transaction(async (tx) => {
        const before = (await lockTask(tx, userId, id)) ?? notFound(id);
        const wanted = { ...before, ...fieldsOf(patch) };
        if (sameFields(before, wanted)) return { task: before, eventId: null };
        const task = await updateTask(tx, id, wanted);
        const event = task.completed && !before.completed ? taskCompleted : taskUpdated;
        return changed(tx, task, event(task, eventId()), trace);
      }),
    remove: (userId, id, trace) =>
      postgres.transaction(async (tx) => {
        const task = (await lockTask(tx, userId, id)) ?? notFound(id);
        await deleteTask(tx, id);
        return changed(tx, task, taskDeleted(task, eventId(), new Date()), trace);
      }),
  };
}

async function changed(tx: Transaction, task: TaskRow, event: TaskDomainEvent, trace: Trace): Promise<Change> {
  await enqueue(tx, event, trace);
  return { task, eventId: event.id };
}

const emptyTask = { description: null, completed: false, priority_id: null, due_date: null };

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
    a.due_date?.getTime() === b.due_date?.getTime()
  );
}

function notFound(id: number): never {
  throw new AppError('TASK_NOT_FOUND', `There is no task ${id} of this user`);
}
