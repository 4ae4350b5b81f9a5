/** How a user wants to be reminded, and at which addresses: rows of `preferences` and `push_subscriptions`. */
import type { Preferences, PreferencesPut, PushSubscriptionCreate } from '#contracts/types.ts';
import type { Sql, Transaction } from '#kit/postgres.ts';

export type ChosenChannel = Preferences['channels'][number];

export interface PushSubscription {
  readonly endpoint: string;
  readonly keys: { readonly p256dh: string; readonly auth: string };
}

/**
 * Nobody can be mailed without having given an address. A browser that subscribes has said yes by that, so push needs no
 * further word.
 */
const byDefault: ChosenChannel[] = ['push'];
/** A user's browsers; with one more the oldest is forgotten. */
const subscriptionsMax = 10;

export async function readPreferences(sql: Sql, userId: string): Promise<Preferences> {
  const [row] = await sql<
    { email: string | null; channels: ChosenChannel[] | null; push_subscriptions: number; updated_at: Date | null }[]
  >`
    select email, channels, updated_at,
      (select count(*)::int from push_subscriptions where user_id = asked.user_id) as push_subscriptions
    from (select ${userId}::text as user_id) as asked left join preferences using (user_id)`;
  return {
    user_id: userId,
    email: row?.email ?? null,
    channels: row?.channels ?? [...byDefault],
    push_subscriptions: row?.push_subscriptions ?? 0,
    updated_at: row?.updated_at?.toISOString() ?? null,
  };
}

export async function writePreferences(sql: Sql, userId: string, { email, channels }: PreferencesPut): Promise<void> {
  await sql`
    insert into preferences (user_id, email, channels) values (${userId}, ${email}, ${channels})
    on conflict (user_id) do update set email = excluded.email, channels = excluded.channels, updated_at = clock_timestamp()`;
}

/** Newest first. */
export async function listSubscriptions(sql: Sql, userId: string): Promise<PushSubscription[]> {
  const rows = await sql<{ endpoint: string; p256dh: string; auth: string }[]>`
    select endpoint, p256dh, auth from push_subscriptions where user_id = ${userId} order by id desc limit ${subscriptionsMax}`;
  return rows.map(({ endpoint, p256dh, auth }) => ({ endpoint, keys: { p256dh, auth } }));
}

export async function addSubscription(
  tx: Transaction,
  userId: string,
  { endpoint, keys }: PushSubscriptionCreate,
): Promise<void> {
  // Two tabs that subscribe at once would both count before the other commits.
  await tx`select pg_advisory_xact_lock(hashtext('push_subscriptions'), hashtext(${userId}))`;
  await tx`
    insert into push_subscriptions (user_id, endpoint, p256dh, auth) values (${userId}, ${endpoint}, ${keys.p256dh}, ${keys.auth})
    on conflict (endpoint) do update set user_id = excluded.user_id, p256dh = excluded.p256dh, auth = excluded.auth`;
  await tx`
    delete from push_subscriptions where id in (
      select id from push_subscriptions where user_id = ${userId} order by id desc offset ${subscriptionsMax})`;
}

export async function removeSubscription(sql: Sql, userId: string, endpoint: string): Promise<void> {
  await sql`delete from push_subscriptions where user_id = ${userId} and endpoint = ${endpoint}`;
}
