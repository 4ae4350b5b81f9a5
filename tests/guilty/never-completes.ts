/** Guilty: says to whoever completes a task that it can't now. Never can it. */
import { AppError } from '../../impl/kit/web/errors.ts';
import { backendBehind } from './backend-behind.ts';

await backendBehind(async (ctx, next) => {
  if (ctx.method === 'POST' && ctx.path.endsWith('/complete')) throw new AppError('STORE_UNAVAILABLE');
  await next();
});
