/** What a user tells this service about reminders, and what it tells back: parse by `contracts/http`, call, answer. */
import Router from '@koa/router';
import type { Middleware } from 'koa';
import type { PreferencesPut } from '#contracts/types.ts';
import type { Postgres } from '#kit/postgres.ts';
import { schemaAt } from '#kit/schemas.ts';
import { bodyOf, type Call, limitOf, queryOf, refuseValue, userIdOf } from '#kit/web/request.ts';
import { jsonBody } from '#kit/web/web.ts';
import type { Sender } from './channel/channel.ts';
import { channels } from './channel/channels.ts';
import { listNotices } from './notices.ts';
import { readPreferences, writePreferences } from './preferences.ts';

export interface RoutesOptions {
  readonly postgres: Postgres;
  readonly requireOwner: Middleware;
  readonly senders: readonly Sender[];
}

export function userRoutes({ postgres, requireOwner, senders }: RoutesOptions): Router {
  const router = new Router({ prefix: '/api/:user_id' });
  const toPut = schemaAt<PreferencesPut>('http/preferences-put.json');
  const preferencesOf = (userId: string) => readPreferences(postgres.sql, userId);
  router.use(requireOwner, neverStored);

  router.get('/preferences', async (ctx: Call) => {
    ctx.body = await preferencesOf(userIdOf(ctx));
  });

  router.put('/preferences', jsonBody, async (ctx: Call) => {
    const wanted = bodyOf(ctx, toPut);
    for (const { name, lackOf } of channels) {
      const lack = wanted.channels.includes(name) ? lackOf(wanted) : undefined;
      if (lack) refuseValue(lack.pointer, lack.message);
    }
    await writePreferences(postgres.sql, userIdOf(ctx), wanted);
    ctx.body = await preferencesOf(userIdOf(ctx));
  });

  router.get('/notices', async (ctx: Call) => {
    ctx.body = await listNotices(postgres.sql, userIdOf(ctx), limitOf(queryOf(ctx, ['limit']).limit));
  });

  for (const sender of senders) sender.addRoutes?.(router, preferencesOf);
  return router;
}

/** An address and what somebody is reminded of: not for a cache, and stale at the next change. */
const neverStored: Middleware = async (ctx, next) => {
  ctx.set('Cache-Control', 'no-store');
  await next();
};
