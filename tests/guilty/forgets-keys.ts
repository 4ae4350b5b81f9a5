/** Guilty: a create that is repeated under its Idempotency-Key is made again. */
import { backendBehind, creates } from './backend-behind.ts';

await backendBehind(async (ctx, next) => {
  if (creates(ctx)) delete ctx.req.headers['idempotency-key'];
  await next();
});
