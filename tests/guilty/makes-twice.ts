/** Guilty: does every create a second time, with an event of its own. The client sees one answer. */
import { backendBehind, creates } from './backend-behind.ts';

const again = 'x-done-again';

await backendBehind(async (ctx, next) => {
  await next();
  if (!creates(ctx) || ctx.status !== 201 || ctx.get(again) || ctx.path.includes('/canary/')) return;
  const second = await fetch(`http://${ctx.host}${ctx.path}`, {
    method: 'POST',
    headers: { authorization: ctx.get('authorization'), 'content-type': 'application/json', [again]: 'yes' },
    body: String((ctx.request as { rawBody?: string }).rawBody),
  });
  if (!second.ok) throw new Error(`the crook could not do it again: ${second.status}`);
});
