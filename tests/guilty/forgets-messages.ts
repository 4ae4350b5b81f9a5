/** Guilty: its chat answers the second message of one conversation, and keeps nothing of it. */
import { backendBehind } from './backend-behind.ts';

const answers = new Map<string, object>();
let forgotten = false;

await backendBehind(async (ctx, next) => {
  const isMessage = ctx.method === 'POST' && ctx.path.endsWith('/messages');
  const before = answers.get(ctx.path);
  if (isMessage && !forgotten && before !== undefined) {
    forgotten = true;
    ctx.body = { ...before, task_ids: [] };
    return;
  }
  await next();
  if (isMessage && ctx.status === 200) answers.set(ctx.path, ctx.body as object);
});
