/** The tools of an assistant over the real use-cases: what a chat changes is a row and an event, as from the task API. */
import type { Task } from '#contracts/types.ts';
import { listTasks, readTask, taskOf } from '#domain/task-rows.ts';
import { AppError } from '#kit/web/errors.ts';
import type { Postgres, Transaction } from '#kit/postgres.ts';
import { doneOnce } from '../idempotency.ts';
import { type Change, createTask, patchTask, removeTask } from '../tasks.ts';
import type { TaskTools } from './assistant.ts';

/** Of a user's newest tasks with the longest word in their title; the other words are looked for in these. */
const soughtRowsMax = 200;
const always = () => {};

/**
 * The turn is kept when the task is committed already, so a message that is repeated in between acts again: with `deedsKey` its deeds are
 * told apart by their number, and each is done once, in the transaction that keeps that it was.
 */
export function taskTools(postgres: Postgres, userId: string, deedsKey?: string): TaskTools {
  const { sql } = postgres;
  let deeds = 0;
  const deed = <T>(work: (tx: Transaction) => Promise<T>): Promise<T> => {
    const key = deedsKey && `${deedsKey} ${++deeds}`;
    return postgres.transaction((tx) => (key ? doneOnce(tx, userId, key, () => work(tx)) : work(tx)));
  };
  return {
    create: ({ title, due, priorityId }) =>
      deed(async (tx) => {
        const input = {
          title,
          ...(due && { due_date: due.toISOString() }),
          ...(priorityId !== undefined && { priority_id: priorityId }),
        };
        return taskOf((await createTask(tx, userId, input)).task);
      }),
    async read(id) {
      const row = await readTask(sql, userId, id);
      return row ? taskOf(row) : null;
    },
    async list({ completed, dueFrom, dueBefore, rowsMax }) {
      const filter = { completed: completed ?? null, dueAfter: dueFrom ?? null, dueBefore: dueBefore ?? null };
      return (await listTasks(sql, userId, filter, { beforeId: null, rowsMax })).map(taskOf);
    },
    async find(words, rowsMax) {
      const longest = words.reduce((a, b) => (b.length > a.length ? b : a), '');
      const open = listTasks(sql, userId, { completed: false, titlePart: longest }, { beforeId: null, rowsMax: soughtRowsMax });
      const done = listTasks(sql, userId, { completed: true, titlePart: longest }, { beforeId: null, rowsMax: soughtRowsMax });
      const rows = [...(await open), ...(await done)];
      const hasAll = (title: string) => words.every((word) => hasWord(title.toLowerCase(), word.toLowerCase()));
      return rows
        .filter((row) => hasAll(row.title))
        .slice(0, rowsMax)
        .map(taskOf);
    },
    complete: (id) => orNull(() => deed((tx) => changed(patchTask(tx, userId, id, { completed: true }, always)))),
    postpone: (id, due) =>
      orNull(() => deed((tx) => changed(patchTask(tx, userId, id, { due_date: due.toISOString() }, always)))),
    remove: (id) => orNull(() => deed((tx) => changed(removeTask(tx, userId, id, always)))),
  };
}

const letter = /[\p{L}\p{N}]/u;
/** Scripts that put no space between words. */
const unspaced =
  /[\p{Script=Han}\p{Script=Hiragana}\p{Script=Katakana}\p{Script=Thai}\p{Script=Lao}\p{Script=Khmer}\p{Script=Myanmar}]/u;

/** As a word of its own: "tea" is none of "team". */
function hasWord(title: string, word: string): boolean {
  for (let at = title.indexOf(word); at !== -1; at = title.indexOf(word, at + 1)) {
    const before = [...title.slice(0, at)].at(-1) ?? '';
    const [after = ''] = title.slice(at + word.length);
    if (unspaced.test(word) || !(letter.test(before) || letter.test(after))) return true;
  }
  return false;
}

const changed = async (change: Promise<Change>): Promise<Task> => taskOf((await change).task);

async function orNull(deed: () => Promise<Task>): Promise<Task | null> {
  try {
    return await deed();
  } catch (error) {
    if (error instanceof AppError && error.code === 'TASK_NOT_FOUND') return null;
    throw error;
  }
}
