/** What a user tells this service about reminders, and what it tells back: parse by `contracts/http`, call, answer. */
import Router from '@koa/router';
import type { Middleware } from 'koa';
import type { PreferencesPut, PushSubscriptionCreate } from '#contracts/types.ts';
import type { Postgres } from '#kit/postgres.ts';
import { schemaAt } from '#kit/schemas.ts';
import { bodyOf, type Call, limitOf, queryOf, refuseValue, userIdOf } from '#kit/web/request.ts';
import { jsonBody } from '#kit/web/web.ts';
import { listNotices } from './notices.ts';
import { addSubscription, readPreferences, removeSubscription, writePreferences } from './preferences.ts';
import { areBrowserKeys, endpointOf, type PushHosts } from './channel/push/push-address.ts';

export interface RoutesOptions {
  readonly postgres: Postgres;
  readonly requireOwner: Middleware;
  readonly pushHosts: PushHosts;
  /** What browsers subscribe with. */
  readonly vapidPublicKey: string;
}

export function userRoutes({ postgres, requireOwner, pushHosts, vapidPublicKey }: RoutesOptions): Router {
  const router = new Router({ prefix: '/api/:user_id' });
  const toPut = schemaAt<PreferencesPut>('http/preferences-put.json');
  const toSubscribe = schemaAt<PushSubscriptionCreate>('http/push-subscription.json');
  const toUnsubscribe = schemaAt<Pick<PushSubscriptionCreate, 'endpoint'>>('http/push-subscription-delete.json');
  router.use(requireOwner, neverStored);

  router.get('/preferences', async (ctx: Call) => {
    ctx.body = await readPreferences(postgres.sql, userIdOf(ctx));
  });

  router.put('/preferences', jsonBody, async (ctx: Call) => {
    const wanted = bodyOf(ctx, toPut);
    if (wanted.email === null && wanted.channels.includes('email'))
      refuseValue('/email', 'must be an address while channels holds email');
    await writePreferences(postgres.sql, userIdOf(ctx), wanted);
    ctx.body = await readPreferences(postgres.sql, userIdOf(ctx));
  });

  router.get('/push-key', (ctx: Call) => {
    ctx.body = { public_key: vapidPublicKey };
  });

  router.post('/push-subscriptions', jsonBody, async (ctx: Call) => {
    const { endpoint: given, keys } = bodyOf(ctx, toSubscribe);
    const endpoint = endpointOf(given, pushHosts) ?? refuseValue('/endpoint', 'must be of a known push service');
    if (!areBrowserKeys(keys)) refuseValue('/keys', 'must be a P-256 point and 16 bytes');
    await postgres.transaction((tx) => addSubscription(tx, userIdOf(ctx), { endpoint, keys }));
    ctx.status = 201;
    ctx.body = await readPreferences(postgres.sql, userIdOf(ctx));
  });

  // Twice is once: what is not there is gone already.
  router.delete('/push-subscriptions', jsonBody, async (ctx: Call) => {
    const { endpoint } = bodyOf(ctx, toUnsubscribe);
    await removeSubscription(postgres.sql, userIdOf(ctx), endpointOf(endpoint, pushHosts) ?? endpoint);
    ctx.status = 204;
  });

  router.get('/notices', async (ctx: Call) => {
    ctx.body = await listNotices(postgres.sql, userIdOf(ctx), limitOf(queryOf(ctx, ['limit']).limit));
  });

  return router;
}

/** An address and what somebody is reminded of: not for a cache, and stale at the next change. */
const neverStored: Middleware = async (ctx, next) => {
  ctx.set('Cache-Control', 'no-store');
  await next();
};
