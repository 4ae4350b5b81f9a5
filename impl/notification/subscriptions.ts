/** What this service listens to, and what each event does here. */
import type { ReminderEvent, TaskEvent } from '#contracts/types.ts';
import type { Transaction } from '#kit/postgres.ts';
import type { Subscription } from '#kit/receive/subscribe.ts';
import { currentTrace } from '#kit/telemetry.ts';
import { noticeOfTask } from './notices.ts';
import { remind } from './reminders.ts';
import { learnOfTask } from './task-states.ts';

type Received = TaskEvent | ReminderEvent;

const ofTask = async (tx: Transaction, event: Received): Promise<void> => {
  await noticeOfTask(tx, event as TaskEvent);
  await learnOfTask(tx, event as TaskEvent);
};

const ofReminder = async (tx: Transaction, event: Received): Promise<void> => {
  // reminder.sent and reminder.failed are this service's own words: heard again, they mean nothing to it.
  if (event.event_type === 'reminder.due') await remind(tx, event as ReminderEvent, currentTrace());
};

export const subscriptions: readonly Subscription<Received>[] = [
  {
    pubsub: 'kafka-pubsub',
    topic: 'task-events',
    deadLetterTopic: 'task-events-dead',
    route: '/events/task-events',
    contract: 'task-event',
    handle: ofTask,
  },
  {
    pubsub: 'kafka-pubsub',
    topic: 'reminders',
    deadLetterTopic: 'reminders-dead',
    contract: 'reminder-event',
    routes: [{ type: 'reminder.due', route: '/events/reminders/due', handle: ofReminder }],
    // What is left: our own, and those of a producer that does not name the type in its CloudEvent.
    route: '/events/reminders',
    handle: ofReminder,
  },
];
