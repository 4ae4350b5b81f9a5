/**
 * One lane of the relay: some of the buckets, one bulk call at a time. Within a call at most the first unsent event of
 * each key, so a key's second event never overtakes a first that failed. Lanes run side by side; a bucket is in one lane.
 */
import type { Logger } from 'pino';
import type { Leases } from './lease.ts';
import { counter } from '../metrics.ts';
import { type FailedRow, markFailed, markSent, type OutboxRow, unsentRows } from '../outbox.ts';
import type { Sql } from '../postgres.ts';
import { producerSpans } from './producer-spans.ts';
import type { EntryOutcome, Sidecar } from '../sidecar/sidecar.ts';

export interface LaneOptions {
  readonly sql: Sql;
  readonly sidecar: Pick<Sidecar, 'bulkPublish'>;
  readonly leases: Leases;
  readonly log: Logger;
  readonly pubsub: string;
}

export interface Pass {
  readonly sent: number;
  /** Rows that are still in line; the lane waits before it tries them again. */
  readonly failed: number;
  readonly lastError: string | undefined;
  /** A bucket had more than was read. */
  readonly more: boolean;
}

const relayed = counter('outbox_relayed_total', 'Events handed to the sidecar, by what became of them', ['outcome']);

const windowRowsMax = 500;
const batchRowsMax = 250;
const batchBytesMax = 1_000_000; // daprd refuses bodies over 4 MB
/** While nothing goes through, a few rows test the way; each may come out twice. */
const probeRowsMax = 10;
const attemptsMax = 5;
const keysBlockedMax = 1_000;

export function openLane(options: LaneOptions) {
  /** Keys whose head failed while others went through, and when they may be tried again. */
  const blocked = new Map<string, { untilMs: number; failures: number }>();
  let blind = false;

  return {
    /** Milliseconds until the next blocked key may be tried, or undefined. */
    blockedForMs(): number | undefined {
      return blocked.size === 0
        ? undefined
        : Math.max(0, Math.min(...[...blocked.values()].map((key) => key.untilMs)) - performance.now());
    },
    async pass(buckets: readonly number[], stopping: () => boolean): Promise<Pass> {
      const perBucketMax = Math.ceil(windowRowsMax / buckets.length);
      const skipped = stillBlocked();
      const rows = await unsentRows(options.sql, buckets, skipped, perBucketMax);
      forget(new Set([...skipped, ...rows.map((row) => row.key)]));
      const counts = { sent: 0, failed: 0, lastError: undefined as string | undefined };
      let waiting = rows;
      while (waiting.length > 0 && !stopping()) {
        const { batch, rest } = headsOf(
          waiting.filter((row) => options.leases.holds(row.bucket)),
          blind ? probeRowsMax : batchRowsMax,
        );
        if (batch.length === 0) break;
        const { sent, failed } = await publish(batch);
        counts.sent += sent.length;
        counts.failed += failed.length;
        blind = sent.length === 0;
        await Promise.all([
          sent.length > 0 &&
            markSent(
              options.sql,
              sent.map((row) => row.id),
            ),
          failed.length > 0 &&
            markFailed(
              options.sql,
              failed.map((each) => each.mark),
            ),
        ]);
        for (const row of sent) blocked.delete(row.key);
        // When nothing at all went through, the way is blocked and not the keys; a refusal is about its own event.
        for (const { row, heals } of failed) if (!blind || !heals) block(row.key);
        counts.lastError = failed[0]?.mark.error ?? counts.lastError;
        if (blind) break;
        if (blocked.size > keysBlockedMax) break;
        waiting = rest.filter((row) => !blocked.has(row.key));
      }
      return { ...counts, more: rows.length >= perBucketMax && counts.sent > 0 };
    },
  };

  /** Rows with the same topics go together; a row is sent when all of its topics took it. */
  async function publish(batch: readonly OutboxRow[]) {
    const spans = producerSpans(options.pubsub, batch);
    const groups = Map.groupBy(spans.rows, (row) => row.topics.join(' '));
    const answers = await Promise.all(
      [...groups.values()].map((rows) => options.sidecar.bulkPublish(options.pubsub, topicsOf(rows), rows)),
    );
    const outcomes = new Map(answers.flatMap((answer) => [...answer]));
    const sent: OutboxRow[] = [];
    const failed: { row: OutboxRow; mark: FailedRow; heals: boolean }[] = [];
    for (const row of batch) {
      const outcome = outcomes.get(row.id) ?? { type: 'unsure' as const, cause: new Error('no answer for this entry') };
      spans.acknowledged(row.id, outcome);
      if (outcome.type === 'ok') sent.push(row);
      else failed.push({ row, mark: markOf(row, outcome), heals: outcome.type === 'unsure' || outcome.heals });
    }
    relayed.inc({ outcome: 'ok' }, sent.length);
    relayed.inc({ outcome: 'failed' }, failed.length);
    return { sent, failed };
  }

  function markOf(row: OutboxRow, outcome: Exclude<EntryOutcome, { type: 'ok' }>): FailedRow {
    if (outcome.type === 'unsure') return { id: row.id, error: `unsure: ${outcome.cause.message}`, park: false };
    const park = !outcome.heals && row.attempts + 1 >= attemptsMax;
    if (park) relayed.inc({ outcome: 'parked' });
    if (park)
      options.log.error(
        { event_id: row.id, event_type: row.type, key: row.key, code: outcome.code, ...originOf(row) },
        'event parked: it can not be published as it is',
      );
    return { id: row.id, error: outcome.code, park };
  }

  function block(key: string): void {
    const failures = (blocked.get(key)?.failures ?? 0) + 1;
    blocked.set(key, { failures, untilMs: performance.now() + backoffMs(failures) });
  }

  /** A blocked key whose row is gone (parked, or sent by another relay) must not keep the lane awake. */
  function forget(inLine: ReadonlySet<string>): void {
    for (const key of blocked.keys()) if (!inLine.has(key)) blocked.delete(key);
  }

  function stillBlocked(): string[] {
    return [...blocked].filter(([, key]) => key.untilMs > performance.now()).map(([key]) => key);
  }
}

/** The relay runs outside of the request; its lines about an event name it all the same. */
const originOf = ({ requestId, trace }: OutboxRow) => ({
  ...(requestId !== null && { request_id: requestId }),
  ...(trace !== null && { trace_id: trace.slice(3, 35) }),
});

const topicsOf = (rows: readonly OutboxRow[]): readonly string[] => rows[0]?.topics ?? [];

export type Lane = ReturnType<typeof openLane>;

export const backoffMs = (failures: number): number => Math.min(2_000, 100 * 2 ** Math.min(failures - 1, 10));

/** The first row of each key, up to both limits, and what is left, both in order. */
export function headsOf(rows: readonly OutboxRow[], rowsMax: number): { batch: OutboxRow[]; rest: OutboxRow[] } {
  const batch: OutboxRow[] = [];
  const rest: OutboxRow[] = [];
  const keys = new Set<string>();
  let bytes = 0;
  for (const row of rows) {
    const fits = batch.length < rowsMax && (batch.length === 0 || bytes + row.body.length < batchBytesMax);
    if (fits && !keys.has(row.key)) {
      batch.push(row);
      bytes += row.body.length;
    } else rest.push(row);
    keys.add(row.key);
  }
  return { batch, rest };
}
