/** The task API: parse with the schema of `contracts/http`, call the use-case, answer. No SQL and no event here. */
import Router from '@koa/router';
import type { ValidateFunction } from 'ajv';
import type { Context } from 'koa';
import type { TaskCreate, TaskPage, TaskPatch } from '#contracts/types.ts';
import { taskOf } from '#domain/task-rows.ts';
import { AppError } from '#kit/errors.ts';
import { fieldErrors, schemaAt } from '#kit/schemas.ts';
import { jsonBody, storable } from '#kit/web.ts';
import { cursorOf, idOfCursor } from './cursor.ts';
import type { Change, Tasks } from './tasks.ts';

const pageRowsMax = 100;
const pageRowsDefault = 20;
const userIdCharsMax = 128;
const taskIdMax = 2_147_483_647;

type Call = Context & { readonly params: Readonly<Record<string, string>> };

export function taskRoutes(tasks: Tasks): Router {
  const router = new Router({ prefix: '/api/:user_id/tasks' });
  const toCreate = schemaAt<TaskCreate>('http/task-create.json');
  const toPatch = schemaAt<TaskPatch>('http/task-patch.json');

  router.post('/', jsonBody, async (ctx) => {
    const userId = userIdOf(ctx);
    const change = await tasks.create(userId, bodyOf(ctx, toCreate), traceOf(ctx));
    ctx.status = 201;
    ctx.set('Location', `/api/${encodeURIComponent(userId)}/tasks/${change.task.id}`);
    answer(ctx, change);
  });

  router.get('/', async (ctx) => {
    const userId = userIdOf(ctx);
    const rowsMax = limitOf(queryOf(ctx, 'limit'));
    const cursor = queryOf(ctx, 'cursor');
    const beforeId = cursor === undefined ? null : idOfCursor(cursor);
    // One row more than asked for tells whether there is another page.
    const rows = await tasks.list(userId, { beforeId, completed: completedOf(queryOf(ctx, 'completed')), rowsMax: rowsMax + 1 });
    const items = rows.slice(0, rowsMax).map(taskOf);
    const last = items.at(-1);
    ctx.body = { items, next_cursor: rows.length > rowsMax && last ? cursorOf(last.id) : null } satisfies TaskPage;
  });

  router.get('/:id', async (ctx) => {
    ctx.body = taskOf(await tasks.read(userIdOf(ctx), taskIdOf(ctx)));
  });

  router.patch('/:id', jsonBody, async (ctx) => {
    answer(ctx, await tasks.patch(userIdOf(ctx), taskIdOf(ctx), bodyOf(ctx, toPatch), traceOf(ctx)));
  });

  router.post('/:id/complete', async (ctx) => {
    answer(ctx, await tasks.patch(userIdOf(ctx), taskIdOf(ctx), { completed: true }, traceOf(ctx)));
  });

  router.delete('/:id', async (ctx) => {
    answer(ctx, await tasks.remove(userIdOf(ctx), taskIdOf(ctx), traceOf(ctx)));
    ctx.status = 204;
  });

  return router;
}

/** `X-Event-Id` is the promise: an event with this id will come, exactly when the change is durable. */
function answer(ctx: Call, { task, eventId }: Change): void {
  if (eventId !== null) ctx.set('X-Event-Id', eventId);
  ctx.body = taskOf(task);
}

function bodyOf<T>(ctx: Call, validate: ValidateFunction<T>): T {
  const body: unknown = ctx.request.body;
  if (!validate(body)) throw new AppError('INVALID_INPUT', undefined, fieldErrors(validate.errors));
  return body;
}

function userIdOf(ctx: Call): string {
  const userId = pathText(ctx, 'user_id');
  if (userId.length > userIdCharsMax || !storable(userId))
    throw new AppError('INVALID_INPUT', `A user id is text of at most ${userIdCharsMax} characters`);
  return userId;
}

/** An id that no task can have names no task: 404, as for one that is merely not there. */
function taskIdOf(ctx: Call): number {
  const text = pathText(ctx, 'id');
  const id = /^[1-9]\d{0,9}$/.test(text) ? Number(text) : 0;
  if (id < 1 || id > taskIdMax) throw new AppError('TASK_NOT_FOUND', 'A task id is a whole number from 1 on');
  return id;
}

/** The router leaves a segment as it is when it can't be decoded. */
function pathText(ctx: Call, name: string): string {
  if (/%(?![\da-f]{2})/i.test(ctx.path)) throw new AppError('MALFORMED_PATH');
  try {
    decodeURIComponent(ctx.path);
  } catch {
    throw new AppError('MALFORMED_PATH');
  }
  return ctx.params[name] ?? '';
}

function queryOf(ctx: Call, name: string): string | undefined {
  const value = ctx.query[name];
  if (Array.isArray(value)) throw new AppError('INVALID_INPUT', `${name} may be given once`);
  return value;
}

function limitOf(text: string | undefined): number {
  if (text === undefined) return pageRowsDefault;
  const limit = /^\d{1,3}$/.test(text) ? Number(text) : 0;
  if (limit < 1 || limit > pageRowsMax) throw new AppError('INVALID_INPUT', `limit is a whole number from 1 to ${pageRowsMax}`);
  return limit;
}

function completedOf(text: string | undefined): boolean | null {
  if (text === undefined) return null;
  if (text !== 'true' && text !== 'false') throw new AppError('INVALID_INPUT', 'completed is true or false');
  return text === 'true';
}

/** RFC: version 00 and any later one start alike; anything else is not passed on. */
function traceOf(ctx: Call): string | null {
  const trace = ctx.get('traceparent');
  return /^[\da-f]{2}-(?!0{32})[\da-f]{32}-(?!0{16})[\da-f]{16}-[\da-f]{2}$/.test(trace) ? trace : null;
}
