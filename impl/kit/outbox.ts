/** The outbox table, one statement a function. No transaction, no event: `enqueue` takes nothing else. */

import { eventIdFloor } from './event-id.ts';
import type { Sql, Transaction } from './postgres.ts';
import { currentRequestId } from './web/request-id.ts';
import { currentTrace } from './telemetry.ts';

/** How many parts the keys are dealt into. Fixed by the migration: relays lease buckets, never single keys. */
export const bucketCount = 32;

export interface DomainEvent {
  /** Outbox key = CloudEvent id = inbox key. */
  readonly id: string;
  /** CloudEvent type, e.g. `task.created`. */
  readonly type: string;
  /** Events of one key reach each topic in the order of their commits. */
  readonly key: string;
  readonly topics: readonly string[];
  /** What the contract under `contracts/events` describes. */
  readonly body: object;
}

/** An unsent row as the relay carries it: the body stays text from here to the sidecar. */
export interface OutboxRow {
  readonly id: string;
  /** Those that have still to take it. */
  readonly topics: readonly string[];
  readonly key: string;
  readonly bucket: number;
  readonly type: string;
  readonly body: string;
  readonly trace: string | null;
  readonly requestId: string | null;
  readonly attempts: number;
  readonly refusals: number;
}

export interface FailedRow {
  readonly id: string;
  readonly error: string;
  /** The event itself was refused, and no neighbour in its call. */
  readonly refused: boolean;
  /** Taken out of the line: it can never be published as it is. */
  readonly park: boolean;
}

export const channelOf = (schema: string): string => `${schema}_outbox`;

/** The event carries the trace and the id of the request that is being worked on. The notification leaves with the commit. */
export async function enqueue(tx: Transaction, event: DomainEvent, trace: string | null = currentTrace()): Promise<void> {
  const bucket = bucketOf(event.key);
  const requestId = currentRequestId() ?? null;
  await tx`
    with row as (
      insert into outbox (id, topics, key, bucket, body, trace, request_id)
      values (${event.id}, ${event.topics as string[]}, ${event.key}, ${bucket}, ${JSON.stringify(event.body)}::text::jsonb, ${trace}, ${requestId})
    )
    select pg_notify(current_schema() || '_outbox', ${String(bucket)})`;
}

/** FNV-1a: the same bucket from every process and version. */
export function bucketOf(key: string): number {
  let hash = 0x811c9dc5;
  for (const byte of Buffer.from(key)) hash = Math.imul(hash ^ byte, 0x01000193);
  return (hash >>> 0) % bucketCount;
}

/**
 * The oldest unsent rows of each bucket that some topic could take now, in order within the bucket: not those of which only `topics`
 * wait, nor only `topic key` pairs that are held. One index range per bucket: the cost is that of the rows returned, of those that are held and
 * come after `floor`, and of those sent that a snapshot keeps from being removed (somebody's open transaction; ours have limits).
 */
export function unsentRows(
  sql: Sql,
  buckets: readonly number[],
  pairs: readonly string[],
  perBucketMax: number,
  { topics = [], floor = '0' }: { readonly topics?: readonly string[]; readonly floor?: string } = {},
): Promise<OutboxRow[]> {
  return sql<OutboxRow[]>`
    select row.* from unnest(${buckets as number[]}::int[]) as wanted(bucket)
    cross join lateral (
      select id::text, coalesce(pending, topics) as topics, key, bucket::int, body->>'event_type' as type, body::text as body, trace,
             request_id as "requestId", attempts, refusals
      from outbox
      where outbox.bucket = wanted.bucket and sent_at is null and parked_at is null and seq > ${floor}
        ${
          topics.length + pairs.length === 0
            ? sql``
            : sql`and exists (
                select from unnest(coalesce(pending, topics)) as topic
                where topic <> all (${topics as string[]}::text[]) and (topic || ' ' || key) <> all (${pairs as string[]}::text[]))`
        }
      order by seq limit ${perBucketMax}
    ) as row`;
}

/** The newest number any row has, committed or not. */
export async function newestSeq(sql: Sql): Promise<string> {
  const [newest] = await sql<{ seq: string }[]>`
    select last_value::text as seq from pg_sequences
    where schemaname = current_schema() and format('%I.%I', schemaname, sequencename) = pg_get_serial_sequence('outbox', 'seq')`;
  return newest?.seq ?? '0';
}

