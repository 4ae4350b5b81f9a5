/** Lets an event in once. Dedupe and effect are one transaction: they commit together or not at all. */
import type { Sql, Transaction } from '../postgres.ts';

export interface ReceivedEvent {
  readonly event_id: string;
}

export async function once<E extends ReceivedEvent>(
  tx: Transaction,
  event: E,
  effect: (tx: Transaction, event: E) => Promise<void>,
): Promise<'applied' | 'duplicate'> {
  // A concurrent delivery of the same event waits here for the other's commit, and then is the duplicate.
  const entered = await tx`insert into inbox (event_id) values (${event.event_id}) on conflict do nothing`;
  if (entered.count === 0) return 'duplicate';
  await effect(tx, event);
  return 'applied';
}

/** Deletes at most `rowsMax` entries older than the moment; says how many. */
export async function pruneInbox(sql: Sql, beforeMs: number, rowsMax: number): Promise<number> {
  const gone = await sql`
    delete from inbox where event_id in (
      select event_id from inbox where received_at < ${new Date(beforeMs)} order by received_at limit ${rowsMax})`;
  return gone.count;
}
