/**
 * Moments and windows of time in plain English, read in the user's time zone. Only what is understood completely counts:
 * a half-understood date would be an invented one.
 */
import { Temporal } from 'temporal-polyfill';

type Now = Temporal.ZonedDateTime;

export interface When {
  readonly at: Temporal.ZonedDateTime;
  /** False: only a day was named, and `at` has a usual hour of it. */
  readonly hasTime: boolean;
}

export interface Window {
  /** As in "nothing is due …". */
  readonly label: string;
  readonly from?: Date;
  readonly before?: Date;
}

const wordsMax = 8;
const usualHour = Temporal.PlainTime.from('09:00');
const usualHourToday = Temporal.PlainTime.from('18:00');
const lastMinute = Temporal.PlainTime.from('23:59');
const weekdays = ['monday', 'tuesday', 'wednesday', 'thursday', 'friday', 'saturday', 'sunday'];
const months = 'january february march april may june july august september october november december'.split(' ');
const numbers = 'zero one two three four five six seven eight nine ten'.split(' ');
const hours: Readonly<Record<string, string>> = {
  noon: '12:00',
  midday: '12:00',
  midnight: '00:00',
  morning: '09:00',
  afternoon: '15:00',
  evening: '19:00',
  tonight: '20:00',
};

/** `buy milk tomorrow at 9` is `buy milk` and a moment. The longest run of words at the end, or else at the beginning, counts. */
export function splitWhen(text: string, now: Now): { readonly rest: string; readonly when: When | null } {
  const words = text.split(' ');
  const longest = Math.min(wordsMax, words.length - 1);
  for (let count = longest; count > 0; count -= 1) {
    const when = readWhen(words.slice(-count).join(' '), now);
    if (when) return { rest: words.slice(0, -count).join(' '), when };
  }
  for (let count = longest; count > 0; count -= 1) {
    const when = readWhen(words.slice(0, count).join(' '), now);
    if (when) return { rest: words.slice(count).join(' '), when };
  }
  return { rest: text, when: null };
}

/** The whole text as one moment; null when any word of it is not understood. */
export function readWhen(text: string, now: Now): When | null {
  const plain = text
    .toLowerCase()
    .replaceAll(',', ' ')
    .replace(/\s+/g, ' ')
    .trim()
    .replace(/^(?:due )?(?:(?:by|on|before|until|till|for|from|to) )?/, '');
  const when = isoMoment(plain, now) ?? shortly(plain, now) ?? dayAndTime(plain.split(' '), now);
  return when && storable(when.at) ? when : null;
}

/** `2 days`, `an hour`. */
export function readDuration(text: string): Temporal.Duration | null {
  const match = /^(half an|an?|\d{1,4}|[a-z]+) (minute|min|hour|day|week|month|year)s?$/.exec(text.toLowerCase());
  if (!match) return null;
  const [, count = '', unit = ''] = match;
  if (count === 'half an') return unit === 'hour' ? Temporal.Duration.from({ minutes: 30 }) : null;
  const number = /^\d/.test(count) ? Number(count) : /^an?$/.test(count) ? 1 : numbers.indexOf(count);
  return number > 0 ? Temporal.Duration.from({ [unit === 'min' ? 'minutes' : `${unit}s`]: number }) : null;
}

export function readWindow(text: string, now: Now): Window | null {
  const label = text.toLowerCase();
  const today = now.toPlainDate();
  const monday = today.subtract({ days: today.dayOfWeek - 1 });
  const days = (label: string, first: Temporal.PlainDate, after: Temporal.PlainDate): Window => ({
    label,
    from: startOf(first, now),
    before: startOf(after, now),
  });
  if (label === 'overdue') return { label, before: new Date(now.epochMilliseconds) };
  if (label === 'this week') return days(label, monday, monday.add({ weeks: 1 }));
  if (label === 'next week') return days(label, monday.add({ weeks: 1 }), monday.add({ weeks: 2 }));
  if (label === 'this month') return days(label, today.with({ day: 1 }), today.with({ day: 1 }).add({ months: 1 }));
  const [, word = '', name = ''] = /^(?:(by|until|before|on) )?(.+)$/.exec(label) ?? [];
  const day = readDay(name, now)?.date;
  if (!day || !storable(day.toZonedDateTime(now.timeZoneId))) return null;
  const before = startOf(word === 'before' ? day : day.add({ days: 1 }), now);
  return word === '' || word === 'on' ? days(label, day, day.add({ days: 1 })) : { label, before };
}

