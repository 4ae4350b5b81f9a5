/** Tasks that are due soon: each of their leads whose time has come is announced once. */
import { dueLeads, reminderDue } from '#domain/reminder-events.ts';
import { type DueTask, insertReminders, lockDueTasks, type Moment } from '#domain/reminder-rows.ts';
import { eventId } from '#kit/event-id.ts';
import { enqueue } from '#kit/outbox.ts';
import type { Transaction } from '#kit/postgres.ts';
import { currentTrace } from '#kit/telemetry.ts';

/** How many it made. None for a task that was completed, deleted or put off meanwhile, or where another replica was first. */
export async function remind(tx: Transaction, taskIds: readonly number[], moment: Moment): Promise<number> {
  const tasks = await lockDueTasks(tx, taskIds, moment);
  const counts = await Promise.all(tasks.map((task) => remindOf(tx, task, moment.now)));
  return counts.reduce((total, count) => total + count, 0);
}

async function remindOf(tx: Transaction, task: DueTask, now: Date): Promise<number> {
  const leads = dueLeads(task, now).map((leadMinutes) => ({ leadMinutes, eventId: eventId() }));
  const made = await insertReminders(tx, task, leads);
  const at = new Date();
  await Promise.all(made.map((each) => enqueue(tx, reminderDue(task, each.leadMinutes, each.eventId, at), currentTrace())));
  return made.length;
}