/** All of their topics took them. */
export async function markSent(sql: Sql, ids: readonly string[]): Promise<void> {
  await sql`update outbox set sent_at = clock_timestamp() where id = any (${ids as string[]}::uuid[]) and sent_at is null`;
}

/** Some of their topics took them; sent when no other is left. */
export async function markTaken(
  sql: Sql,
  rows: readonly { readonly id: string; readonly topics: readonly string[] }[],
): Promise<void> {
  await sql`
    update outbox set
      pending = array(select topic from unnest(coalesce(pending, topics)) as topic where topic <> all (string_to_array(taken.by, ' '))),
      sent_at = case when coalesce(pending, topics) <@ string_to_array(taken.by, ' ') then clock_timestamp() end
    from unnest(${rows.map((row) => row.id)}::uuid[], ${rows.map((row) => row.topics.join(' '))}::text[]) as taken(event_id, by)
    where id = taken.event_id and sent_at is null`;
}

export async function markFailed(sql: Sql, rows: readonly FailedRow[]): Promise<void> {
  const having = (which: 'refused' | 'park') => rows.filter((row) => row[which]).map((row) => row.id);
  await sql`
    update outbox set attempts = attempts + 1, last_error = failed.error,
      refusals = refusals + case when id = any (${having('refused')}::uuid[]) then 1 else 0 end,
      parked_at = case when id = any (${having('park')}::uuid[]) then clock_timestamp() end
    from unnest(${rows.map((row) => row.id)}::uuid[], ${rows.map((row) => row.error)}::text[]) as failed(event_id, error)
    where id = failed.event_id and sent_at is null`;
}

/** Of the buckets, rows older than the time that only topics have still to take which promise no more than their best effort. */
export async function letGo(
  sql: Sql,
  buckets: readonly number[],
  {
    bestEffort,
    afterMs,
    rowsMax,
  }: { readonly bestEffort: readonly string[]; readonly afterMs: number; readonly rowsMax: number },
): Promise<number> {
  const gone = await sql`
    update outbox set let_go = coalesce(pending, topics), pending = '{}', sent_at = clock_timestamp() where id in (
      select id from outbox
      where bucket = any (${buckets as number[]}::int[]) and sent_at is null and parked_at is null
        and coalesce(pending, topics) <@ ${bestEffort as string[]}::text[]
        and created_at < clock_timestamp() - ${afterMs} * interval '1 ms'
      limit ${rowsMax})`;
  return gone.count;
}

/** Deletes at most `rowsMax` sent rows made before the moment; says how many. Ids hold their time, so the primary key finds them. */
export async function pruneOutbox(sql: Sql, beforeMs: number, rowsMax: number): Promise<number> {
  const gone = await sql`
    delete from outbox where id in (
      select id from outbox where id < ${eventIdFloor(beforeMs)}::uuid and sent_at is not null order by id limit ${rowsMax})`;
  return gone.count;
}

/** An event that was taken out of the line. */
export interface ParkedRow {
  readonly id: string;
  readonly type: string;
  readonly key: string;
  /** Those that have still to take it. */
  readonly topics: readonly string[];
  readonly error: string | null;
  readonly parkedAt: Date;
}

export const parkedRows = (sql: Sql, rowsMax: number): Promise<ParkedRow[]> =>
  sql<ParkedRow[]>`
    select id::text, body->>'event_type' as type, key, coalesce(pending, topics) as topics, last_error as error, parked_at as "parkedAt"
    from outbox where parked_at is not null order by parked_at limit ${rowsMax}`;

/**
 * Puts parked events back, at the end of the line: those of their key that came after them are long gone. `ids`: undefined for all. Says
 * which they were.
 */
export async function release(sql: Sql, ids?: readonly string[]): Promise<string[]> {
  const rows = await sql<{ id: string; bucket: number }[]>`
    with released as (
      update outbox set parked_at = null, refusals = 0, seq = default
      where parked_at is not null and sent_at is null and ${ids ? sql`id::text = any (${ids as string[]})` : sql`true`}
      returning id::text, bucket::int
    )
    select id, pg_notify(current_schema() || '_outbox', bucket::text) from released`;
  return rows.map(({ id }) => id);
}
