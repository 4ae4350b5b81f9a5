/** How a user wants to be reminded: rows of `preferences`, one statement a function. */
import type { Preferences, PreferencesPut } from '#contracts/types.ts';
import type { Sql } from '#kit/postgres.ts';
import type { ChannelName } from './channel/channel.ts';
import { channels as everyChannel } from './channel/channels.ts';

const byDefault: readonly ChannelName[] = everyChannel.filter(({ isUnasked }) => isUnasked).map(({ name }) => name);

export async function readPreferences(sql: Sql, userId: string): Promise<Preferences> {
  const [row] = await sql<
    { email: string | null; channels: ChannelName[] | null; push_subscriptions: number; updated_at: Date | null }[]
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
