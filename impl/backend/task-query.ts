/** The query of the task list, read into what the table understands. Pure. */
import type { TaskFilter } from '#domain/task-rows.ts';
import { AppError } from '#kit/web/errors.ts';
import { wholeOf } from '#kit/web/request.ts';

export const taskQueryNames = ['limit', 'cursor', 'completed', 'priority_id', 'tag', 'due_before', 'due_after', 'q'] as const;

export type TaskQuery = Readonly<Partial<Record<(typeof taskQueryNames)[number], string>>>;

/** Always all names in the same order: a cursor knows its list by this value. */
export const taskFilterOf = (query: TaskQuery): TaskFilter => ({
  completed: completedOf(query.completed),
  priorityId: wholeOf('priority_id', query.priority_id, 1, 4),
  tag: textOf('tag', query.tag, 50),
  dueAfter: momentOf('due_after', query.due_after),
  dueBefore: momentOf('due_before', query.due_before),
  titlePart: textOf('q', query.q, 200),
});

function completedOf(text: string | undefined): boolean | null {
  if (text === undefined) return null;
  if (text !== 'true' && text !== 'false') throw new AppError('INVALID_INPUT', 'completed is true or false');
  return text === 'true';
}

function textOf(name: string, text: string | undefined, charsMax: number): string | null {
  if (text === undefined) return null;
  if (text === '' || [...text].length > charsMax) {
    throw new AppError('INVALID_INPUT', `${name} is text of 1 to ${charsMax} characters`);
  }
  return text;
}

function momentOf(name: string, text: string | undefined): Date | null {
  if (text === undefined) return null;
  const moment = /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d{1,9})?(Z|[+-]\d\d:\d\d)$/i.test(text) ? new Date(text) : undefined;
  const year = moment?.getUTCFullYear() ?? 0;
  if (moment === undefined || !(year >= 1 && year <= 9999)) {
    throw new AppError('INVALID_INPUT', `${name} is a moment as 2030-12-31T23:59:59Z; in a query the sign + is written %2B`);
  }
  return moment;
}
