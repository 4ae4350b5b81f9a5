/**
 * One lane of the relay: some of the buckets. Each topic takes an event by itself, so what one topic can't take now, or takes long to
 * answer, holds up nothing else; within a topic at most the first event that waits of each key is on its way, so that none overtakes
 * another. Lanes run side by side; a bucket is in one lane.
 */
import type { Logger } from 'pino';
import type { Leases } from './lease.ts';
import { counter } from '../metrics.ts';
import { type FailedRow, letGo, markFailed, markSent, markTaken, newestSeq, type OutboxRow, unsentRows } from '../outbox.ts';
import type { Sql } from '../postgres.ts';
import { type Batch, type Destination, openDestination } from './destination.ts';
import { openFloor } from './floor.ts';
import { producerSpans } from './producer-spans.ts';
import type { EntryOutcome, Sidecar } from '../sidecar/sidecar.ts';

export interface LaneOptions {
  readonly sql: Sql;
  readonly sidecar: Pick<Sidecar, 'bulkPublish'>;
  readonly leases: Leases;
  readonly log: Logger;
  readonly pubsub: string;
  /** Topics that promise no more: what they can't take for a while is let go. */
  readonly bestEffort: readonly string[];
  /** A call that the lane did not wait for has ended. */
  readonly wake: () => void;
}

export interface Pass {
  readonly sent: number;
  /** Deliveries to one topic that are still in line. */
  readonly failed: number;
  readonly lastError: string | undefined;
  /** A bucket had more than was read. */
  readonly more: boolean;
}

interface Answered {
  readonly batch: Batch;
  readonly outcomeOf: (row: OutboxRow) => EntryOutcome;
}

/** A row of this pass, and the topics that have still to take it and may be offered it. */
interface Waiting {
  readonly row: OutboxRow;
  readonly topics: Set<string>;
}

const relayed = counter('outbox_relayed_total', 'Events handed to the sidecar, by topic and by what became of them', [
  'topic',
  'outcome',
]);
const parked = counter('outbox_parked_total', 'Events taken out of the line, because they can not be published as they are', [
  'topic',
]);
const forgone = counter('outbox_let_go_total', 'Events let go by topics that promise their best effort', []);

const windowRowsMax = 500;
/** How long a pass waits for the slowest topic; what answers later is marked later. */
const patienceMs = 200;
const refusalsMax = 5;
const pairsMax = 1_000;
const letGoAfterMs = 30_000;
const letGoEveryMs = 2_000;
const letGoRowsMax = 2_000;

