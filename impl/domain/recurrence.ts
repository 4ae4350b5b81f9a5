/**
 * When a template recurs: RFC 5545 in a time zone. Pure, and bounded: nothing recurs after 2099, so whatever the rule, the search ends.
 *
 * - The clock on the wall decides: 09:00 stays 09:00 across daylight saving.
 * - A time or date that doesn't exist (02:30 in the night when clocks go forward, February 30) is no occurrence, as the RFC
 *   has it; a time that exists twice means the first.
 * - The shorthand `monthly` that starts on the 29th, 30th or 31st takes the last day of a shorter month, because nobody
 *   who says "monthly" means seven times a year. A rule says exactly what it says.
 */
import { Temporal } from 'temporal-polyfill';
import { partsOf, refused, untilMsOf } from './rrule.ts';
import { wallTimes, type WallTimes } from './wall-times.ts';

export interface Recurrence {
  readonly rrule: string;
  readonly timeZone: string;
  /** Local time in `timeZone`: what a template stores. */
  readonly startsAt: string;
  readonly times: WallTimes;
  /** After it there is none: what the rule says, by UNTIL or COUNT; else Infinity. */
  readonly lastMs: number;
}

type Wanted = Pick<Recurrence, 'rrule' | 'timeZone' | 'startsAt'>;

export type Shorthand = 'daily' | 'weekly' | 'monthly';

const yearMin = 1970;
/** Nothing recurs after it: what would come later is searched for in vain, and at great cost. */
const yearMax = 2_099;
const endWallMs = Date.UTC(yearMax, 11, 31, 23, 59, 59);

/** Of a rule that somebody wishes for. Throws INVALID_RECURRENCE with a sentence when it can't be. */
export function recurrenceOf(wanted: Wanted): Recurrence {
  const local = localTime(wanted.startsAt);
  if (local.year < yearMin || local.year > yearMax) throw refused(`starts_at is in a year from ${yearMin} to ${yearMax}`);
  const timeZone = zoneOf(wanted.timeZone);
  if (instantOf(timeZone, wallMsOf(local)) === undefined)
    throw refused(`starts_at: clocks in ${timeZone} never show ${wanted.startsAt}`);
  const recurrence = storedRecurrence(wanted);
  if (nextOccurrence(recurrence, new Date(Date.UTC(yearMin - 1, 0, 1))) === null) throw refused('The rule never occurs');
  return recurrence;
}

/**
 * Of a rule that was accepted once: what governments decide about clocks since then may take away a time, its start included, but not
 * the rule.
 */
export function storedRecurrence({ rrule, timeZone, startsAt }: Wanted): Recurrence {
  const parts = partsOf(rrule);
  const times = wallTimes(parts, wallMsOf(localTime(startsAt)), endWallMs);
  const open = { rrule, timeZone: zoneOf(timeZone), startsAt, times, lastMs: untilMsOf(parts) };
  const count = parts.get('COUNT');
  if (count === undefined) return open;
  const all = search(open, Number.NEGATIVE_INFINITY, Number.POSITIVE_INFINITY, Number(count));
  return { ...open, lastMs: all.at(-1)?.getTime() ?? Number.NEGATIVE_INFINITY };
}

/** The rule a shorthand stands for, given when it starts. */
export function ruleOf(shorthand: Shorthand, startsAt: string): string {
  const day = Number(startsAt.slice(8, 10));
  if (shorthand !== 'monthly' || day <= 28) return `FREQ=${shorthand.toUpperCase()}`;
  // The last that exists of the days up to the wanted one.
  const days = Array.from({ length: day - 27 }, (_, n) => 28 + n);
  return `FREQ=MONTHLY;BYMONTHDAY=${days.join(',')};BYSETPOS=-1`;
}

/** The first occurrence after the moment; null when there is none any more. */
export const nextOccurrence = (recurrence: Recurrence, after: Date): Date | null =>
  search(recurrence, after.getTime(), Number.POSITIVE_INFINITY, 1)[0] ?? null;

/** Occurrences after one moment and up to another, oldest first, at most `max`. */
export const occurrencesAfter = (recurrence: Recurrence, after: Date, upTo: Date, max: number): Date[] =>
  search(recurrence, after.getTime(), upTo.getTime(), max);

function search({ timeZone, times, lastMs }: Recurrence, afterMs: number, upToMs: number, max: number): Date[] {
  const found: Date[] = [];
  const untilMs = Math.min(upToMs, lastMs);
  times.each(wallMsAt(timeZone, afterMs), (wallMs) => {
    const at = instantOf(timeZone, wallMs);
    // A time that clocks skip is none; one that they show again was met when they showed it first.
    if (at === undefined || at <= afterMs) return true;
    if (at > untilMs) return false;
    found.push(new Date(at));
    return found.length < max;
  });
  return found;
}

function localTime(startsAt: string): Temporal.PlainDateTime {
  try {
    return Temporal.PlainDateTime.from(startsAt, { overflow: 'reject' });
  } catch (cause) {
    throw refused(`starts_at: there is no ${startsAt}`, cause);
  }
}

/** By the name that the zone's data have today. */
function zoneOf(timeZone: string): string {
  try {
    // An offset such as +01:00 would be taken, and would be wrong half of the year.
    if (/^[+-]/.test(timeZone)) throw new RangeError('an offset is not a zone');
    return Temporal.Instant.fromEpochMilliseconds(0).toZonedDateTimeISO(timeZone).timeZoneId;
  } catch (cause) {
    throw refused(`"${timeZone}" is not an IANA time zone such as Europe/Berlin`, cause);
  }
}

const wallMsOf = (local: Temporal.PlainDateTime): number => local.toZonedDateTime('UTC').epochMilliseconds;

const zoned = (timeZone: string, atMs: number): Temporal.ZonedDateTime =>
  Temporal.Instant.fromEpochMilliseconds(atMs).toZonedDateTimeISO(timeZone);

/** When clocks of that zone show it, for the first time; undefined where they never do. */
function instantOf(timeZone: string, wallMs: number): number | undefined {
  const local = zoned('UTC', wallMs).toPlainDateTime();
  const at = local.toZonedDateTime(timeZone, { disambiguation: 'earlier' });
  return at.toPlainDateTime().equals(local) ? at.epochMilliseconds : undefined;
}

/** What clocks of that zone show then: whatever they show for the first time later is later on the wall, too. */
function wallMsAt(timeZone: string, atMs: number): number {
  // The ends of time are no dates.
  const within = Math.min(Math.max(atMs, Date.UTC(yearMin - 1, 0, 1)), endWallMs + 2 * 86_400_000);
  return wallMsOf(zoned(timeZone, within).toPlainDateTime());
}
