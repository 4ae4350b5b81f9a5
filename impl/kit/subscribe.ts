/**
 * Takes events from the sidecar. A handler gets `(tx, event)`, returns or throws, and never sees the HTTP exchange:
 * Koa answers 404 when nothing sets a body, and to Dapr 404 means "drop this event".
 */
import { bodyParser } from '@koa/bodyparser';
import Router from '@koa/router';
import type { ValidateFunction } from 'ajv';
import type { Context } from 'koa';
import type { Logger } from 'pino';
import { appErrorOf } from './errors.ts';
import { once } from './inbox.ts';
import type { Postgres, Transaction } from './postgres.ts';
import { eventSchemas, fieldErrors } from './schemas.ts';
import type { Sidecar } from './sidecar.ts';
import type { Check } from './web.ts';

/** The three words Dapr understands. `DROP` goes to the dead letter topic. */
type Handled = 'SUCCESS' | 'RETRY' | 'DROP';

export interface EventEnvelope {
  readonly event_id: string;
  readonly event_type: string;
  readonly version: string;
}

export interface Subscription<E extends EventEnvelope> {
  readonly pubsub: string;
  readonly topic: string;
  readonly deadLetterTopic: string;
  readonly route: string;
  /** A folder of `contracts/events`. */
  readonly contract: string;
  handle(tx: Transaction, event: E): Promise<void>;
}

export interface Subscriber {
  readonly router: Router;
  /** Not ready while a running sidecar doesn't list the subscriptions: it asks once and never again. */
  readonly check: Check;
}

interface CloudEvent {
  readonly specversion: string;
  readonly id: string;
  readonly source: string;
  readonly type: string;
  readonly data: unknown;
}

export interface SubscriberOptions<E extends EventEnvelope> {
  readonly subscriptions: readonly Subscription<E>[];
  readonly postgres: Postgres;
  readonly sidecar: Pick<Sidecar, 'metadata'>;
  readonly log: Logger;
}

export function createSubscriber<E extends EventEnvelope>(options: SubscriberOptions<E>): Subscriber {
  const router = new Router();
  const { subscriptions } = options;
  router.get('/dapr/subscribe', (ctx) => {
    ctx.body = subscriptions.map(({ pubsub, topic, deadLetterTopic, route }) => ({
      pubsubname: pubsub,
      topic,
      deadLetterTopic,
      routes: { default: route },
    }));
  });
  for (const subscription of subscriptions) {
    const schemas = eventSchemas<E>(subscription.contract);
    router.post(subscription.route, async (ctx) => {
      ctx.body = { status: await receive(ctx, subscription, schemas, options) };
    });
  }
  const check: Check = {
    name: 'subscriptions',
    async test() {
      const metadata = await options.sidecar.metadata();
      // The sidecar waits for this app before it subscribes, so its absence is no reason to be unready.
      if (metadata.type !== 'ok') return;
      const listed = new Set(metadata.value.subscriptions?.map((each) => `${each.pubsubname}/${each.topic}`));
      const missing = subscriptions.map((each) => `${each.pubsub}/${each.topic}`).filter((name) => !listed.has(name));
      if (missing.length > 0) throw new Error(`the sidecar does not list ${missing.join(', ')}; if this lasts, restart it`);
    },
  };
  return { router, check };
}

/** Always a word, never an exception: any other answer than 200 is Dapr's to interpret. */
async function receive<E extends EventEnvelope>(
  ctx: Context,
  subscription: Subscription<E>,
  schemas: ReadonlyMap<string, ValidateFunction<E>>,
  { postgres, log }: SubscriberOptions<E>,
): Promise<Handled> {
  const { topic } = subscription;
  const read = await cloudEventOf(ctx);
  if (typeof read === 'string') return dropped(log, topic, read);
  const validate = schemaFor(schemas, (read.data as Partial<E> | null)?.version);
  if (!validate) return dropped(log, topic, 'version is not one this service reads', read.id);
  if (!validate(read.data)) return dropped(log, topic, JSON.stringify(fieldErrors(validate.errors)), read.id);
  const event = read.data;
  const line = { topic, event_id: event.event_id, event_type: event.event_type };
  try {
    const result = await postgres.transaction((tx) => once(tx, event, subscription.handle));
    log.info({ ...line, result }, 'event');
    return 'SUCCESS';
  } catch (error) {
    // A value that can't be stored now can never be: asking again would block its partition.
    if (appErrorOf(error).code === 'VALUE_OUT_OF_RANGE') return dropped(log, topic, (error as Error).message, read.id);
    log.error({ ...line, err: error }, 'event not handled; asking for it again');
    return 'RETRY';
  }
}

function dropped(log: Logger, topic: string, because: string, id?: string): Handled {
  log.error({ topic, cloudevent_id: id, because }, 'event dropped to the dead letter topic');
  return 'DROP';
}

const parse = bodyParser({ enableTypes: ['json'], extendTypes: { json: ['application/cloudevents+json'] }, jsonLimit: '2mb' });

/** The CloudEvent, or a sentence that says why the body isn't one. */
async function cloudEventOf(ctx: Context): Promise<CloudEvent | string> {
  try {
    await parse(ctx as never, async () => {});
  } catch (error) {
    return `unreadable body: ${(error as Error).message}`;
  }
  const event = ctx.request.body as Partial<CloudEvent> | null | undefined;
  const missing = (['specversion', 'id', 'source', 'type'] as const).filter((name) => typeof event?.[name] !== 'string');
  if (missing.length > 0) return `not a CloudEvent: ${missing.join(', ')} missing`;
  if (event?.specversion !== '1.0') return `CloudEvents ${event?.specversion} is not 1.0`;
  return event as CloudEvent;
}

/** The version's own schema; for a newer minor version the newest known of that major, which additive changes satisfy. */
function schemaFor<E>(schemas: ReadonlyMap<string, ValidateFunction<E>>, version: unknown): ValidateFunction<E> | undefined {
  const wanted = /^v(\d+)\.(\d+)$/.exec(String(version));
  if (!wanted) return undefined;
  const exact = schemas.get(wanted[0]);
  if (exact) return exact;
  const older = [...schemas.keys()].filter((known) => known.startsWith(`v${wanted[1]}.`) && minorOf(known) < Number(wanted[2]));
  return schemas.get(older.sort((a, b) => minorOf(b) - minorOf(a))[0] ?? '');
}

const minorOf = (version: string): number => Number(version.split('.')[1]);
