/**
 * The times a rule of RFC 5545 names, as clocks on the wall show them: no zone, no daylight saving. A wall time is a number: the
 * milliseconds of the moment at which a clock in UTC shows it. Days, weeks, months and years are found by `rrule`, the port of
 * python-dateutil; hours and minutes are counted within the days that it finds.
 */
import rrule, { type Options, type Weekday } from 'rrule';
import type { RuleParts } from './rrule.ts';

const { RRule } = rrule;

export interface WallTimes {
  /** Rising from the given one on, until `take` says false or there are no more. */
  each(fromWallMs: number, take: (wallMs: number) => boolean): void;
}

const [minuteMs, hourMs, dayMs] = [60_000, 3_600_000, 86_400_000];

/** Of the first and the last moment that can be one. */
export function wallTimes(parts: RuleParts, startWallMs: number, endWallMs: number): WallTimes {
  const frequency = parts.get('FREQ');
  const rule = { parts, startWallMs, endWallMs, interval: Number(parts.get('INTERVAL') ?? 1) };
  if (frequency === 'HOURLY') return withinDays(rule, hourMs);
  return frequency === 'MINUTELY' ? withinDays(rule, minuteMs) : byTheCalendar(rule);
}

interface Rule {
  readonly parts: RuleParts;
  readonly startWallMs: number;
  readonly endWallMs: number;
  readonly interval: number;
}

/** Rising, each once: the library takes times of the day in the order in which they are given. */
const numbersOf = (parts: RuleParts, name: string): number[] | undefined => {
  const given = parts.get(name)?.split(',').map(Number);
  return given && [...new Set(given)].sort((a, b) => a - b);
};

const weekdays: Readonly<Record<string, Weekday>> = {
  MO: RRule.MO,
  TU: RRule.TU,
  WE: RRule.WE,
  TH: RRule.TH,
  FR: RRule.FR,
  SA: RRule.SA,
  SU: RRule.SU,
};
const weekdayOf = (text: string): Weekday => {
  const day = weekdays[text.slice(-2)] as Weekday;
  return text.length === 2 ? day : day.nth(Number(text.slice(0, -2)));
};

/** Which days: the parts that limit them, whatever the frequency. */
function daysOf(parts: RuleParts): Partial<Options> {
  const lists = {
    bymonth: numbersOf(parts, 'BYMONTH'),
    bymonthday: numbersOf(parts, 'BYMONTHDAY'),
    byyearday: numbersOf(parts, 'BYYEARDAY'),
    byweekday: parts.get('BYDAY')?.split(',').map(weekdayOf),
  };
  return Object.fromEntries(Object.entries(lists).filter(([, list]) => list !== undefined));
}

const frequencies: Readonly<Record<string, number>> = {
  YEARLY: RRule.YEARLY,
  MONTHLY: RRule.MONTHLY,
  WEEKLY: RRule.WEEKLY,
  DAILY: RRule.DAILY,
};

/** In a period. */
const daysMost: Readonly<Record<string, number>> = { YEARLY: 366, MONTHLY: 31, WEEKLY: 7, DAILY: 1 };

function byTheCalendar({ parts, startWallMs, endWallMs, interval }: Rule): WallTimes {
  const frequency = parts.get('FREQ') as string;
  const start = new Date(startWallMs);
  const weekStart = weekdayOf(parts.get('WKST') ?? 'MO');
  const positions = numbersOf(parts, 'BYSETPOS');
  const times = (numbersOf(parts, 'BYHOUR')?.length ?? 1) * (numbersOf(parts, 'BYMINUTE')?.length ?? 1);
  const most = times * (daysMost[frequency] as number);
  const options: Partial<Options> = {
    freq: frequencies[frequency] as number,
    interval,
    wkst: weekStart,
    ...withStart(frequency, start, daysOf(parts)),
    byhour: numbersOf(parts, 'BYHOUR') ?? [start.getUTCHours()],
    byminute: numbersOf(parts, 'BYMINUTE') ?? [start.getUTCMinutes()],
    bysecond: [start.getUTCSeconds()],
    until: new Date(endWallMs),
  };
  const periodOf = periodsBy(frequency, { startWallMs, weekStart: weekStart.weekday });
  return {
    each(fromWallMs, take) {
      // Beyond all that a period can hold there is nothing to look for.
      if (positions?.every((position) => Math.abs(position) > most)) return;
      const from = Math.max(fromWallMs, startWallMs);
      const periods = Math.floor((periodOf.number(from) - periodOf.number(startWallMs)) / interval) * interval;
      // Where a whole number of intervals begins: the years before it cost nothing then.
      const dtstart = new Date(periodOf.start(periodOf.number(startWallMs) + periods));
      const rule = new RRule({ ...options, dtstart }, true);
      if (!positions) return void rule.all((date) => date.getTime() < from || take(date.getTime()));
      chosenOf(rule, positions, periodOf, (wallMs) => wallMs < from || take(wallMs));
    },
  };
}

/** BYSETPOS, of the occurrences of each period. The library takes the first of a set for the last but one where there is no other. */
function chosenOf(rule: RuleOfDays, positions: readonly number[], periodOf: Periods, take: (wallMs: number) => boolean): void {
  let own: number[] = [];
  let goesOn = true;
  const close = () => {
    goesOn &&= atPositions(own, positions).every(take);
    own = [];
  };
  rule.all((date) => {
    const wallMs = date.getTime();
    if (own[0] !== undefined && periodOf.number(own[0]) !== periodOf.number(wallMs)) close();
    own.push(wallMs);
    return goesOn;
  });
  close();
}

