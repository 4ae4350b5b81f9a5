/** Tasks that are due soon: of their leads whose time has come the most pressing is announced, once; the others have passed. */
import { dueLeads, nextReminder, reminderDue } from '#domain/reminder-events.ts';
import { type DueTask, insertReminders, lockDueTasks, type Moment, scheduleReminders } from '#domain/reminder-rows.ts';
import { eventId } from '#kit/event-id.ts';
import { enqueue } from '#kit/outbox.ts';
import type { Transaction } from '#kit/postgres.ts';
import { currentTrace } from '#kit/telemetry.ts';

export interface Reminded {
  /** Tasks that were looked at. None that was completed, deleted or put off meanwhile, or where another replica was first. */
  readonly tasks: number;
  /** Reminders it made. */
  readonly reminded: number;
}

export async function remind(tx: Transaction, taskIds: readonly number[], moment: Moment): Promise<Reminded> {
  const tasks = await lockDueTasks(tx, taskIds, moment);
  const counts = await Promise.all(tasks.map((task) => remindOf(tx, task, moment)));
  await scheduleReminders(
    tx,
    tasks.map((task) => ({ id: task.id, remindAt: nextReminder(task, moment.now) })),
  );
  return { tasks: tasks.length, reminded: counts.reduce((total, count) => total + count, 0) };
}

/** How many it made: one, or none. Four leads that have passed together would be four mails that say the same. */
async function remindOf(tx: Transaction, task: DueTask, { now, oldest }: Moment): Promise<number> {
  // After a long downtime a reminder would only be noise.
  if (task.due_date <= oldest) return 0;
  const leads = dueLeads(task, now).map((leadMinutes) => ({ leadMinutes, eventId: eventId() }));
  const pressing = Math.min(...leads.map(({ leadMinutes }) => leadMinutes));
  const made = await insertReminders(tx, task, leads);
  const announced = made.filter(({ leadMinutes }) => leadMinutes === pressing);
  const at = new Date();
  await Promise.all(announced.map((each) => enqueue(tx, reminderDue(task, each.leadMinutes, each.eventId, at), currentTrace())));
  return announced.length;
}
