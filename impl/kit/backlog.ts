/**
 * How much waits, and what nobody will do any more without being told: for `/metrics`, and for the rules in k8s/alerts. Read from the
 * database when somebody asks, at most every ten seconds, and no more rows than tell that it is too many.
 */
import { looked } from './metrics.ts';
import type { Sql } from './postgres.ts';

interface Backlog {
  readonly waiting: number;
  readonly oldestS: number;
  readonly parked: number;
  readonly dead: number;
}

const freshMs = 10_000;
const rowsMax = 100_000;

/** `deadLetters`: this service takes events, and writes down what it drops. */
export function watchBacklog(sql: Sql, { deadLetters }: { readonly deadLetters: boolean }): void {
  const read = async (): Promise<Backlog> => {
    const [row] = await sql<[Backlog]>`
      select count(*)::int as waiting, coalesce(extract(epoch from clock_timestamp() - min(created_at)), 0)::float8 as "oldestS",
             (select count(*)::int from outbox where parked_at is not null) as parked,
             ${deadLetters ? sql`(select count(*)::int from dead_letters where redriven_at is null)` : sql`0`} as dead
      from (select created_at from outbox where sent_at is null and parked_at is null limit ${rowsMax}) as unsent`;
    return row;
  };
  const backlog = keptFor(freshMs, read);
  looked(
    'outbox_waiting',
    'Events that have still to be taken by some topic; at most 100,000 are counted',
    async () => (await backlog()).waiting,
  );
  looked('outbox_oldest_seconds', 'Age of the oldest of them', async () => (await backlog()).oldestS);
  looked('outbox_parked', 'Events that will not be sent before somebody releases them', async () => (await backlog()).parked);
  if (deadLetters) looked('dead_letters', 'Events that were dropped and not sent again', async () => (await backlog()).dead);
}

function keptFor<T>(ms: number, read: () => Promise<T>): () => Promise<T> {
  let last: { readonly atMs: number; readonly value: Promise<T> } | undefined;
  return () => {
    if (!last || performance.now() - last.atMs > ms) last = { atMs: performance.now(), value: read() };
    return last.value;
  };
}
