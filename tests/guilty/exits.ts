/** Guilty: ends by itself in the middle of its work, having answered all it was asked until then. */
import { frontendBehind } from './frontend-behind.ts';

let calls = 0;

await frontendBehind(async (ctx, next) => {
  await next();
  if (ctx.path.startsWith('/api/') && ++calls === 5) ctx.res.once('finish', () => process.exit(9));
});
