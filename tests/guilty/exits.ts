/**
 * Guilty: ends by itself in the middle of its work, having answered all it was asked until then: late enough that chance has dealt calls to
 * every replica behind it by then (after five it had in two runs of three).
 */
import { frontendBehind } from './frontend-behind.ts';

let calls = 0;

await frontendBehind(async (ctx, next) => {
  await next();
  if (ctx.path.startsWith('/api/') && ++calls === 40) ctx.res.once('finish', () => process.exit(9));
});