export function openLane(options: LaneOptions) {
  const { sql, bestEffort } = options;
  const destinations = new Map<string, Destination>();
  const floor = openFloor();
  /** Calls that no pass waits for any more. */
  const late = new Set<Promise<unknown>>();
  /** What became of them, for the next pass to tell. */
  let since = nothingYet();
  let bucketsBefore = '';
  let letGoAtMs = 0;

  return {
    /** Milliseconds until something may be tried that failed before, or undefined. */
    dueInMs(): number | undefined {
      const waits = [...destinations.values()].flatMap((destination) => destination.dueInMs() ?? []);
      return waits.length > 0 ? Math.min(...waits) : undefined;
    },
    async pass(buckets: readonly number[], stopping: () => boolean): Promise<Pass> {
      if (bucketsBefore !== buckets.join()) floor.forget();
      bucketsBefore = buckets.join();
      await letGoOf(buckets);
      const { line, full, held } = await look(buckets);
      const counts = since;
      since = nothingYet();
      while (!stopping()) {
        const ours = line.filter(({ row }) => options.leases.holds(row.bucket));
        const batches = [...destinations.values()].flatMap((destination) =>
          destination.pick(waitingFor(destination.topic, ours)),
        );
        if (batches.length === 0) break;
        for (const batch of batches) destinations.get(batch.topic)?.begin(batch);
        count(counts, await settle(await publish(batches, line), line));
      }
      const allSent = line.every(({ topics }) => topics.size === 0) && late.size === 0;
      if (held.topics.length > 0 && held.pairs.length === 0 && !full && allSent) floor.allSentBut(held.topics);
      return { ...counts, more: full && counts.sent > 0 };
    },
    /** Something that was offered to a topic failed, and waits. */
    fails: () => [...destinations.values()].some((destination) => destination.fails()),
    /** All calls have ended. */
    async drained(): Promise<void> {
      while (late.size > 0) await Promise.allSettled(late);
    },
  };

  async function look(buckets: readonly number[]) {
    const known = [...destinations.values()];
    const resting = new Set(known.filter((destination) => destination.rests()).map(({ topic }) => topic));
    const pairs = new Set(
      known.flatMap((destination) =>
        resting.has(destination.topic) ? [] : destination.heldKeys().map((key) => pairOf(destination.topic, key)),
      ),
    );
    const held = { topics: [...resting], pairs: [...pairs].slice(0, pairsMax) };
    if (resting.size > 0) floor.snapshot(await newestSeq(sql));
    else if (!known.some((destination) => destination.fails())) floor.forget();
    const perBucketMax = Math.ceil(windowRowsMax / buckets.length);
    const from = pairs.size > 0 ? '0' : floor.of(held.topics);
    const rows = await unsentRows(sql, buckets, held.pairs, perBucketMax, { topics: held.topics, floor: from });
    for (const topic of rows.flatMap((row) => row.topics))
      if (!destinations.has(topic)) destinations.set(topic, openDestination(topic));
    // What is held now stays so for the whole pass: earlier rows of the same key may not have been read.
    const line = rows.map((row): Waiting => ({
      row,
      topics: new Set(row.topics.filter((topic) => !resting.has(topic) && !pairs.has(pairOf(topic, row.key)))),
    }));
    for (const destination of destinations.values())
      destination.forget(new Set(waitingFor(destination.topic, line).map(({ key }) => key)));
    const counted = Map.groupBy(rows, ({ bucket }) => bucket);
    return { line, held, full: [...counted.values()].some(({ length }) => length >= perBucketMax) };
  }

  /** Those calls that end in time; the others are settled when they do. */
  async function publish(batches: readonly Batch[], line: readonly Waiting[]): Promise<readonly Answered[]> {
    const spans = producerSpans(options.pubsub, batches);
    // One text for all topics that get the same rows.
    const texts = new Map<string, readonly OutboxRow[]>();
    const entriesOf = ({ rows }: Batch) => {
      const ids = rows.map(({ id }) => id).join();
      const entries = texts.get(ids) ?? spans.rows(rows);
      texts.set(ids, entries);
      return entries;
    };
    const inTime: Answered[] = [];
    let over = false;
    const calls = batches.map(async (batch) => {
      const outcomes = await options.sidecar.bulkPublish(options.pubsub, batch.topic, entriesOf(batch)).catch(noneOf);
      const answered = { batch, outcomeOf: (row: OutboxRow) => outcomes.get(row.id) ?? noAnswer };
      for (const row of batch.rows) spans.acknowledged(row.id, answered.outcomeOf(row));
      if (!over) return void inTime.push(answered);
      // Where it can't be marked, it comes once more; nothing is lost.
      try {
        count(since, await settle([answered], line));
      } catch (error) {
        options.log.warn({ err: error }, 'what a topic took could not be marked');
      }
      options.wake();
    });
    await within(Promise.all(calls), patienceMs);
    over = true;
    for (const [at, call] of calls.entries()) {
      if (inTime.some(({ batch }) => batch === batches[at])) continue;
      late.add(call);
      void call.finally(() => late.delete(call));
    }
    return inTime;
  }

  /** Marks what was answered; then the keys are free for the next. */
  async function settle(answered: readonly Answered[], line: readonly Waiting[]) {
    const taken = new Map<OutboxRow, string[]>();
    const failures: FailedRow[] = [];
    for (const { batch, outcomeOf } of answered) {
      const { topic, rows } = batch;
      for (const row of rows) {
        const outcome = outcomeOf(row);
        if (outcome.type === 'ok') taken.set(row, [...(taken.get(row) ?? []), topic]);
        else failures.push(failureOf(row, topic, outcome, rows.length === 1));
        relayed.inc({ topic, outcome: outcome.type === 'ok' ? 'ok' : 'failed' });
      }
    }
    try {
      await mark(taken, failures);
    } finally {
      for (const { row, topics } of line) for (const topic of taken.get(row) ?? []) topics.delete(topic);
      for (const { batch, outcomeOf } of answered) destinations.get(batch.topic)?.end(batch, outcomeOf);
    }
    return { taken: taken.size, failures };
  }

  function failureOf(row: OutboxRow, topic: string, outcome: Exclude<EntryOutcome, { type: 'ok' }>, alone: boolean): FailedRow {
    const { id } = row;
    if (outcome.type === 'unsure')
      return { id, error: `${topic}: unsure: ${outcome.cause.message}`, refused: false, park: false };
    const refused = !outcome.heals && alone;
    // While another topic may still take it, it stays in line for that one.
    const hopeless = (other: string) =>
      other === topic || bestEffort.includes(other) || destinations.get(other)?.refuses(row.key);
    const park = refused && row.refusals + 1 >= refusalsMax && !bestEffort.includes(topic) && row.topics.every(hopeless);
    if (park) {
      parked.inc({ topic });
      options.log.error(
        { event_id: id, event_type: row.type, key: row.key, topic, code: outcome.code, ...originOf(row) },
        'event parked: it can not be published as it is',
      );
    }
    return { id, error: `${topic}: ${outcome.code}`, refused, park };
  }

  async function mark(taken: ReadonlyMap<OutboxRow, readonly string[]>, failures: readonly FailedRow[]): Promise<void> {
    const rows = [...taken].map(([{ id, topics: wanted }, topics]) => ({ id, topics, whole: topics.length === wanted.length }));
    const whole = rows.filter((row) => row.whole).map(({ id }) => id);
    const partly = rows.filter((row) => !row.whole);
    await Promise.all([whole.length > 0 && markSent(sql, whole), partly.length > 0 && markTaken(sql, partly)]);
    // After the others: a row may have been taken by one topic and not by another.
    if (failures.length > 0) await markFailed(sql, failures);
  }

  async function letGoOf(buckets: readonly number[]): Promise<void> {
    const fails = bestEffort.some((topic) => destinations.get(topic)?.fails());
    if (!fails || performance.now() < letGoAtMs) return;
    letGoAtMs = performance.now() + letGoEveryMs;
    const gone = await letGo(sql, buckets, { bestEffort, afterMs: letGoAfterMs, rowsMax: letGoRowsMax });
    forgone.inc(gone);
    if (gone > 0)
      options.log.warn({ events: gone, topics: bestEffort }, 'events let go by topics that promise their best effort');
  }
}

