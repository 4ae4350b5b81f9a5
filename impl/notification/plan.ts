/** By which channels one reminder goes out. Pure: the event's wish and the user's, nothing else. */
import type { Preferences, ReminderEvent } from '#contracts/types.ts';

export type Channel = NonNullable<ReminderEvent['data']['notification_channels']>[number];

export interface Recipient extends Pick<Preferences, 'email' | 'channels'> {
  /** Of the browser that subscribed last; null: none did. */
  readonly pushHost: string | null;
}

export interface Planned {
  readonly channel: Channel;
  /** Who will have to take it: the mail domain or the push service. */
  readonly host: string;
  /** Why it can not go out at all; null: it can. */
  readonly refusal: string | null;
}

/** What producers of v1.0 mean when they name no channel. */
const everyChannel: readonly Channel[] = ['email', 'push'];

/** Where nothing is left to try, each wish is planned as refused: a reminder never vanishes without an event. */
export function planOf(wishes: readonly Channel[] | undefined, recipient: Recipient): Planned[] {
  const wanted = [...new Set(wishes ?? everyChannel)];
  const left = wanted.filter((channel) => (recipient.channels as readonly Channel[]).includes(channel));
  if (left.length === 0)
    return wanted.map((channel) => ({ channel, host: '', refusal: `NO_CHANNEL: the user did not choose ${channel}` }));
  return left.map((channel) => {
    const host = hostOf(channel, recipient);
    return { channel, host: host ?? '', refusal: host === null ? noAddress(channel) : null };
  });
}

export const noAddress = (channel: Channel): string =>
  channel === 'push' ? 'NO_ADDRESS: no browser of the user is subscribed' : `NO_ADDRESS: the user gave no address for ${channel}`;

const hostOf = (channel: Channel, { email, pushHost }: Recipient): string | null =>
  channel === 'push' ? pushHost : (email?.slice(email.lastIndexOf('@') + 1).toLowerCase() ?? null);
