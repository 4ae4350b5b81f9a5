/**
 * One channel's deliveries on their way out of the database: claims what is due, sends a bounded number side by side, and
 * commits each ending together with its event. Any number of replicas may run a lane; a row is one's until its lease is over.
 */
import { setTimeout as pause } from 'node:timers/promises';
import type { Logger } from 'pino';
import { counter, histogram } from '#kit/metrics.ts';
import type { Postgres } from '#kit/postgres.ts';
import type { Background } from '#kit/service.ts';
import { openSignal } from '#kit/signal.ts';
import { inSpan } from '#kit/telemetry.ts';
import type { Channel, Sender, Tried } from './channel/channel.ts';
import { claimDelivery, type Delivery, endFailed, endSent, expireDeliveries, postpone, wakeChannel } from './deliveries.ts';
import { openGate } from './gate.ts';
import { attemptsMax, retryMs, unreachedMs } from './retry.ts';
import { whyObsolete } from './task-states.ts';

export interface LaneOptions {
  readonly postgres: Postgres;
  readonly channel: Pick<Channel, 'name' | 'sendsMax' | 'sendsPerHostMax' | 'oneServer'>;
  readonly sender: Pick<Sender, 'send'>;
  readonly sendMsMax: number;
  readonly ageMsMax: number;
  readonly log: Logger;
}

const tickMs = 1_000;
/** A lease outlasts the send and what it takes to commit its ending. */
const commitMsMax = 5_000;
const expiredRowsMax = 100;
/** Below the service's own limit, so that pools still close in order. What is then unfinished is another's after its lease. */
const stopMsMax = 5_000;

const deliveries = counter('deliveries_total', 'Tries to deliver a reminder, by how they ended', ['channel', 'outcome']);
const lag = histogram(
  'delivery_lag_seconds',
  'From the event to the delivery',
  ['channel'],
  [50, 100, 250, 500, 1_000, 2_500, 5_000, 15_000, 60_000, 600_000],
);

export function openDeliveryLane(options: LaneOptions): Background {
  const { postgres, sender, sendMsMax, ageMsMax, log } = options;
  const { name: channel, sendsMax, sendsPerHostMax, oneServer } = options.channel;
  const leaseMs = sendMsMax + commitMsMax;
  const wake = openSignal();
  const gate = openGate({ sendsMax, closes: oneServer });
  const underWay = new Map<Promise<void>, string>();
  let stopping = false;
  let loop: Promise<void> | undefined;
  let listening: { unlisten(): Promise<void> } | undefined;

  return {
    name: `delivery by ${channel}`,
    async start() {
      loop = run();
      listening = await postgres.sql.listen(wakeChannel(postgres.schema, channel), wake.raise, wake.raise);
    },
    async stop() {
      stopping = true;
      wake.raise();
      await loop;
      await Promise.race([Promise.all(underWay.keys()), pause(stopMsMax, undefined, { ref: false })]);
      await Promise.allSettled([listening?.unlisten()]);
    },
  };

  async function run(): Promise<void> {
    while (!stopping) {
      try {
        await postgres.transaction((tx) => expireDeliveries(tx, channel, ageMsMax, expiredRowsMax));
        while (!stopping && (await beginNext()));
      } catch (error) {
        log.warn({ err: error, channel }, 'deliveries could not be read; trying again');
      }
      await wake.wait(tickMs);
    }
  }

  /** False: nothing is due, or there is no room for more. */
  async function beginNext(): Promise<boolean> {
    if (underWay.size >= gate.room()) return false;
    const delivery = await claimDelivery(postgres.sql, channel, { hostsToSkip: busyHosts(), leaseMs });
    if (!delivery) return false;
    const claimedAt = performance.now();
    const work = deliver(delivery, claimedAt).finally(() => {
      underWay.delete(work);
      wake.raise();
    });
    underWay.set(work, delivery.host);
    return true;
  }

  function busyHosts(): string[] {
    const counts = new Map<string, number>();
    for (const host of underWay.values()) counts.set(host, (counts.get(host) ?? 0) + 1);
    return [...counts].filter(([, count]) => count >= sendsPerHostMax).map(([host]) => host);
  }

  /** Never rejects: nobody waits for it but `stop`. */
  async function deliver(delivery: Delivery, claimedAt: number): Promise<void> {
    const line = { channel, reminder_id: delivery.reminderId, task_id: delivery.reminder.task_id };
    try {
      await inSpan(`deliver ${channel}`, { kind: 'client', parent: delivery.trace }, async () => {
        const obsolete = await whyObsolete(postgres.sql, delivery.reminder, delivery.madeAt);
        if (obsolete !== null) {
          deliveries.inc({ channel, outcome: 'obsolete' });
          log.info({ ...line, because: obsolete }, 'delivery no longer wanted');
          return void (await recorded(delivery, { type: 'refused', reason: `OBSOLETE: ${obsolete}` }, claimedAt));
        }
        const tried = await sender
          .send(delivery, AbortSignal.timeout(sendMsMax))
          // A fault of ours must not repeat for ever either.
          .catch((error: Error): Tried => ({ type: 'later', reason: `BROKEN: ${error.message}` }));
        gate.saw(tried.type !== 'unreached');
        deliveries.inc({ channel, outcome: tried.type });
        if (tried.type === 'sent') lag.observe({ channel }, delivery.ageMs + (performance.now() - claimedAt));
        log[tried.type === 'sent' ? 'info' : 'warn']({ ...line, ...tried, attempts: delivery.attempts }, 'delivery tried');
        await recorded(delivery, tried, claimedAt);
      });
    } catch (error) {
      log.error({ ...line, err: error }, 'delivery not recorded; it will be tried again when its lease is over');
    }
  }

  /** A sent mail can't be taken back: while the lease lasts, its row is worth several tries. */
  async function recorded(delivery: Delivery, tried: Tried, claimedAt: number): Promise<void> {
    for (;;) {
      try {
        return await record(delivery, tried);
      } catch (error) {
        if (stopping || performance.now() > claimedAt + leaseMs - 1_000) throw error;
        await pause(250);
      }
    }
  }

  async function record(delivery: Delivery, tried: Tried): Promise<void> {
    const attempts = delivery.attempts + 1;
    switch (tried.type) {
      case 'sent':
        return void (await postgres.transaction((tx) => endSent(tx, delivery)));
      case 'refused':
        return void (await postgres.transaction((tx) => endFailed(tx, delivery, attempts, tried.reason)));
      case 'unreached':
        return postpone(postgres.sql, delivery, delivery.attempts, tried.reason, unreachedMs(delivery.ageMs, Math.random()));
      case 'later': {
        if (attempts < attemptsMax) {
          const waitMs = Math.max(retryMs(attempts, Math.random()), tried.afterMs ?? 0);
          return postpone(postgres.sql, delivery, attempts, tried.reason, waitMs);
        }
        const reason = `GIVEN_UP after ${attempts} attempts: ${tried.reason}`;
        return void (await postgres.transaction((tx) => endFailed(tx, delivery, attempts, reason)));
      }
    }
  }
}
