/** Guilty: acknowledges every third create without naming its event. */
import { backendBehind, creates } from './backend-behind.ts';

let made = 0;

await backendBehind(async (ctx, next) => {
  await next();
  if (creates(ctx) && ctx.status === 201 && ++made % 3 === 0) ctx.remove('X-Event-Id');
});
