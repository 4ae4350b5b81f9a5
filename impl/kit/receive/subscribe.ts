/**
 * Takes events from the sidecar, each with its effect once. A handler gets `(tx, event)`, returns or throws, and never
 * sees the HTTP exchange: Koa answers 404 when nothing sets a body, and to Dapr 404 means "drop this event".
 * For screens, where nothing is stored, there is `listen.ts`.
 */
import type { Context } from 'koa';
import type { Logger } from 'pino';
import { type EventEnvelope, type EventSchemas, readEvent } from './cloud-event.ts';
import { appErrorOf } from '../web/errors.ts';
import { bury } from './dead-letters.ts';
import { once } from './inbox.ts';
import { counter } from '../metrics.ts';
import type { Postgres, Transaction } from '../postgres.ts';
import { openPoison, type Poison } from './poison.ts';
import { eventSchemas } from '../schemas.ts';
import type { Sidecar } from '../sidecar/sidecar.ts';
import { type Subscriber, subscriptionCheck, subscriptionRouter, type Topic } from './subscriptions.ts';
import { failed, inSpan } from '../telemetry.ts';

export type { EventEnvelope, Subscriber };

/** The three words Dapr understands. `DROP` goes to the dead letter topic. */
type Handled = 'SUCCESS' | 'RETRY' | 'DROP';
type Handle<E> = (tx: Transaction, event: E) => Promise<void>;

/** Events of one type at a route of their own: Dapr sorts them by the CloudEvent's type. */
export interface TypedRoute<E extends EventEnvelope> {
  readonly type: E['event_type'];
  readonly route: string;
  handle(tx: Transaction, event: E): Promise<void>;
}

export interface Subscription<E extends EventEnvelope> extends Omit<Topic, 'rules'> {
  /** A folder of `contracts/events`. */
  readonly contract: string;
  readonly routes?: readonly TypedRoute<E>[];
  /** For events at `route`. Absent: of what no typed route takes, known types are passed over and the rest is dropped. */
  handle?(tx: Transaction, event: E): Promise<void>;
}

export interface SubscriberOptions<E extends EventEnvelope> {
  readonly subscriptions: readonly Subscription<E>[];
  readonly postgres: Postgres;
  readonly sidecar: Pick<Sidecar, 'metadata'>;
  readonly log: Logger;
}

const inbox = counter('inbox_events_total', 'Events delivered, by what became of them', ['topic', 'result']);

export function createSubscriber<E extends EventEnvelope>(options: SubscriberOptions<E>): Subscriber {
  const { subscriptions, sidecar } = options;
  const topics = subscriptions.map((subscription): Topic => ({ ...subscription, rules: subscription.routes ?? [] }));
  const router = subscriptionRouter(topics);
  const poison = openPoison();
  for (const subscription of subscriptions) {
    const schemas = eventSchemas<E>(subscription.contract);
    const at = (path: string, take: Take<E>) =>
      router.post(path, async (ctx) => {
        ctx.body = { status: await receive(ctx, take, schemas, options, poison) };
      });
    const { topic, routes = [], handle } = subscription;
    at(subscription.route, { topic, type: undefined, handle });
    for (const { route, type, handle: own } of routes) at(route, { topic, type, handle: own });
  }
  return { router, check: subscriptionCheck(topics, sidecar) };
}

interface Take<E> {
  readonly topic: string;
  /** What Dapr's rule let through to this route; undefined where it lets through anything. */
  readonly type: string | undefined;
  readonly handle: Handle<E> | undefined;
}

/** Always a word, never an exception: any other answer than 200 is Dapr's to interpret. */
async function receive<E extends EventEnvelope>(
  ctx: Context,
  { topic, type, handle }: Take<E>,
  schemas: EventSchemas<E>,
  { postgres, log }: SubscriberOptions<E>,
  poison: Poison,
): Promise<Handled> {
  /** What nobody wrote down would be gone: while the database is away it has to come again. */
  const drop = async (because: string, id: string | undefined, data: unknown): Promise<Handled> => {
    try {
      await bury(postgres.sql, { topic, id, data, because });
    } catch (error) {
      inbox.inc({ topic, result: 'retry' });
      log.error({ topic, event_id: id, because, err: error }, 'dead letter not written down; asking for it again');
      return 'RETRY';
    }
    inbox.inc({ topic, result: 'dropped' });
    log.error({ topic, event_id: id, because }, 'event dropped to the dead letter topic');
    return 'DROP';
  };
  const read = await readEvent(ctx, schemas);
  if (read.type === 'unreadable') return drop(read.because, read.id, read.data);
  const { event } = read;
  const kind = `${topic} ${event.event_type}`;
  const line = { topic, event_id: event.event_id, event_type: event.event_type };
  if (type !== undefined && event.event_type !== type) return drop(`the envelope says ${type}`, event.event_id, event);
  if (handle === undefined) {
    inbox.inc({ topic, result: 'passed over' });
    log.debug({ ...line, result: 'passed over' }, 'event');
    return 'SUCCESS';
  }
  const attributes = {
    'messaging.destination.name': topic,
    'messaging.message.id': event.event_id,
    'event.type': event.event_type,
  };
  // The request's trace is Dapr's delivery, if Dapr traces; else the event itself knows where it came from.
  const parent = ctx.get('traceparent') === '' ? { parent: read.trace } : {};
  return inSpan(`process ${topic}`, { kind: 'consumer', attributes, ...parent }, async (span) => {
    try {
      const result = await postgres.transaction((tx) => once(tx, event, handle));
      poison.handled(kind, event.event_id);
      inbox.inc({ topic, result });
      span.setAttribute('event.result', result);
      log.info({ ...line, result }, 'event');
      return 'SUCCESS';
    } catch (error) {
      // A value that can't be stored now can never be: asking again would block its partition.
      const { code } = appErrorOf(error);
      const proof =
        code === 'VALUE_OUT_OF_RANGE'
          ? (error as Error).message
          : code === 'INTERNAL'
            ? poison.failed(kind, event.event_id, error as Error)
            : undefined;
      if (proof !== undefined) return drop(proof, event.event_id, event);
      inbox.inc({ topic, result: 'retry' });
      failed(span, (error as Error).message);
      log.error({ ...line, err: error }, 'event not handled; asking for it again');
      return 'RETRY';
    }
  });
}
