/** What a user tells this service about reminders, and what it tells back: parse by `contracts/http`, call, answer. */
import { bodyParser } from '@koa/bodyparser';
import Router from '@koa/router';
import type { ValidateFunction } from 'ajv';
import type { Context, Middleware } from 'koa';
import type { PreferencesPut, PushSubscriptionCreate } from '#contracts/types.ts';
import { AppError } from '#kit/web/errors.ts';
import type { Postgres } from '#kit/postgres.ts';
import { fieldErrors, schemaAt } from '#kit/schemas.ts';
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

const noticesMax = 100;
const noticesDefault = 20;

type Call = Context & { readonly params: Readonly<Record<string, string>> };

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
      refuse('/email', 'must be an address while channels holds email');
    await writePreferences(postgres.sql, userIdOf(ctx), wanted);
    ctx.body = await readPreferences(postgres.sql, userIdOf(ctx));
  });

  router.get('/push-key', (ctx: Call) => {
    ctx.body = { public_key: vapidPublicKey };
  });

  router.post('/push-subscriptions', jsonBody, async (ctx: Call) => {
    const { endpoint: given, keys } = bodyOf(ctx, toSubscribe);
    const endpoint = endpointOf(given, pushHosts) ?? refuse('/endpoint', 'must be of a known push service');
    if (!areBrowserKeys(keys)) refuse('/keys', 'must be a P-256 point and 16 bytes');
    await postgres.transaction((tx) => addSubscription(tx, userIdOf(ctx), { endpoint, keys }));
    ctx.status = 201;
    ctx.body = await readPreferences(postgres.sql, userIdOf(ctx));
  });

  // Twice is once: what is not there is gone already.
  router.delete('/push-subscriptions', bodyOfDelete, jsonBody, async (ctx: Call) => {
    const { endpoint } = bodyOf(ctx, toUnsubscribe);
    await removeSubscription(postgres.sql, userIdOf(ctx), endpointOf(endpoint, pushHosts) ?? endpoint);
    ctx.status = 204;
  });

  router.get('/notices', async (ctx: Call) => {
    ctx.body = await listNotices(postgres.sql, userIdOf(ctx), limitOf(ctx.query['limit']));
  });

  return router;
}

/** An address and what somebody is reminded of: not for a cache, and stale at the next change. */
const neverStored: Middleware = async (ctx, next) => {
  ctx.set('Cache-Control', 'no-store');
  await next();
};

/** Parsers leave DELETE alone, because its body has no meaning of its own; here the endpoint is too long for a path. */
const bodyOfDelete = bodyParser({
  enableTypes: ['json'],
  jsonLimit: '8kb',
  parsedMethods: ['DELETE'],
  onError(error) {
    throw (error as Error & { status?: number }).status === 413 ? error : new AppError('MALFORMED_JSON', error.message);
  },
}) as Middleware;

function bodyOf<T>(ctx: Call, validate: ValidateFunction<T>): T {
  const body: unknown = ctx.request.body;
  if (!validate(body)) throw new AppError('INVALID_INPUT', undefined, fieldErrors(validate.errors));
  return body;
}

const userIdOf = (ctx: Call): string => ctx.params['user_id'] as string;

function limitOf(text: string | string[] | undefined): number {
  if (text === undefined) return noticesDefault;
  const limit = typeof text === 'string' && /^\d{1,3}$/.test(text) ? Number(text) : 0;
  if (limit < 1 || limit > noticesMax)
    throw new AppError('INVALID_INPUT', `limit is a whole number from 1 to ${noticesMax}, given once`);
  return limit;
}

function refuse(pointer: string, message: string): never {
  throw new AppError('INVALID_INPUT', undefined, [{ pointer, message }]);
}
