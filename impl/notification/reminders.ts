/** The effect of reminder.due: a notice, and one delivery per channel. Nothing is sent here; see delivery-lane.ts. */
import type { ReminderEvent } from '#contracts/types.ts';
import type { Transaction } from '#kit/postgres.ts';
import { channels } from './channel/channels.ts';
import { insertDelivery } from './deliveries.ts';
import { noticeOfReminder } from './notices.ts';
import { planOf, type Way } from './plan.ts';
import { readPreferences } from './preferences.ts';

/** `trace`: the W3C traceparent of the event, carried on by what becomes of it. */
export async function remind(tx: Transaction, event: ReminderEvent, trace: string | null): Promise<void> {
  const { data } = event;
  await noticeOfReminder(tx, event);
  // v1.0 had no reminder_id: there the event itself is the reminder.
  const reminderId = data.reminder_id ?? event.event_id;
  for (const planned of planOf(data.notification_channels, await waysTo(tx, data.user_id)))
    await insertDelivery(tx, { ...planned, reminderId, reminder: data, madeAt: event.timestamp, trace });
}

async function waysTo(tx: Transaction, userId: string): Promise<Way[]> {
  const { channels: chosen } = await readPreferences(tx, userId);
  return Promise.all(
    channels.map(async ({ name, noAddress, hostFor }) => {
      const isChosen = chosen.includes(name);
      return { name, noAddress, isChosen, host: isChosen ? await hostFor(tx, userId) : null };
    }),
  );
}