type RuleOfDays = Pick<InstanceType<typeof RRule>, 'all'>;

/** Years, months, weeks or days, numbered. */
interface Periods {
  number(wallMs: number): number;
  /** Its first moment. */
  start(number: number): number;
}

function periodsBy(
  frequency: string,
  { startWallMs, weekStart }: { readonly startWallMs: number; readonly weekStart: number },
): Periods {
  if (frequency === 'YEARLY')
    return { number: (wallMs) => new Date(wallMs).getUTCFullYear(), start: (year) => Date.UTC(year, 0, 1) };
  if (frequency === 'MONTHLY')
    return {
      number: (wallMs) => new Date(wallMs).getUTCFullYear() * 12 + new Date(wallMs).getUTCMonth(),
      start: (month) => Date.UTC(Math.floor(month / 12), month % 12, 1),
    };
  if (frequency === 'DAILY') return { number: (wallMs) => Math.floor(wallMs / dayMs), start: (day) => day * dayMs };
  // 1 January 1970 was a Thursday.
  const firstDay = Math.floor(startWallMs / dayMs);
  const offset = (((firstDay + 3 - weekStart) % 7) + 7) % 7;
  const first = firstDay - offset;
  return {
    number: (wallMs) => Math.floor((Math.floor(wallMs / dayMs) - first) / 7),
    start: (week) => (first + week * 7) * dayMs,
  };
}

/** What a rule leaves open is as its start: said, because the search does not always begin there. */
function withStart(frequency: string, start: Date, days: Partial<Options>): Partial<Options> {
  if (days.bymonthday ?? days.byyearday ?? days.byweekday) return days;
  if (frequency === 'WEEKLY') return { ...days, byweekday: [(start.getUTCDay() + 6) % 7] };
  if (frequency === 'DAILY') return days;
  const ofMonth = { ...days, bymonthday: [start.getUTCDate()] };
  return frequency === 'YEARLY' && !days.bymonth ? { ...ofMonth, bymonth: [start.getUTCMonth() + 1] } : ofMonth;
}

/** HOURLY and MINUTELY: steps counted from the start, of which days, hours and minutes leave some out. */
function withinDays({ parts, startWallMs, endWallMs, interval }: Rule, unitMs: number): WallTimes {
  const days = daysOf(parts);
  const anyDay = Object.keys(days).length === 0;
  const hours = numbersOf(parts, 'BYHOUR');
  const minutes = numbersOf(parts, 'BYMINUTE');
  const stepMs = interval * unitMs;
  const baseMs = Math.floor(startWallMs / unitMs) * unitMs;
  // In an hour there may be several minutes; in a minute there is one moment.
  const inStep =
    unitMs === hourMs && minutes ? minutes.map((minute) => minute * minuteMs + (startWallMs % minuteMs)) : [startWallMs - baseMs];
  const chosen = atPositions(inStep, numbersOf(parts, 'BYSETPOS'));
  const hourFits = (dayMsOf: number) => hours?.includes(Math.floor(dayMsOf / hourMs)) ?? true;
  const minuteFits = (dayMsOf: number) => unitMs === hourMs || (minutes?.includes(Math.floor(dayMsOf / minuteMs) % 60) ?? true);
  /** By the step's number in a day. */
  const fits = Array.from({ length: dayMs / unitMs }, (_, n) => hourFits(n * unitMs) && minuteFits(n * unitMs));
  // Steps of two minutes from an even one never meet an odd one, however long one looks.
  const apart = greatestCommonDivisor(interval, fits.length);
  const first = (baseMs / unitMs) % apart;
  const isEver = chosen.length > 0 && fits.some((fit, n) => fit && n % apart === first);

  const inDay = (dayAtMs: number, from: number, take: (wallMs: number) => boolean): boolean => {
    const earliest = Math.max(dayAtMs, Math.floor(from / unitMs) * unitMs, baseMs);
    for (let at = baseMs + Math.ceil((earliest - baseMs) / stepMs) * stepMs; at < dayAtMs + dayMs; at += stepMs) {
      if (!fits[(at - dayAtMs) / unitMs]) continue;
      for (const afterMs of chosen) if (at + afterMs >= from && at + afterMs <= endWallMs && !take(at + afterMs)) return false;
    }
    return true;
  };
  return {
    each(fromWallMs, take) {
      if (!isEver) return;
      const from = Math.max(fromWallMs, startWallMs);
      const fromDayMs = Math.floor(from / dayMs) * dayMs;
      if (anyDay) {
        for (let day = fromDayMs; day <= endWallMs; day += dayMs) if (!inDay(day, from, take)) return;
        return;
      }
      const midnight = { byhour: [0], byminute: [0], bysecond: [0] };
      const until = new Date(endWallMs);
      const rule = new RRule({ freq: RRule.DAILY, ...days, ...midnight, dtstart: new Date(fromDayMs), until }, true);
      rule.all((day) => inDay(day.getTime(), from, take));
    },
  };
}

/** BYSETPOS: the first is 1, the last -1. */
const atPositions = (all: readonly number[], positions: readonly number[] | undefined): readonly number[] =>
  positions ? all.filter((_, n) => positions.includes(n + 1) || positions.includes(n - all.length)) : all;

const greatestCommonDivisor = (a: number, b: number): number => (b === 0 ? a : greatestCommonDivisor(b, a % b));
