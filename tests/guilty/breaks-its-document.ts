/** Guilty: answers a create with a number as title; its OpenAPI document promises text. */
import { backendBehind, creates } from './backend-behind.ts';

await backendBehind(async (ctx, next) => {
  await next();
  if (!creates(ctx) || ctx.status !== 201) return;
  const task = JSON.parse(String(ctx.body)) as object;
  ctx.body = JSON.stringify({ ...task, title: 7 });
  ctx.type = 'application/json';
});
