/** Guilty: does not know an Idempotency-Key when it sees one, and does again what is sent again. */
import { backendBehind } from './backend-behind.ts';

await backendBehind(async (ctx, next) => {
  delete ctx.req.headers['idempotency-key'];
  await next();
});
