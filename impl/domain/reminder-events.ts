/** Reminder events: pure functions of a task, a lead, an id and a time. */
import type { ReminderEvent } from '#contracts/types.ts';
import type { DomainEvent } from '#kit/outbox.ts';
import type { DueTask } from './reminder-rows.ts';

const reminderEventVersion = 'v1.2';

/** The ways a reminder may go; which of them it does go is its owner's preference, known to notification alone. */
const reminderChannels = ['email', 'push'] as const;

export interface ReminderDomainEvent extends DomainEvent {
  readonly body: ReminderEvent;
}

export function reminderDue(task: DueTask, leadMinutes: number, id: string, at: Date): ReminderDomainEvent {
  return {
    id,
    type: 'reminder.due',
    key: String(task.id),
    topics: ['reminders'],
    body: {
      event_id: id,
      event_type: 'reminder.due',
      timestamp: at.toISOString(),
      version: reminderEventVersion,
      data: {
        task_id: task.id,
        user_id: task.user_id,
        task_title: task.title,
        due_date: task.due_date.toISOString(),
        reminder_time: reminderTime(task, leadMinutes).toISOString(),
        notification_channels: [...reminderChannels],
        reminder_id: id,
        lead_minutes: leadMinutes,
      },
    },
  };
}

/** The leads whose time has come. */
export const dueLeads = (task: DueTask, now: Date): number[] =>
  task.reminder_lead_minutes.filter((leadMinutes) => reminderTime(task, leadMinutes) <= now);

/** The time of the next lead that is to come. */
export function nextReminder(task: DueTask, now: Date): Date | null {
  const coming = task.reminder_lead_minutes.map((lead) => reminderTime(task, lead).getTime()).filter((at) => at > now.getTime());
  return coming.length === 0 ? null : new Date(Math.min(...coming));
}

const reminderTime = (task: DueTask, leadMinutes: number): Date => new Date(task.due_date.getTime() - leadMinutes * 60_000);
