/** Browsers that are subscribed: rows of `push_subscriptions`, one statement a function. */
import type { PushSubscriptionCreate } from '#contracts/types.ts';
import type { Sql, Transaction } from '#kit/postgres.ts';

export interface Browser {
  readonly endpoint: string;
  readonly keys: { readonly p256dh: string; readonly auth: string };
}

/** Of one user; with one more the oldest is forgotten. */
const browsersMax = 10;

/** Newest first. */
export async function listBrowsers(sql: Sql, userId: string): Promise<Browser[]> {
  const rows = await sql<{ endpoint: string; p256dh: string; auth: string }[]>`
    select endpoint, p256dh, auth from push_subscriptions where user_id = ${userId} order by id desc limit ${browsersMax}`;
  return rows.map(({ endpoint, p256dh, auth }) => ({ endpoint, keys: { p256dh, auth } }));
}

export async function addBrowser(tx: Transaction, userId: string, { endpoint, keys }: PushSubscriptionCreate): Promise<void> {
  // Two tabs that subscribe at once would both count before the other commits.
  await tx`select pg_advisory_xact_lock(hashtext('push_subscriptions'), hashtext(${userId}))`;
  await tx`
    insert into push_subscriptions (user_id, endpoint, p256dh, auth) values (${userId}, ${endpoint}, ${keys.p256dh}, ${keys.auth})
    on conflict (endpoint) do update set user_id = excluded.user_id, p256dh = excluded.p256dh, auth = excluded.auth`;
  await tx`
    delete from push_subscriptions where id in (
      select id from push_subscriptions where user_id = ${userId} order by id desc offset ${browsersMax})`;
}

export async function removeBrowser(sql: Sql, userId: string, endpoint: string): Promise<void> {
  await sql`delete from push_subscriptions where user_id = ${userId} and endpoint = ${endpoint}`;
}