/** `Tue 3 Mar 2026, 09:00 (Europe/Berlin)`. */
export function momentText(at: Date, timeZone: string): string {
  const zoned = Temporal.Instant.fromEpochMilliseconds(at.getTime()).toZonedDateTimeISO(timeZone);
  const day = `${titled(weekdays[zoned.dayOfWeek - 1])} ${zoned.day} ${titled(months[zoned.month - 1])} ${zoned.year}`;
  return `${day}, ${zoned.toPlainTime().toString({ smallestUnit: 'minute' })} (${timeZone})`;
}

const titled = (name = ''): string => name.charAt(0).toUpperCase() + name.slice(1, 3);

const startOf = (day: Temporal.PlainDate, now: Now): Date => new Date(day.toZonedDateTime(now.timeZoneId).epochMilliseconds);

/** What the tasks table takes, with room for any time zone. */
function storable(at: Temporal.ZonedDateTime): boolean {
  return at.year >= 1900 && at.year <= 9998;
}

function isoMoment(text: string, now: Now): When | null {
  if (!/^\d{4}-\d\d-\d\d[t ]\d\d:\d\d/.test(text)) return null;
  try {
    const at = /(?:z|[+-]\d\d:?\d\d)$/.test(text)
      ? Temporal.Instant.from(text).toZonedDateTimeISO(now.timeZoneId)
      : Temporal.PlainDateTime.from(text).toZonedDateTime(now.timeZoneId);
    return { at, hasTime: true };
  } catch {
    return null;
  }
}

/** `in 2 hours`: counted from now, to the minute. Days and more are calendar days, below. */
function shortly(text: string, now: Now): When | null {
  const duration = text.startsWith('in ') ? readDuration(text.slice(3)) : null;
  if (!duration || (duration.hours === 0 && duration.minutes === 0)) return null;
  return { at: now.add(duration).round({ smallestUnit: 'minute', roundingMode: 'floor' }), hasTime: true };
}

function dayAndTime(words: readonly string[], now: Now): When | null {
  for (let cut = 0; cut <= words.length; cut += 1) {
    const [left, right] = [words.slice(0, cut).join(' '), words.slice(cut).join(' ')];
    const moment = momentOf(left, right, now) ?? momentOf(right, left, now);
    if (moment) return moment;
  }
  return null;
}

function momentOf(dayText: string, timeText: string, now: Now): When | null {
  const day = dayText === '' ? null : readDay(dayText, now);
  const time = timeText === '' ? null : readTime(timeText);
  if ((day === null && dayText !== '') || (time === null && timeText !== '') || (day === null && time === null)) return null;
  const on = (date: Temporal.PlainDate, plainTime: Temporal.PlainTime) =>
    date.toZonedDateTime({ timeZone: now.timeZoneId, plainTime });
  const ahead = (at: Temporal.ZonedDateTime) => Temporal.ZonedDateTime.compare(at, now) > 0;
  const today = now.toPlainDate();
  if (day === null) {
    const at = on(today, time as Temporal.PlainTime);
    return { at: ahead(at) ? at : on(today.add({ days: 1 }), time as Temporal.PlainTime), hasTime: true };
  }
  if (time !== null) {
    const isTodayStill = day.isToday && ahead(on(today, time));
    return { at: on(isTodayStill ? today : day.date, time), hasTime: true };
  }
  if (!day.date.equals(today)) return { at: on(day.date, usualHour), hasTime: false };
  return { at: ahead(on(today, usualHourToday)) ? on(today, usualHourToday) : on(today, lastMinute), hasTime: false };
}

interface Day {
  readonly date: Temporal.PlainDate;
  /** The day that was named is today's weekday: with an hour that is still ahead, today is meant. */
  readonly isToday?: boolean;
}

