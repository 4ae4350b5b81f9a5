/** The deliveries table, one statement a function. What ends a delivery also enqueues the event that says so. */
import type { ReminderEvent } from '#contracts/types.ts';
import { eventId } from '#kit/event-id.ts';
import { enqueue } from '#kit/outbox.ts';
import type { Sql, Transaction } from '#kit/postgres.ts';
import type { Planned, Wish } from './plan.ts';
import { reminderEnded } from './reminder-events.ts';

/** A row that this process holds until its lease is over. */
export interface Delivery {
  readonly reminderId: string;
  readonly channel: Wish;
  readonly userId: string;
  readonly host: string;
  readonly reminder: ReminderEvent['data'];
  /** When the reminder was made. */
  readonly madeAt: Date;
  readonly trace: string | null;
  /** Which claim of the row this is: whoever lost it to another no longer decides. */
  readonly claim: number;
  /** Failed ones that count. */
  readonly attempts: number;
  readonly ageMs: number;
}

export interface NewDelivery extends Planned {
  readonly reminderId: string;
  readonly reminder: ReminderEvent['data'];
  /** ISO 8601: the event's own timestamp. */
  readonly madeAt: string;
  readonly trace: string | null;
}

const reasonCharsMax = 300;
const oneLine = (text: string): string => text.replaceAll(/\s+/g, ' ').slice(0, reasonCharsMax);

export const wakeChannel = (schema: string, channel: Wish): string => `${schema}_deliveries_${channel}`;

/** A second reminder.due for the same reminder, under another event id, adds nothing. */
export async function insertDelivery(tx: Transaction, delivery: NewDelivery): Promise<void> {
  const { reminderId, channel, reminder, host, madeAt, trace, refusal } = delivery;
  const made = await tx`
    insert into deliveries (reminder_id, channel, user_id, host, reminder, made_at, trace, failed_at, last_error)
    values (${reminderId}, ${channel}, ${reminder.user_id}, ${host}, ${JSON.stringify(reminder)}::text::jsonb, ${madeAt}, ${trace},
      ${refusal === null ? null : tx`clock_timestamp()`}, ${refusal})
    on conflict do nothing`;
  if (made.count === 0) return;
  if (refusal === null) await tx`select pg_notify(current_schema() || '_deliveries_' || ${channel}::text, '')`;
  else
    await enqueue(
      tx,
      reminderEnded(reminder, { reminderId, channel, attempts: 0, reason: refusal }, eventId(), new Date()),
      trace,
    );
}

/** The one that has been due longest and is nobody's, or undefined. Nobody else gets it for `leaseMs`. */
export async function claimDelivery(
  sql: Sql,
  channel: Wish,
  { hostsToSkip, leaseMs }: { readonly hostsToSkip: readonly string[]; readonly leaseMs: number },
): Promise<Delivery | undefined> {
  const [row] = await sql<Delivery[]>`
    update deliveries set due_at = clock_timestamp() + ${leaseMs} * interval '1 ms', claims = claims + 1
    where (reminder_id, channel) = (
      select reminder_id, channel from deliveries
      where channel = ${channel} and sent_at is null and failed_at is null and due_at <= now()
        and host <> all (${hostsToSkip as string[]}::text[])
      order by due_at limit 1 for update skip locked)
    returning reminder_id::text as "reminderId", channel, user_id as "userId", host, reminder, coalesce(made_at, created_at) as "madeAt", trace, claims as claim, attempts,
      extract(epoch from clock_timestamp() - created_at)::float8 * 1000 as "ageMs"`;
  return row;
}

/** Sent is sent, whoever holds the row by now. False: another replica had said so already. */
export async function endSent(tx: Transaction, delivery: Delivery): Promise<boolean> {
  const attempts = delivery.attempts + 1;
  const ended = await tx`
    update deliveries set sent_at = clock_timestamp(), attempts = ${attempts}, last_error = null
    where reminder_id = ${delivery.reminderId} and channel = ${delivery.channel} and sent_at is null and failed_at is null`;
  return ended.count > 0 && announced(tx, delivery, attempts, null);
}

/** False: the row is no longer this claim's. */
export async function endFailed(tx: Transaction, delivery: Delivery, attempts: number, reason: string): Promise<boolean> {
  const ended = await tx`
    update deliveries set failed_at = clock_timestamp(), attempts = ${attempts}, last_error = ${oneLine(reason)}
    where reminder_id = ${delivery.reminderId} and channel = ${delivery.channel} and claims = ${delivery.claim}
      and sent_at is null and failed_at is null`;
  return ended.count > 0 && announced(tx, delivery, attempts, oneLine(reason));
}

/** Back in line, to be tried again in `waitMs`. */
export async function postpone(sql: Sql, delivery: Delivery, attempts: number, reason: string, waitMs: number): Promise<void> {
  await sql`
    update deliveries set due_at = clock_timestamp() + ${waitMs} * interval '1 ms', attempts = ${attempts}, last_error = ${oneLine(reason)}
    where reminder_id = ${delivery.reminderId} and channel = ${delivery.channel} and claims = ${delivery.claim}
      and sent_at is null and failed_at is null`;
}

/** Gives up at most `rowsMax` that are nobody's and older than the limit; says how many. */
export async function expireDeliveries(tx: Transaction, channel: Wish, ageMsMax: number, rowsMax: number): Promise<number> {
  const rows = await tx<(Delivery & { readonly lastError: string | null })[]>`
    update deliveries set due_at = clock_timestamp(), claims = claims + 1 where (reminder_id, channel) in (
      select reminder_id, channel from deliveries
      where channel = ${channel} and sent_at is null and failed_at is null and due_at <= now()
        and created_at < now() - ${ageMsMax} * interval '1 ms'
      order by due_at limit ${rowsMax} for update skip locked)
    returning reminder_id::text as "reminderId", channel, user_id as "userId", host, reminder, coalesce(made_at, created_at) as "madeAt", trace, claims as claim, attempts,
      0::float8 as "ageMs", last_error as "lastError"`;
  for (const row of rows)
    await endFailed(
      tx,
      row,
      row.attempts,
      `TOO_LATE: not delivered in ${ageMsMax / 3_600_000} h; last: ${row.lastError ?? 'never tried'}`,
    );
  return rows.length;
}

/** Deletes at most `rowsMax` that ended and were made before the moment; says how many. */
export async function pruneDeliveries(sql: Sql, beforeMs: number, rowsMax: number): Promise<number> {
  const gone = await sql`
    delete from deliveries where (reminder_id, channel) in (
      select reminder_id, channel from deliveries
      where created_at < ${new Date(beforeMs)} and (sent_at is not null or failed_at is not null)
      order by created_at limit ${rowsMax})`;
  return gone.count;
}

async function announced(tx: Transaction, delivery: Delivery, attempts: number, reason: string | null): Promise<true> {
  const { reminder, reminderId, channel, trace } = delivery;
  await enqueue(tx, reminderEnded(reminder, { reminderId, channel, attempts, reason }, eventId(), new Date()), trace);
  return true;
}
