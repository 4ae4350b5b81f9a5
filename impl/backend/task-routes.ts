/** The task API: parse with the schema of `contracts/http`, call the use-case, answer. No SQL and no event here. */
import Router from '@koa/router';
import type { Middleware } from 'koa';
import type { TaskCreate, TaskPage, TaskPatch } from '#contracts/types.ts';
import { listTasks, readTask, taskOf } from '#domain/task-rows.ts';
import type { Postgres } from '#kit/postgres.ts';
import { schemaAt } from '#kit/schemas.ts';
import { bodyOf, type Call, limitOf, queryOf, rowIdOf, userIdOf } from '#kit/web/request.ts';
import { jsonBody } from '#kit/web/web.ts';
import { type Answer, rendered, send } from './answer.ts';
import { cursorOf, idOfCursor } from './cursor.ts';
import { answeringOnce } from './idempotency.ts';
import { etagOf, isKnown, preconditionOf } from './preconditions.ts';
import { taskFilterOf, taskQueryNames } from './task-query.ts';
import { type Change, createTask, noTask, patchTask, removeTask } from './tasks.ts';

export function taskRoutes({ postgres, requireOwner }: { postgres: Postgres; requireOwner: Middleware }): Router {
  const router = new Router({ prefix: '/api/:user_id/tasks' });
  const once = answeringOnce(postgres);
  const toCreate = schemaAt<TaskCreate>('http/task-create.json');
  const toPatch = schemaAt<TaskPatch>('http/task-patch.json');
  router.use(requireOwner);

  router.post(
    '/',
    jsonBody,
    once(async (ctx, tx) => {
      const userId = userIdOf(ctx);
      const change = await createTask(tx, userId, bodyOf(ctx, toCreate));
      return answerOf(change, 201, { Location: `/api/${encodeURIComponent(userId)}/tasks/${change.task.id}` });
    }),
  );

  router.get('/', async (ctx: Call) => {
    const userId = userIdOf(ctx);
    const query = queryOf(ctx, taskQueryNames);
    const filter = taskFilterOf(query);
    const rowsMax = limitOf(query.limit);
    const list = ['tasks', userId, filter];
    const beforeId = query.cursor === undefined ? null : idOfCursor(query.cursor, list);
    // One row more than asked for tells whether there is another page.
    const rows = await listTasks(postgres.sql, userId, filter, { beforeId, rowsMax: rowsMax + 1 });
    const items = rows.slice(0, rowsMax).map(taskOf);
    const last = items.at(-1);
    ctx.body = { items, next_cursor: rows.length > rowsMax && last ? cursorOf(last.id, list) : null } satisfies TaskPage;
  });

  router.get('/:id', async (ctx: Call) => {
    const id = taskIdOf(ctx);
    const task = (await readTask(postgres.sql, userIdOf(ctx), id)) ?? noTask(id);
    const answer = answerOf({ task, eventId: null }, 200, { 'Cache-Control': 'private, no-cache' });
    const known = isKnown(ctx.get('If-None-Match'), task.revision);
    send(ctx, rendered(known ? { status: 304, headers: answer.headers } : answer));
  });

  router.patch(
    '/:id',
    jsonBody,
    once(async (ctx, tx) => {
      const change = await patchTask(tx, userIdOf(ctx), taskIdOf(ctx), bodyOf(ctx, toPatch), preconditionOf(header(ctx)));
      return answerOf(change, 200);
    }),
  );

  router.post(
    '/:id/complete',
    once(async (ctx, tx) => {
      const change = await patchTask(tx, userIdOf(ctx), taskIdOf(ctx), { completed: true }, preconditionOf(header(ctx)));
      return answerOf(change, 200);
    }),
  );

  router.delete(
    '/:id',
    once(async (ctx, tx) => {
      const { eventId } = await removeTask(tx, userIdOf(ctx), taskIdOf(ctx), preconditionOf(header(ctx)));
      return { status: 204, headers: { 'X-Event-Id': eventId } };
    }),
  );

  return router;
}

/** `X-Event-Id` is the promise: an event with this id will come, exactly when the change is durable. */
const answerOf = (
  { task, eventId }: Change,
  status: number,
  headers: Readonly<Record<string, string>> = {},
): Required<Answer> => ({
  status,
  headers: { ...headers, ETag: etagOf(task.revision), ...(eventId !== null && { 'X-Event-Id': eventId }) },
  body: taskOf(task),
});

const taskIdOf = (ctx: Call): number => rowIdOf(ctx, 'TASK_NOT_FOUND');
const header = (ctx: Call) => (name: string) => ctx.get(name);
