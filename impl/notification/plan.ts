/** By which channels one reminder goes out. Pure: the event's wish and the user's, nothing else. */
import type { ReminderEvent } from '#contracts/types.ts';

/** As an event names a channel: whoever produces it may know more of them than this service has. */
export type Wish = NonNullable<ReminderEvent['data']['notification_channels']>[number];

/** A channel, as it stands with one user. */
export interface Way {
  readonly name: Wish;
  readonly isChosen: boolean;
  /** Who will have to take it: the mail domain or the push service. Null: there is no address. */
  readonly host: string | null;
  readonly noAddress: string;
}

export interface Planned {
  readonly channel: Wish;
  readonly host: string;
  /** Why it can not go out at all; null: it can. */
  readonly refusal: string | null;
}

/**
 * An event that names no channel means every one: so it was in v1.0. Where nothing is left to try, each wish is planned as
 * refused: a reminder never vanishes without an event.
 */
export function planOf(wishes: readonly Wish[] | undefined, ways: readonly Way[]): Planned[] {
  const wanted = [...new Set(wishes ?? ways.map(({ name }) => name))];
  const left = wanted.flatMap((wish) => ways.filter(({ name, isChosen }) => name === wish && isChosen));
  if (left.length === 0)
    return wanted.map((channel) => ({ channel, host: '', refusal: `NO_CHANNEL: the user did not choose ${channel}` }));
  return left.map(({ name: channel, host, noAddress }) => ({
    channel,
    host: host ?? '',
    refusal: host === null ? noAddress : null,
  }));
}
