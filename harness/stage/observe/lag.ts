/** How far the system's consumers are behind what the broker holds, as the broker itself knows it. */
import { Admin } from '@platformatic/kafka';
import { within } from '../../process/within.ts';
import { type Broker, endsOf, ownGroups } from './broker-log.ts';

export interface Lag {
  readonly records: number;
  /** The group and topic that are furthest behind. */
  readonly worst?: string;
}

/**
 * Of topics with effects, what any group has not taken, also one that has no member now: its consumer may be dead, and its records
 * wait. Of others (screens: a group for each start) only what living groups have not taken.
 */
export async function consumerLag(broker: Broker & { readonly withEffects: ReadonlySet<string> }): Promise<Lag> {
  const { brokers, withEffects, giveUpMs } = broker;
  const admin = new Admin({
    clientId: 'plumbline',
    bootstrapBrokers: [...brokers],
    retries: false,
    connectTimeout: 2_000,
    requestTimeout: giveUpMs,
  });
  try {
    const groups = await within(giveUpMs, 'the consumer groups', async () => admin.listGroups());
    const known = [...groups.values()].filter(({ id }) => !id.startsWith(ownGroups));
    if (known.length === 0) return { records: 0 };
    const committed = await within(giveUpMs, 'the offsets of the consumer groups', async () =>
      admin.listConsumerGroupOffsets({ groups: known.map(({ id }) => id) }),
    );
    // Asked last: what came meanwhile counts as not taken.
    const ends = await endsOf(broker);
    let records = 0;
    let worst: { readonly where: string; readonly behind: number } | undefined;
    for (const { groupId, topics } of committed) {
      const living = !/^(empty|dead)$/i.test(groups.get(groupId)?.state ?? '');
      for (const { name, partitions } of topics) {
        if (!withEffects.has(name) && !living) continue;
        const taken = new Map(partitions.map(({ partitionIndex, committedOffset }) => [partitionIndex, committedOffset]));
        // Whoever has taken something of a topic with effects owes all of it; where nothing was taken yet, the beginning counts.
        if (![...taken.values()].some((offset) => offset >= 0n)) continue;
        const behind = (ends.get(name) ?? []).reduce((sum, end, partition) => {
          const offset = taken.get(partition) ?? -1n;
          if (offset < 0n && !withEffects.has(name)) return sum;
          return sum + Number(end - (offset < 0n ? 0n : offset));
        }, 0);
        records += behind;
        if (behind > (worst?.behind ?? 0)) worst = { where: `${groupId} on ${name}`, behind };
      }
    }
    return { records, ...(worst && { worst: worst.where }) };
  } finally {
    await within(2_000, 'the broker', async () => admin.close()).catch(() => undefined);
  }
}
