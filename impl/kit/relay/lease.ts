/**
 * Which buckets this relay may publish. Leases run out by the database's clock; the holder stops earlier, by its own
 * monotonic clock, counted from *before* it asked. An owner that was frozen past its lease can at worst publish again
 * what the next owner published first: a duplicate, which the inbox expects, never a change of order.
 */

import { bucketCount } from '../outbox.ts';
import type { Postgres, Transaction } from '../postgres.ts';

const leaseMs = 3_000;
export const renewEveryMs = 1_000;

export interface Leases {
  /** False from the moment the lease may have run out. */
  holds(bucket: number): boolean;
  held(): readonly number[];
  /** Keeps what is held, takes what is free up to the fair share, gives back what is above it. */
  renew(): Promise<void>;
  /** Gives everything back at once, so that others need not wait for the end of the lease. */
  release(): Promise<void>;
}

export function openLeases(postgres: Postgres, owner: string, nowMs = () => performance.now()): Leases {
  let buckets = new Set<number>();
  let validUntilMs = 0;
  const current = () => nowMs() < validUntilMs;
  return {
    holds: (bucket) => current() && buckets.has(bucket),
    held: () => (current() ? [...buckets] : []),
    async renew() {
      const askedAtMs = nowMs();
      buckets = new Set(await postgres.transaction((tx) => renewIn(tx, owner)));
      validUntilMs = askedAtMs + leaseMs - 500;
    },
    async release() {
      buckets = new Set();
      await postgres.transaction(async (tx) => {
        await tx`update outbox_lease set owner = null, expires_at = '-infinity' where owner = ${owner}`;
        await tx`delete from outbox_relay where owner = ${owner}`;
      });
    },
  };
}

async function renewIn(tx: Transaction, owner: string): Promise<number[]> {
  const [relays] = await tx<{ living: number; rank: number }[]>`
    with me as (
      insert into outbox_relay (owner, expires_at) values (${owner}, clock_timestamp() + ${leaseMs} * interval '1 ms')
      on conflict (owner) do update set expires_at = excluded.expires_at
    ), others as (select owner from outbox_relay where owner <> ${owner} and expires_at > clock_timestamp())
    select count(*)::int + 1 as living, (count(*) filter (where owner < ${owner}))::int as rank from others`;
  // 32 buckets for 3 relays are 11 + 11 + 10: whoever sorts first carries one more.
  const { living, rank } = relays as { living: number; rank: number };
  const share = Math.floor(bucketCount / living) + (rank < bucketCount % living ? 1 : 0);
  const kept = await tx<{ bucket: number }[]>`
    update outbox_lease set expires_at = clock_timestamp() + ${leaseMs} * interval '1 ms' where bucket in (
      select bucket from outbox_lease where owner = ${owner} and expires_at > clock_timestamp() order by bucket limit ${share} for update)
    returning bucket`;
  const buckets = kept.map((row) => row.bucket);
  await tx`
    update outbox_lease set owner = null, expires_at = '-infinity'
    where owner = ${owner} and bucket <> all (${buckets}::int[])`;
  if (buckets.length === share) return buckets;
  const taken = await tx<{ bucket: number }[]>`
    update outbox_lease set owner = ${owner}, expires_at = clock_timestamp() + ${leaseMs} * interval '1 ms' where bucket in (
      select bucket from outbox_lease where expires_at <= clock_timestamp()
      order by bucket limit ${share - buckets.length} for update skip locked)
    returning bucket`;
  if (buckets.length + taken.length < share) {
    await tx`delete from outbox_relay where expires_at < clock_timestamp() - interval '1 minute'`;
  }
  return [...buckets, ...taken.map((row) => row.bucket)];
}
