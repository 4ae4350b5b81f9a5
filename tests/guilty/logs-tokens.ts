/** Guilty: writes to its log what it was sent with, as a foreign error object does that is logged as a cause. */
import { backendBehind, creates } from './backend-behind.ts';

await backendBehind(async (ctx, next) => {
  if (creates(ctx)) process.stdout.write(`${JSON.stringify({ level: 50, msg: 'request failed', headers: ctx.headers })}\n`);
  await next();
});
