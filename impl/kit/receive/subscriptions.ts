/** What this app wants to hear: told to the sidecar when it asks, and checked against what it says it heard. */
import Router from '@koa/router';
import { isSidecarPath } from '../web/sidecar-only.ts';
import type { Sidecar } from '../sidecar/sidecar.ts';
import type { Check } from '../web/web.ts';

export interface Topic {
  /** The component's name, e.g. `kafka-pubsub`. */
  readonly pubsub: string;
  readonly topic: string;
  /** Where what this app drops goes; without one it is gone. */
  readonly deadLetterTopic?: string;
  /** Where events go that no rule matches. */
  readonly route: string;
  /** Several events in one call: as many as came, or as came while waiting. For events that bear to wait. */
  readonly bulk?: { readonly messagesMax: number; readonly awaitMsMax: number };
  /** Where events of one CloudEvent type go. */
  readonly rules?: readonly { readonly type: string; readonly route: string }[];
}

export interface Subscriber {
  readonly router: Router;
  /** Not ready while a running sidecar doesn't list the subscriptions: it asks once and never again. */
  readonly check: Check;
}

/** A router that answers `/dapr/subscribe`, to which the events' own routes are added. */
export function subscriptionRouter(topics: readonly Topic[]): Router {
  const open = topics
    .flatMap(({ route, rules = [] }) => [route, ...rules.map((rule) => rule.route)])
    .find((path) => !isSidecarPath(path));
  if (open !== undefined) throw new Error(`ROUTE_UNGUARDED: ${open} would take events from anybody. Begin it with /events/`);
  const router = new Router();
  router.get('/dapr/subscribe', (ctx) => {
    ctx.body = topics.map(({ pubsub, topic, deadLetterTopic, route, rules = [], bulk }) => ({
      pubsubname: pubsub,
      topic,
      ...(deadLetterTopic !== undefined && { deadLetterTopic }),
      ...(bulk && { bulkSubscribe: { enabled: true, maxMessagesCount: bulk.messagesMax, maxAwaitDurationMs: bulk.awaitMsMax } }),
      routes: {
        ...(rules.length > 0 && { rules: rules.map(({ type, route: path }) => ({ match: `event.type == "${type}"`, path })) }),
        default: route,
      },
    }));
  });
  return router;
}

export const subscriptionCheck = (topics: readonly Topic[], sidecar: Pick<Sidecar, 'metadata'>): Check => ({
  name: 'subscriptions',
  async test() {
    const metadata = await sidecar.metadata();
    // The sidecar waits for this app before it subscribes, so its absence is no reason to be unready.
    if (metadata.type !== 'ok') return;
    const listed = new Set(metadata.value.subscriptions?.map((each) => `${each.pubsubname}/${each.topic}`));
    const missing = topics.map((each) => `${each.pubsub}/${each.topic}`).filter((name) => !listed.has(name));
    if (missing.length > 0) throw new Error(`the sidecar does not list ${missing.join(', ')}; if this lasts, restart it`);
  },
});