interface Counts {
  sent: number;
  failed: number;
  lastError: string | undefined;
}

const nothingYet = (): Counts => ({ sent: 0, failed: 0, lastError: undefined });

function count(counts: Counts, { taken, failures }: { readonly taken: number; readonly failures: readonly FailedRow[] }): void {
  counts.sent += taken;
  counts.failed += failures.length;
  counts.lastError = failures[0]?.error ?? counts.lastError;
}

const noAnswer: EntryOutcome = { type: 'unsure', cause: new Error('no answer for this entry') };

const noneOf = (): ReadonlyMap<string, EntryOutcome> => new Map();
const pairOf = (topic: string, key: string): string => `${topic} ${key}`;
const waitingFor = (topic: string, line: readonly Waiting[]): OutboxRow[] =>
  line.flatMap(({ row, topics }) => (topics.has(topic) ? row : []));

async function within(work: Promise<unknown>, ms: number): Promise<void> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<void>((done) => (timer = setTimeout(done, ms)));
  await Promise.race([work, late]);
  clearTimeout(timer);
}

/** The relay runs outside of the request; its lines about an event name it all the same. */
const originOf = ({ requestId, trace }: OutboxRow) => ({
  ...(requestId !== null && { request_id: requestId }),
  ...(trace !== null && { trace_id: trace.slice(3, 35) }),
});

export type Lane = ReturnType<typeof openLane>;
