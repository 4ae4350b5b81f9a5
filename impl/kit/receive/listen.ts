/**
 * Takes broadcast events from the sidecar: every replica hears every one, nothing is stored, and losing one costs little.
 * So there is no inbox, no retry and no dead letter here. For events with effects there is `subscribe.ts`.
 */
import type { Logger } from 'pino';
import { type EventEnvelope, readBulk, type ReadEvent } from './cloud-event.ts';
import { counter } from '../metrics.ts';
import { eventSchemas } from '../schemas.ts';
import type { Sidecar } from '../sidecar/sidecar.ts';
import { type Subscriber, subscriptionCheck, subscriptionRouter } from './subscriptions.ts';

export interface ListenerOptions<E extends EventEnvelope> {
  /** A component whose consumer group is each replica's own. */
  readonly pubsub: string;
  readonly topic: string;
  readonly route: string;
  /** A folder of `contracts/events`. */
  readonly contract: string;
  readonly sidecar: Pick<Sidecar, 'metadata'>;
  readonly log: Logger;
  receive(event: E): void;
}

const heard = counter('broadcast_events_total', 'Broadcast events delivered, by what became of them', ['topic', 'result']);

/**
 * A screen does not mind a twentieth of a second, and a hundred changes a second in a call each would cost more than all
 * that is done with them.
 */
const bulk = { messagesMax: 100, awaitMsMax: 50 };

export function createListener<E extends EventEnvelope>(options: ListenerOptions<E>): Subscriber {
  const { topic, route, sidecar, log } = options;
  const topics = [{ ...options, bulk }];
  const schemas = eventSchemas<E>(options.contract);
  const router = subscriptionRouter(topics);
  router.post(route, async (ctx) => {
    const entries = await readBulk(ctx, schemas);
    for (const { read } of entries) hear(read);
    // In any case: an entry that is not answered, or answered otherwise, would come again.
    ctx.body = { statuses: entries.map(({ entryId }) => ({ entryId, status: 'SUCCESS' })) };
  });
  return { router, check: subscriptionCheck(topics, sidecar) };

  function hear(read: ReadEvent<E>): void {
    if (read.type === 'unreadable') {
      heard.inc({ topic, result: 'passed over' });
      log.error({ topic, event_id: read.id, because: read.because }, 'broadcast event passed over');
      return;
    }
    const { event } = read;
    heard.inc({ topic, result: 'received' });
    log.debug({ topic, event_id: event.event_id, event_type: event.event_type }, 'broadcast event');
    try {
      options.receive(event);
    } catch (error) {
      log.error({ topic, event_id: event.event_id, err: error }, 'broadcast event broke its receiver');
    }
  }
}
