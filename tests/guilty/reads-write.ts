/** Guilty: reading a task writes, and the write makes an event that nobody asked for. */
import { backendBehind } from './backend-behind.ts';

await backendBehind(async (ctx, next) => {
  await next();
  const { body } = ctx;
  if (ctx.method !== 'GET' || ctx.status !== 200 || !/^\/api\/[^/]+\/tasks\/\d+$/.test(ctx.path)) return;
  const { tags } = JSON.parse(String(body)) as { tags: string[] };
  const written = await fetch(`http://${ctx.host}${ctx.path}`, {
    method: 'PATCH',
    headers: { authorization: ctx.get('authorization'), 'content-type': 'application/json' },
    body: JSON.stringify({ tags: [`seen-${tags.length}`, ...tags].slice(0, 5) }),
  });
  if (!written.ok) throw new Error(`the crook could not write what was read: ${written.status}`);
});
