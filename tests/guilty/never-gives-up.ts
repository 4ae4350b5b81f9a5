/** Guilty: has no deadline of its own. A call that was not answered in time is made again, until it is. */
import { setTimeout as sleep } from 'node:timers/promises';
import { frontendBehind } from './frontend-behind.ts';

await frontendBehind(async (ctx, next) => {
  try {
    await next();
    if (ctx.status !== 504) return;
  } catch (thrown) {
    if ((thrown as { status?: number }).status !== 504) throw thrown;
  }
  await sleep(8_000);
  const answer = await fetch(`http://${ctx.host}${ctx.url}`, { headers: { authorization: ctx.get('authorization') } });
  ctx.status = answer.status;
  ctx.type = answer.headers.get('content-type') ?? '';
  ctx.body = await answer.text();
});
