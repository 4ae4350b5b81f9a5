/**
 * Carries outbox rows to the sidecar: woken by NOTIFY, with a slow tick behind it for what a lost notification would
 * have said. Any number of relays may run; each works on the buckets it leases.
 */
import type { Logger } from 'pino';
import { backoffMs } from './destination.ts';
import { type Lane, openLane } from './lane.ts';
import { openLeases, renewEveryMs } from './lease.ts';
import { bucketCount, channelOf } from '../outbox.ts';
import type { Postgres } from '../postgres.ts';
import type { Background } from '../service.ts';
import type { Sidecar } from '../sidecar/sidecar.ts';
import { openSignal } from '../signal.ts';

export interface RelayOptions {
  readonly postgres: Postgres;
  readonly sidecar: Pick<Sidecar, 'bulkPublish'>;
  readonly pubsub: string;
  /** Topics that promise no more than their best effort; all others take every event in the end. */
  readonly bestEffort?: readonly string[];
  /** Unique among living relays. */
  readonly owner: string;
  readonly log: Logger;
}

const laneCount = 4;
const tickMs = 2_000;
const warnEveryMs = 10_000;

export function openRelay(options: RelayOptions): Background {
  const { postgres, log } = options;
  const leases = openLeases(postgres, options.owner);
  const signals = Array.from({ length: laneCount }, openSignal);
  const backoffs = Array.from({ length: laneCount }, openSignal);
  const renewal = openSignal();
  const warn = openWarner(log);
  const lanes: Lane[] = [];
  let stopping = false;
  let listening: { unlisten(): Promise<void> } | undefined;
  let loops: Promise<void>[] = [];

  return {
    name: 'relay',
    async start() {
      loops = [renewals(), ...signals.map((_, number) => runLane(number))];
      const listener = await postgres.sql.listen(
        channelOf(postgres.schema),
        // Every relay hears of every row; only whoever holds the row's bucket has anything to look for.
        (bucket) => leases.holds(Number(bucket)) && signals[laneOf(Number(bucket))]?.raise(),
        wakeAll, // (re)connected: anything may have been missed
      );
      listening = listener;
    },
    async stop() {
      stopping = true;
      for (const signal of [renewal, ...backoffs, ...signals]) signal.raise();
      await Promise.all(loops);
      await Promise.allSettled([leases.release(), listening?.unlisten()]);
    },
  };

  function wakeAll(): void {
    for (const signal of signals) signal.raise();
  }

  async function renewals(): Promise<void> {
    while (!stopping) {
      const before = leases.held().length;
      try {
        await leases.renew();
        if (leases.held().length !== before) {
          log.info({ owner: options.owner, buckets: leases.held().length }, 'relay holds buckets');
          wakeAll();
        }
      } catch (error) {
        warn.failing('relay could not renew its leases', { err: error });
      }
      await renewal.wait(renewEveryMs);
    }
  }

  async function runLane(number: number): Promise<void> {
    const { sidecar, pubsub, bestEffort = [] } = options;
    const wake = () => signals[number]?.raise();
    const lane = openLane({ sql: postgres.sql, sidecar, leases, log, pubsub, bestEffort, wake });
    lanes.push(lane);
    let failures = 0;
    while (!stopping) {
      const waitMs = await onePass(lane, number);
      failures = waitMs === 'failed' ? failures + 1 : 0;
      // Another signal than the lane's: a new row must not shorten a backoff, or load would hammer a broken database.
      if (waitMs === 'failed') await backoffs[number]?.wait(backoffMs(failures));
      else if (waitMs > 0) await signals[number]?.wait(waitMs);
    }
    await lane.drained();
  }

  /** How long the lane may sleep unless it is woken, or `failed` when the database does not answer. */
  async function onePass(lane: Lane, number: number): Promise<number | 'failed'> {
    const buckets = leases.held().filter((bucket) => laneOf(bucket) === number);
    if (buckets.length === 0) return tickMs;
    try {
      const pass = await lane.pass(buckets, () => stopping);
      if (pass.failed > 0)
        warn.failing('publishing fails; events wait in the outbox', { events: pass.failed, error: pass.lastError });
      else if (pass.sent > 0 && !lanes.some((each) => each.fails())) warn.working('publishing works again');
      return pass.more ? 0 : Math.max(1, Math.min(tickMs, lane.dueInMs() ?? tickMs));
    } catch (error) {
      warn.failing('relay could not read or mark the outbox', { err: error });
      return 'failed';
    }
  }
}

/** Neighbouring buckets go to different lanes, so that any set of leases keeps all lanes busy. */
const laneOf = (bucket: number): number => (bucket % bucketCount) % laneCount;

/** One line when it begins, one in ten seconds while it lasts, one when it is over. */
function openWarner(log: Logger) {
  let failing = false;
  let silentUntilMs = 0;
  let unsaid = 0;
  return {
    failing(sentence: string, detail: object): void {
      failing = true;
      if (performance.now() < silentUntilMs) return void unsaid++;
      log.warn({ ...detail, unsaid }, sentence);
      unsaid = 0;
      silentUntilMs = performance.now() + warnEveryMs;
    },
    working(sentence: string): void {
      if (!failing) return;
      log.info({ unsaid }, sentence);
      failing = false;
      silentUntilMs = 0;
      unsaid = 0;
    },
  };
}