function readDay(text: string, now: Now): Day | null {
  const today = now.toPlainDate();
  const plain = text.replace(/^(?:on|by|due) /, '');
  if (plain === 'today') return { date: today };
  if (plain === 'tomorrow') return { date: today.add({ days: 1 }) };
  if (/^(?:the )?day after tomorrow$/.test(plain)) return { date: today.add({ days: 2 }) };
  if (plain === 'next week') return { date: today.add({ days: 8 - today.dayOfWeek }) };
  if (plain === 'next month') return { date: today.with({ day: 1 }).add({ months: 1 }) };
  return inDays(plain, today) ?? weekday(plain, today) ?? calendarDay(plain, today);
}

function inDays(text: string, today: Temporal.PlainDate): Day | null {
  const duration = text.startsWith('in ') ? readDuration(text.slice(3)) : null;
  return duration && duration.hours === 0 && duration.minutes === 0 ? { date: today.add(duration) } : null;
}

/** The first such day after today, `next` or not: which one `next` skips is a matter of taste, and the answer says the date. */
function weekday(text: string, today: Temporal.PlainDate): Day | null {
  const match = /^(next |this |coming )?([a-z]{3,9})$/.exec(text);
  const name = match?.[2] ?? '';
  const index = weekdays.findIndex((each) => each === name || each.slice(0, 3) === name);
  if (index < 0) return null;
  const days = (index + 1 - today.dayOfWeek + 7) % 7;
  return days === 0 ? { date: today.add({ days: 7 }), isToday: match?.[1] !== 'next ' } : { date: today.add({ days }) };
}

/** `2030-01-31`, `31 January`, `Jan 31st 2030`; without a year the next one. */
function calendarDay(text: string, today: Temporal.PlainDate): Day | null {
  try {
    if (/^\d{4}-\d\d-\d\d$/.test(text)) return { date: Temporal.PlainDate.from(text, { overflow: 'reject' }) };
    const match =
      /^(?<day>\d{1,2})(?:st|nd|rd|th)?(?: of)? (?<month>[a-z]{3,9})(?: (?<year>\d{4}))?$/.exec(text) ??
      /^(?<month>[a-z]{3,9}) (?<day>\d{1,2})(?:st|nd|rd|th)?(?: (?<year>\d{4}))?$/.exec(text);
    const name = match?.groups?.month ?? '';
    const month = months.findIndex((each) => each === name || each.slice(0, 3) === name) + 1;
    if (month === 0) return null;
    const { day, year } = match?.groups ?? {};
    const dateIn = (year: number) => Temporal.PlainDate.from({ year, month, day: Number(day) }, { overflow: 'reject' });
    if (year !== undefined) return { date: dateIn(Number(year)) };
    const thisYear = dateIn(today.year);
    return { date: Temporal.PlainDate.compare(thisYear, today) >= 0 ? thisYear : dateIn(today.year + 1) };
  } catch {
    return null; // 31 February
  }
}

/** A bare `9` is no time: `buy 9` has a number in it. After `at` it is, on the 24 hour clock. */
function readTime(text: string): Temporal.PlainTime | null {
  const plain = text.replace(/^(?:in the|this|at) (?=[a-z])/, '');
  const named = hours[plain];
  if (named !== undefined) return Temporal.PlainTime.from(named);
  const match = /^(?:by )?(at )?(\d{1,2})(?:[:.](\d\d))? ?(am|pm|a\.m\.|p\.m\.|o'clock)?$/.exec(text);
  if (!match) return null;
  const [, at, hourText, minuteText, half = ''] = match;
  if (at === undefined && minuteText === undefined && half === '') return null;
  const isHalf = /^[ap]/.test(half);
  const hour = Number(hourText);
  const minute = Number(minuteText ?? 0);
  if (minute > 59 || hour > (isHalf ? 12 : 23) || (isHalf && hour === 0)) return null;
  const hourOfDay = isHalf ? (hour % 12) + (half.startsWith('p') ? 12 : 0) : hour;
  return Temporal.PlainTime.from({ hour: hourOfDay, minute });
}
