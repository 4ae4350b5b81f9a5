/** The states that the pacts name, brought about as a user would: through the provider's own API. */
import type connect from 'postgres';
import { appApiToken } from '../../impl/scene.ts';
import { backendExchanges } from './backend-exchanges.ts';
import { cloudEventOf } from './listeners.ts';
import { messages } from './messages.ts';
import { notificationExchanges } from './notification-exchanges.ts';
import { producersOf } from './producers.ts';
import { idempotencyKey, user } from './shapes.ts';
import type { States } from './verify.ts';

/** Below the user's own path; throws unless the answer is a good one. */
export type Ask = (
  method: string,
  path: string,
  body?: unknown,
  headers?: Readonly<Record<string, string>>,
) => Promise<Record<string, unknown>>;

export const askAt =
  (url: string, headers: Readonly<Record<string, string>>): Ask =>
  async (method, path, body, also = {}) => {
    const answer = await fetch(`${url}/api/${user}${path}`, {
      method,
      headers: { ...headers, ...also },
      ...(body !== undefined && { body: JSON.stringify(body) }),
    });
    const text = await answer.text();
    if (!answer.ok) throw new Error(`STATE_REFUSED: ${method} ${path} answered ${answer.status} ${text}`);
    return text === '' ? {} : (JSON.parse(text) as Record<string, unknown>);
  };

/** What the pact itself would have created. */
const bodyOf = (exchanges: readonly { asks: string; body?: unknown }[], asks: string): unknown => {
  const found = exchanges.find((each) => each.asks === asks);
  if (found?.body === undefined) throw new Error(`EXCHANGE_UNKNOWN: no exchange asks ${asks} with a body`);
  return found.body;
};

export function backendStates(ask: Ask, sql: connect.Sql): States {
  const newTask = bodyOf(backendExchanges, 'to create a task');
  /** Ids begin with 1 again: the pacts name task 1. */
  const nothing = async () => {
    await sql`truncate domain.tasks, domain.reminders, domain.templates, domain.idempotency restart identity cascade`;
  };
  const openTask = async (headers: Readonly<Record<string, string>> = {}) => {
    await nothing();
    await ask('POST', '/tasks', newTask, headers);
  };
  const conversation = async () => {
    await nothing();
    const { session_id } = await ask('POST', '/chat/sessions', {});
    return { session_id: String(session_id) };
  };
  return {
    [`${user} has nothing`]: nothing,
    [`${user} has an open task 1`]: () => openTask(),
    // Every request of the pact that changes something has this key; here, and only here, it was used before.
    [`${user} has created task 1 under the key of the request`]: () => openTask({ 'idempotency-key': idempotencyKey }),
    [`${user} has a task 1 at revision 2`]: async () => {
      await openTask();
      await ask('PATCH', '/tasks/1', { title: 'Water the plants today' });
    },
    [`${user} has a template 1`]: async () => {
      await nothing();
      await ask('POST', '/templates', bodyOf(backendExchanges, 'to create a template'));
    },
    [`${user} has a conversation`]: conversation,
    [`${user} has a conversation of one question`]: async () => {
      const made = await conversation();
      await ask('POST', `/chat/sessions/${made.session_id}/messages`, { content: 'list my tasks' });
      return made;
    },
  };
}

export function notificationStates(ask: Ask, sql: connect.Sql, url: string): States {
  const nothing = async () => {
    await sql`truncate notification.preferences, notification.push_subscriptions, notification.notices, notification.inbox cascade`;
  };
  return {
    [`${user} has said nothing`]: nothing,
    [`${user} is reminded by e-mail`]: async () => {
      await nothing();
      await ask('PUT', '/preferences', bodyOf(notificationExchanges, 'to be reminded by e-mail'));
    },
    [`${user} was told of a task`]: async () => {
      await nothing();
      const told = await producersOf('backend', messages)['task.created on task-events']?.();
      if (told)
        await deliver(url, '/events/task-events', cloudEventOf({ content: told.message, metadata: told.__pactMessageMetadata }));
    },
  };
}

/** As a sidecar posts it; what the app makes of it. */
export async function deliver(url: string, route: string, event: unknown): Promise<{ status: string }> {
  const answer = await fetch(`${url}${route}`, {
    method: 'POST',
    headers: { 'content-type': 'application/cloudevents+json', 'dapr-api-token': appApiToken },
    body: JSON.stringify(event),
  });
  const text = await answer.text();
  if (!answer.ok) throw new Error(`DELIVERY_REFUSED: ${route} answered ${answer.status} ${text}`);
  return JSON.parse(text) as { status: string };
}
