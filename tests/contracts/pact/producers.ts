/** The messages of each provider, made by its own pure functions and put on the wire by the kit's. */
import { randomUUID } from 'node:crypto';
import type { ReminderEvent } from '#contracts/types.ts';
import { reminderDue } from '#domain/reminder-events.ts';
import { taskCompleted, taskCreated, taskDeleted, taskUpdated } from '#domain/task-events.ts';
import type { TaskRow } from '#domain/task-rows.ts';
import { eventId } from '#kit/event-id.ts';
import type { DomainEvent } from '#kit/outbox.ts';
import { bulkBody } from '#kit/sidecar/publish.ts';
import { type Ending, reminderEnded } from '../../../impl/notification/reminder-events.ts';
import { describedAs, type Message, type Service } from './messages.ts';
import { user } from './shapes.ts';

export interface Wired {
  readonly __pactMessageMetadata: Readonly<Record<string, string>>;
  readonly message: unknown;
}
export type Producers = Readonly<Record<string, () => Promise<Wired>>>;

const at = new Date('2026-11-20T08:00:00.000Z');
const due = new Date('2036-01-02T09:00:00.000Z');
const row: TaskRow = {
  id: 7,
  user_id: user,
  title: 'Call the plumber',
  description: 'He is in after nine',
  completed: false,
  priority_id: 3,
  due_date: due,
  tags: ['home', 'phone'],
  reminder_lead_minutes: [60, 1440],
  template_id: null,
  occurrence_at: null,
  revision: 1,
  created_at: at,
  updated_at: at,
};
const changed: TaskRow = { ...row, revision: 2 };
const reminder = reminderDue({ ...row, due_date: due }, 60, eventId(), at).body.data as ReminderEvent['data'];
const ended = (reason: string | null): DomainEvent => {
  const ending: Ending = { reminderId: reminder.reminder_id ?? '', channel: 'email', attempts: 1, reason };
  return reminderEnded(reminder, ending, eventId(), at);
};

/** By provider and type: what the service's code calls when that happens. */
const events: Readonly<Record<string, () => DomainEvent>> = {
  'backend task.created': () => taskCreated(row, eventId()),
  'backend task.updated': () => taskUpdated(changed, eventId()),
  'backend task.completed': () => taskCompleted({ ...changed, completed: true }, eventId()),
  'backend task.deleted': () => taskDeleted(row, eventId(), at),
  'recurring task.created': () => taskCreated({ ...row, template_id: 3, occurrence_at: due }, eventId()),
  'recurring reminder.due': () => reminderDue({ ...row, due_date: due }, 60, eventId(), at),
  'notification reminder.sent': () => ended(null),
  'notification reminder.failed': () => ended('the mailbox is full'),
};

/** One entry of the relay's bulk call, read as the sidecar reads it. */
function wired({ id, type, key, topics, body }: DomainEvent, topic: string): Wired {
  if (!topics.includes(topic)) throw new Error(`TOPIC_NOT_SERVED: ${type} goes to ${topics.join()}, not to ${topic}`);
  const entry = { id, type, key, body: JSON.stringify(body), trace: null, requestId: randomUUID() };
  const [{ contentType, metadata, event }] = JSON.parse(bulkBody([entry]).toString());
  return { __pactMessageMetadata: { contentType, datacontenttype: contentType, topic, ...metadata }, message: event };
}

/** By the pact's descriptions. */
export const producersOf = (provider: Service, messages: readonly Message[]): Producers =>
  Object.fromEntries(
    messages
      .filter((message) => message.provider === provider)
      .map((message) => {
        const made = events[`${provider} ${message.type}`];
        if (!made) throw new Error(`PRODUCER_UNKNOWN: nothing in producers.ts makes ${message.type} of ${provider}`);
        return [describedAs(message), async () => wired(made(), message.topic)];
      }),
  );
