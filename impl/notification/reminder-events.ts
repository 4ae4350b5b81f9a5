/** What became of a reminder on one channel, as an event. Pure: the same values make the same event. */
import type { ReminderEvent } from '#contracts/types.ts';
import type { DomainEvent } from '#kit/outbox.ts';
import type { Wish } from './plan.ts';

/** How a delivery ended. */
export interface Ending {
  readonly reminderId: string;
  readonly channel: Wish;
  readonly attempts: number;
  /** Null: it was sent. */
  readonly reason: string | null;
}

export function reminderEnded(reminder: ReminderEvent['data'], ending: Ending, id: string, at: Date): DomainEvent {
  const type = ending.reason === null ? 'reminder.sent' : 'reminder.failed';
  const { task_id, user_id, task_title, due_date, reminder_time, notification_channels, lead_minutes } = reminder;
  const body: ReminderEvent = {
    event_id: id,
    event_type: type,
    timestamp: at.toISOString(),
    version: 'v1.2',
    data: {
      task_id,
      user_id,
      task_title,
      due_date,
      reminder_time,
      ...(notification_channels && { notification_channels }),
      reminder_id: ending.reminderId,
      ...(lead_minutes !== undefined && { lead_minutes }),
      channel: ending.channel,
      attempts: ending.attempts,
      ...(ending.reason !== null && { reason: ending.reason }),
    },
  };
  return { id, type, key: String(task_id), topics: ['reminders'], body };
}
