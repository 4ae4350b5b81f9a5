/** What subscribers dropped, and why. Written before the sidecar hears of it, so that whoever looks for it finds all there is. */
import { createHash } from 'node:crypto';
import { bucketOf } from '../outbox.ts';
import type { Sql, Transaction } from '../postgres.ts';

export interface DeadLetter {
  readonly topic: string;
  /** The event's id; where it has none, a digest of what came. */
  readonly id: string;
  readonly eventType: string | null;
  readonly key: string | null;
  readonly because: string;
  readonly times: number;
  readonly firstAt: Date;
  readonly lastAt: Date;
  /** When it was last sent to its topic again; null once it came back as a dead letter. */
  readonly redrivenAt: Date | null;
}

/** What came, as far as it could be read. */
export interface Dropped {
  readonly topic: string;
  readonly id: string | undefined;
  readonly data: unknown;
  readonly because: string;
}

export async function bury(sql: Sql, { topic, id, data, because }: Dropped): Promise<void> {
  const body = typeof data === 'string' ? data : JSON.stringify(data ?? null);
  const event = (data ?? {}) as { event_type?: unknown };
  await sql`
    insert into dead_letters (topic, id, event_type, key, body, because)
    values (${topic}, ${id ?? createHash('sha256').update(body).digest('hex')}, ${textOf(event.event_type)}, ${keyOf(data)},
            ${body.replaceAll('\0', '')}, ${because.slice(0, 1_000)})
    on conflict (topic, id) do update set
      because = excluded.because, times = dead_letters.times + 1, last_at = clock_timestamp(), redriven_at = null`;
}

export const deadLetters = (sql: Sql, rowsMax: number): Promise<DeadLetter[]> =>
  sql<DeadLetter[]>`
    select topic, id, event_type as "eventType", key, because, times, first_at as "firstAt", last_at as "lastAt", redriven_at as "redrivenAt"
    from dead_letters order by redriven_at is not null, first_at limit ${rowsMax}`;

/**
 * Puts events back in line for their topic, through the outbox and under their own ids: whoever has applied one passes it over. `ids`:
 * undefined for all that wait. What can't be sent, because it is no event, is in `refused`.
 */
export async function redrive(tx: Transaction, ids?: readonly string[]): Promise<{ sent: string[]; refused: string[] }> {
  const letters = await tx<{ topic: string; id: string; key: string | null; body: string; sendable: boolean }[]>`
    select topic, id, key, body, event_type is not null and id ~ '^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$' as sendable
    from dead_letters where redriven_at is null and ${ids ? tx`id = any (${ids as string[]})` : tx`true`} order by first_at for update`;
  const [sent, refused] = [letters.filter(({ sendable }) => sendable), letters.filter(({ sendable }) => !sendable)];
  for (const { topic, id, key, body } of sent) {
    const line = key ?? id;
    await tx`
      insert into outbox (id, topics, key, bucket, body) values (${id}, ${[topic]}, ${line}, ${bucketOf(line)}, ${body}::text::jsonb)
      on conflict (id) do update set
        topics = excluded.topics, body = excluded.body, pending = null, let_go = '{}', sent_at = null, parked_at = null, refusals = 0, seq = default`;
    await tx`update dead_letters set redriven_at = clock_timestamp() where topic = ${topic} and id = ${id}`;
  }
  if (sent.length > 0)
    await tx`select pg_notify(current_schema() || '_outbox', bucket::text) from generate_series(0, 31) as bucket`;
  const names = (each: readonly { readonly id: string }[]) => each.map(({ id }) => id);
  return { sent: names(sent), refused: names(refused) };
}

/** For good: nobody needs them any more. */
export async function discard(sql: Sql, ids: readonly string[]): Promise<number> {
  return (await sql`delete from dead_letters where id = any (${ids as string[]})`).count;
}

const textOf = (value: unknown): string | null => (typeof value === 'string' ? value : null);

/** What events of this system are dealt out by: the id of their task. */
function keyOf(data: unknown): string | null {
  const { task_id, id } = ((data as { data?: unknown } | null)?.data ?? {}) as { task_id?: unknown; id?: unknown };
  const key = task_id ?? id;
  return typeof key === 'number' || typeof key === 'string' ? String(key) : null;
}
