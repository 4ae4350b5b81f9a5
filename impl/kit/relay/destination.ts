/**
 * One topic, as one lane of the relay sees it. What fails belongs to the topic when nothing went through, and to the keys that failed
 * when others did: a topic that is away, or a partition without a leader, holds up nothing but itself.
 */
import type { OutboxRow } from '../outbox.ts';
import type { EntryOutcome } from '../sidecar/publish.ts';

/** Rows that go out in one call, and what to do with their outcomes. */
export interface Batch {
  readonly topic: string;
  readonly rows: readonly OutboxRow[];
}

const batchRowsMax = 250;
const batchBytesMax = 1_000_000; // daprd refuses bodies over 4 MB
/** While nothing goes through, a few rows test the way; each may come out twice. */
const probeRowsMax = 10;
/** One of them may wait for what does not answer; the others go on with what else there is. */
const callsMax = 4;
/** How long a key stays away while nothing goes through at all: long enough that the next tests try other keys. */
const blindHoldMs = 30_000;

interface FailedKey {
  failures: number;
  untilMs: number;
  /** Whether its row itself was refused. In company: it has to be seen alone, for a neighbour may be to blame. */
  refused: 'no' | 'in company' | 'alone';
}

export const backoffMs = (failures: number): number => Math.min(2_000, 100 * 2 ** Math.min(failures - 1, 10));

export function openDestination(topic: string, nowMs = () => performance.now()) {
  const failed = new Map<string, FailedKey>();
  const underWay = new Set<string>();
  let calls = 0;
  let inVain = 0;
  let untilMs = 0;
  const isAway = () => inVain > 0;
  /** All that waits has failed already: it is tried again, those first that were tried least. When nothing waits, nobody is to be tested. */
  function tryAgain(): void {
    if (failed.size === 0) inVain = 0;
    for (const each of failed.values()) each.untilMs = 0;
  }

  return {
    topic,
    /** Nothing for it is to be read now. */
    rests: () => nowMs() < untilMs || calls >= callsMax || (isAway() && calls > 0),
    /** The first row of the key is refused for what it is. */
    refuses: (key: string) => failed.get(key)?.refused === 'alone',
    /** Nothing went through lately. */
    isAway,
    /** Something that was offered to it failed, and waits. */
    fails: () => isAway() || failed.size > 0,
    /** Keys whose rows are not to be read now. */
    heldKeys(): string[] {
      const now = nowMs();
      return [...underWay, ...[...failed].flatMap(([key, { untilMs: until }]) => (until > now ? key : []))];
    },
    /** Milliseconds until something may be tried that failed before, or undefined. */
    dueInMs(): number | undefined {
      const now = nowMs();
      if (isAway()) return calls > 0 ? undefined : Math.max(0, untilMs - now);
      const waits = [...failed.values()].flatMap(({ untilMs: until }) => (until > now ? until - now : []));
      return waits.length > 0 ? Math.min(...waits) : undefined;
    },
    /** What may go out now of the rows that have to go here, in order: of each key at most the first, and none of a key that is held. */
    pick(rows: readonly OutboxRow[]): Batch[] {
      if (this.rests()) return [];
      const held = new Set(this.heldKeys());
      const heads = headsOf(rows).filter(({ key }) => !held.has(key));
      if (isAway() && heads.length === 0) tryAgain();
      const suspect = heads.find(({ key }) => failed.get(key)?.refused === 'in company');
      const healthy = heads.filter(({ key }) => !failed.has(key));
      const again = heads.filter(({ key }) => failed.has(key) && failed.get(key)?.refused !== 'in company');
      const tries = (row: OutboxRow) => failed.get(row.key)?.failures ?? 0;
      const groups = isAway()
        ? [heads.toSorted((a, b) => tries(a) - tries(b)).slice(0, probeRowsMax)]
        : [healthy, again, suspect ? [suspect] : []];
      const batches = groups.flatMap((group) => (group.length > 0 ? [{ topic, rows: fitting(group) }] : []));
      return batches.slice(0, callsMax - calls);
    },
    begin({ rows }: Batch): void {
      calls += 1;
      for (const { key } of rows) underWay.add(key);
    },
    /** An answer, or that there was none, is known and marked. */
    end({ rows }: Batch, outcomeOf: (row: OutboxRow) => EntryOutcome): void {
      calls -= 1;
      for (const { key } of rows) underWay.delete(key);
      const isOk = (row: OutboxRow) => outcomeOf(row).type === 'ok';
      const refused = (row: OutboxRow) => {
        const outcome = outcomeOf(row);
        return outcome.type === 'fail' && !outcome.heals;
      };
      // An event that is refused for what it is says nothing about the way.
      if (rows.some((row) => isOk(row) || refused(row))) {
        if (isAway()) failed.clear();
        inVain = 0;
        untilMs = 0;
      } else {
        inVain += 1;
        untilMs = nowMs() + backoffMs(inVain);
      }
      for (const row of rows) {
        if (isOk(row)) {
          failed.delete(row.key);
          continue;
        }
        const failures = (failed.get(row.key)?.failures ?? 0) + 1;
        const holdMs = isAway() ? blindHoldMs : backoffMs(failures);
        const howRefused = rows.length > 1 ? 'in company' : 'alone';
        failed.set(row.key, { failures, untilMs: nowMs() + holdMs, refused: refused(row) ? howRefused : 'no' });
      }
    },
    /** Keys that are due and of which nothing waits any more (sent by another relay, released, parked) are like all others. */
    forget(waiting: ReadonlySet<string>): void {
      const now = nowMs();
      for (const [key, { untilMs: until }] of failed) if (until <= now && !waiting.has(key)) failed.delete(key);
    },
  };
}

export type Destination = ReturnType<typeof openDestination>;

/** The first row of each key, in order. */
export function headsOf(rows: readonly OutboxRow[]): OutboxRow[] {
  const keys = new Set<string>();
  return rows.filter(({ key }) => !keys.has(key) && keys.add(key));
}

/** As many as go into one call, at least one. */
export function fitting(rows: readonly OutboxRow[]): OutboxRow[] {
  let bytes = 0;
  const upTo = rows.findIndex(({ body }, at) => at > 0 && (bytes += rows[at - 1]!.body.length) + body.length >= batchBytesMax);
  return rows.slice(0, Math.min(upTo === -1 ? rows.length : upTo, batchRowsMax));
}
