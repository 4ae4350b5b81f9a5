/** How a user's browsers subscribe, and stop. */
import type Router from '@koa/router';
import type { Preferences, PushSubscriptionCreate } from '#contracts/types.ts';
import type { Postgres } from '#kit/postgres.ts';
import { schemaAt } from '#kit/schemas.ts';
import { bodyOf, type Call, refuseValue, userIdOf } from '#kit/web/request.ts';
import { jsonBody } from '#kit/web/web.ts';
import { addBrowser, removeBrowser } from './browsers.ts';
import { areBrowserKeys, endpointOf, type PushHosts } from './push-address.ts';

export interface PushRoutesOptions {
  readonly postgres: Postgres;
  readonly hosts: PushHosts;
  /** What browsers subscribe with. */
  readonly vapidPublicKey: string;
  readonly preferencesOf: (userId: string) => Promise<Preferences>;
}

export function addPushRoutes(router: Router, { postgres, hosts, vapidPublicKey, preferencesOf }: PushRoutesOptions): void {
  const toSubscribe = schemaAt<PushSubscriptionCreate>('http/push-subscription.json');
  const toUnsubscribe = schemaAt<Pick<PushSubscriptionCreate, 'endpoint'>>('http/push-subscription-delete.json');

  router.get('/push-key', (ctx: Call) => {
    ctx.body = { public_key: vapidPublicKey };
  });

  router.post('/push-subscriptions', jsonBody, async (ctx: Call) => {
    const { endpoint: given, keys } = bodyOf(ctx, toSubscribe);
    const endpoint = endpointOf(given, hosts) ?? refuseValue('/endpoint', 'must be of a known push service');
    if (!areBrowserKeys(keys)) refuseValue('/keys', 'must be a P-256 point and 16 bytes');
    await postgres.transaction((tx) => addBrowser(tx, userIdOf(ctx), { endpoint, keys }));
    ctx.status = 201;
    ctx.body = await preferencesOf(userIdOf(ctx));
  });

  // Twice is once: what is not there is gone already.
  router.delete('/push-subscriptions', jsonBody, async (ctx: Call) => {
    const { endpoint } = bodyOf(ctx, toUnsubscribe);
    await removeBrowser(postgres.sql, userIdOf(ctx), endpointOf(endpoint, hosts) ?? endpoint);
    ctx.status = 204;
  });
}
