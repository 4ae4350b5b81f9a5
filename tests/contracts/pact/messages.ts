/** Every event that a service needs from another, as it travels: the content, and what the sidecar is told beside it. */
import { integer, moment, regex, string, task, user, uuid, uuidPattern } from './shapes.ts';

export type Service = 'backend' | 'recurring' | 'notification' | 'frontend';

export interface Message {
  readonly consumer: Service;
  readonly provider: Service;
  /** Of `contracts/events`. */
  readonly contract: 'task-event' | 'reminder-event';
  readonly topic: string;
  readonly type: string;
  /** The provider's state. */
  readonly given: string;
  readonly content: Readonly<Record<string, unknown>>;
}

/** Unique in its pact. */
export const describedAs = ({ type, topic }: Pick<Message, 'type' | 'topic'>): string => `${type} on ${topic}`;

/** What impl/kit/sidecar/publish.ts sends beside each event; without one of these, order, dedupe or sorting by type is lost. */
export const metadataOf = ({ type, topic }: Message) => ({
  contentType: 'application/json',
  // The same again under its name in a CloudEvent: the verifier puts a contentType of its own for one that is missing.
  datacontenttype: 'application/json',
  topic,
  'cloudevent.id': regex(uuidPattern, eventId),
  'cloudevent.type': type,
  partitionKey: regex('^\\d+$', '1'),
});

const eventId = '0193e1c0-3b5f-7a10-9d2e-8899aabbccdd';
const envelope = (type: string, data: Readonly<Record<string, unknown>>) => ({
  event_id: uuid(eventId),
  event_type: type,
  timestamp: moment(),
  version: regex('^v1\\.\\d+$', 'v1.2'),
  data,
});

const ofTask = (
  consumer: Service,
  provider: Service,
  topic: string,
  what: string,
  over: Record<string, unknown> = {},
): Message => ({
  consumer,
  provider,
  contract: 'task-event',
  topic,
  type: `task.${what}`,
  given: `a task of ${user} was ${what}`,
  content: envelope(`task.${what}`, task(over)),
});

const ofReminder = (provider: Service, what: string, over: Record<string, unknown> = {}): Message => ({
  consumer: 'notification',
  provider,
  contract: 'reminder-event',
  topic: 'reminders',
  type: `reminder.${what}`,
  given: what === 'due' ? `the reminder of a task of ${user} is due` : `a reminder of ${user} was ${what}`,
  content: envelope(`reminder.${what}`, {
    task_id: integer(1),
    user_id: user,
    task_title: string('Water the plants'),
    due_date: moment('2036-01-02T09:00:00.000Z'),
    reminder_time: moment('2036-01-02T08:00:00.000Z'),
    reminder_id: uuid('0193e1c0-1111-7a10-9d2e-8899aabbccdd'),
    lead_minutes: integer(60),
    ...over,
  }),
});

const done = { completed: true, revision: integer(2) };
const changed = { revision: integer(2) };
const generated = { template_id: integer(1), occurrence_at: moment('2036-01-02T09:00:00.000Z') };
const channel = { channel: regex('^(email|push)$', 'email'), attempts: integer(1) };

export const messages: readonly Message[] = [
  // Who makes a notice of them.
  ofTask('notification', 'backend', 'task-events', 'created'),
  ofTask('notification', 'backend', 'task-events', 'updated', changed),
  ofTask('notification', 'backend', 'task-events', 'completed', done),
  ofTask('notification', 'backend', 'task-events', 'deleted'),
  ofTask('notification', 'recurring', 'task-events', 'created', generated),
  ofReminder('recurring', 'due', { notification_channels: ['email', 'push'] }),
  // Its own words come back to it: what it could not read would end in the dead letter topic.
  ofReminder('notification', 'sent', channel),
  ofReminder('notification', 'failed', { ...channel, reason: string('the mailbox is full') }),
  // Who shows them on open pages.
  ofTask('frontend', 'backend', 'task-updates', 'created'),
  ofTask('frontend', 'backend', 'task-updates', 'updated', changed),
  ofTask('frontend', 'backend', 'task-updates', 'completed', done),
  ofTask('frontend', 'backend', 'task-updates', 'deleted'),
  ofTask('frontend', 'recurring', 'task-updates', 'created', generated),
];
