/** The consumers' own readers, behind the same routes that their sidecars post to. */
import Router from '@koa/router';
import { pino } from 'pino';
import type { ReminderEvent, TaskEvent } from '#contracts/types.ts';
import type { Scope } from '#harness/process/scope.ts';
import { readEvent } from '#kit/receive/cloud-event.ts';
import { createListener } from '#kit/receive/listen.ts';
import { ok } from '#kit/sidecar/outcome.ts';
import { eventSchemas } from '#kit/schemas.ts';
import { createWeb } from '#kit/web/web.ts';
import { taskMessage } from '../../../impl/frontend/stream-routes.ts';
import { subscriptions } from '../../../impl/notification/subscriptions.ts';
import type { Message } from './messages.ts';
import { serve } from './serve.ts';

export interface Sent {
  readonly content: unknown;
  readonly metadata: Readonly<Record<string, string>>;
}
/** What the consumer understood, or why it did not. */
export type Hear = (message: Message, sent: Sent) => Promise<unknown>;

/** As a sidecar does: the metadata become the envelope. */
export const cloudEventOf = ({ content, metadata }: Sent) => ({
  specversion: '1.0',
  id: metadata['cloudevent.id'],
  source: 'a provider',
  type: metadata['cloudevent.type'],
  datacontenttype: metadata['datacontenttype'],
  data: content,
});

export async function openListeners(scope: Scope): Promise<Hear> {
  const log = pino({ level: 'silent' });
  const shown: string[] = [];
  const updates = createListener<TaskEvent>({
    pubsub: 'kafka-broadcast',
    topic: 'task-updates',
    route: '/events/task-updates',
    contract: 'task-event',
    sidecar: { metadata: async () => ok({ id: 'frontend' }) },
    log,
    receive: (event) => void shown.push(taskMessage(event)),
  });
  // What notification does with an event needs its database: see notification.pact-provider.stack.test.ts. Here it is read only.
  const reading = new Router();
  for (const { contract, route } of subscriptions) {
    const schemas = eventSchemas<TaskEvent | ReminderEvent>(contract);
    reading.post(`/notification${route}`, async (ctx) => {
      ctx.body = await readEvent(ctx, schemas);
    });
  }
  const app = createWeb({
    log,
    routers: [updates.router, reading],
    deadlineMs: 5_000,
    readiness: [],
    stopping: () => false,
    appApiToken: undefined,
  });
  const port = await serve(scope, app.callback());
  const post = (path: string, body: unknown) =>
    fetch(`http://127.0.0.1:${port}${path}`, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify(body),
    });

  return async ({ consumer, topic }, sent) => {
    const event = cloudEventOf(sent);
    if (consumer === 'frontend') {
      shown.length = 0;
      await post('/events/task-updates', { entries: [{ entryId: '1', event }] });
      return shown[0];
    }
    const route = subscriptions.find((each) => each.topic === topic)?.route;
    return (await post(`/notification${route}`, event)).json();
  };
}
