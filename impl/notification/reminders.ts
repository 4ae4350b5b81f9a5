/** The effect of reminder.due: a notice, and one delivery per channel. Nothing is sent here; see delivery-lane.ts. */
import type { ReminderEvent } from '#contracts/types.ts';
import type { Transaction } from '#kit/postgres.ts';
import { insertDelivery } from './deliveries.ts';
import { noticeOfReminder } from './notices.ts';
import { planOf } from './plan.ts';
import { listSubscriptions, readPreferences } from './preferences.ts';

/** `trace`: the W3C traceparent of the event, carried on by what becomes of it. */
export async function remind(tx: Transaction, event: ReminderEvent, trace: string | null): Promise<void> {
  const { data } = event;
  await noticeOfReminder(tx, event);
  const { email, channels } = await readPreferences(tx, data.user_id);
  const [newest] = await listSubscriptions(tx, data.user_id);
  const pushHost = newest ? new URL(newest.endpoint).hostname : null;
  // v1.0 had no reminder_id: there the event itself is the reminder.
  const reminderId = data.reminder_id ?? event.event_id;
  for (const planned of planOf(data.notification_channels, { email, channels, pushHost }))
    await insertDelivery(tx, { ...planned, reminderId, reminder: data, trace });
}
