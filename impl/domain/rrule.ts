/**
 * Which rules of RFC 5545 a template may have, part by part. The library that finds the occurrences ignores a part it
 * doesn't know and takes the last of two; someone who misspelt BYDAY should be told, not reminded every day.
 */
import { AppError } from '#kit/web/errors.ts';

const dayMs = 86_400_000;
/** Finer than a minute is no task; the tick comes every five. `stepsMax`: periods to search for one occurrence. */
const frequencies = {
  YEARLY: { periodMs: 366 * dayMs, intervalMax: 20, stepsMax: 130 },
  MONTHLY: { periodMs: 31 * dayMs, intervalMax: 120, stepsMax: 600 },
  WEEKLY: { periodMs: 7 * dayMs, intervalMax: 520, stepsMax: 2_200 },
  // Eight years: from one leap day to the one after a year that could have been a leap year.
  DAILY: { periodMs: dayMs, intervalMax: 3_660, stepsMax: 3_000 },
  // These jump over the days that can't match.
  HOURLY: { periodMs: dayMs / 24, intervalMax: 8_784, stepsMax: 400 },
  MINUTELY: { periodMs: dayMs / 1_440, intervalMax: 10_080, stepsMax: 400 },
} as const;
type Frequency = keyof typeof frequencies;
const weekday = '(?:MO|TU|WE|TH|FR|SA|SU)';
/** A rule with COUNT is always counted from its start: each answer costs that many steps. */
const countMax = 500;
/** Each time of the day is a candidate of each day. */
const timesPerDayMax = 24;
/** BYSETPOS looks at all candidates of a period to choose one. */
const candidatesMax = 3_000;
const reachMs = 130 * 366 * dayMs;

interface PartRule {
  readonly says: string;
  allows(value: string): boolean;
}

const whole = (min: number, max: number): PartRule => ({
  says: `is a whole number from ${min} to ${max}`,
  allows: (value) => /^[1-9]\d{0,5}$/.test(value) && Number(value) >= min && Number(value) <= max,
});

const numbers = (min: number, max: number, fromTheEndToo = false): PartRule => ({
  says: `is a list of numbers from ${min} to ${max}${fromTheEndToo ? `, or from -${max} to -${min} counted from the end` : ''}`,
  allows: (value) =>
    value.split(',').every((each) => {
      const number = Number(each);
      if (!/^[+-]?\d{1,3}$/.test(each) || (/^[+-]/.test(each) && !fromTheEndToo)) return false;
      return Math.abs(number) >= min && Math.abs(number) <= max;
    }),
});

const parts: Readonly<Record<string, PartRule>> = {
  FREQ: {
    says: `is one of ${Object.keys(frequencies).join(', ')}`,
    allows: (value) => Object.hasOwn(frequencies, value),
  },
  INTERVAL: whole(1, 10_080),
  COUNT: whole(1, countMax),
  UNTIL: {
    says: 'is a moment in UTC such as 20301231T235959Z',
    allows: (value) => !Number.isNaN(untilMs(value)),
  },
  BYMONTH: numbers(1, 12),
  BYYEARDAY: numbers(1, 366, true),
  BYMONTHDAY: numbers(1, 31, true),
  BYDAY: {
    says: 'is a list of weekdays such as MO,WE, or with their number such as 2TU,-1FR',
    allows: (value) => new RegExp(`^(?:[+-]?[1-9]\\d?)?${weekday}(?:,(?:[+-]?[1-9]\\d?)?${weekday})*$`).test(value),
  },
  BYHOUR: numbers(0, 23),
  BYMINUTE: numbers(0, 59),
  BYSETPOS: numbers(1, 366, true),
  WKST: { says: 'is a weekday such as MO', allows: (value) => new RegExp(`^${weekday}$`).test(value) },
};

export type RuleParts = ReadonlyMap<string, string>;

/** The parts of a rule, or a refusal that names the first wrong one. */
export function partsOf(rrule: string): RuleParts {
  const found = new Map<string, string>();
  for (const text of rrule.split(';')) {
    const [name = '', value = ''] = text.split(/=(.*)/s, 2);
    const part = Object.hasOwn(parts, name) ? parts[name] : undefined;
    if (!part) throw refused(`"${text}" is not a part that a rule can have here; there are ${Object.keys(parts).join(', ')}`);
    if (found.has(name)) throw refused(`${name} may be given once`);
    if (!part.allows(value)) throw refused(`${name} ${part.says}, not "${value}"`);
    found.set(name, value);
  }
  if (!found.has('FREQ')) throw refused('A rule needs FREQ, e.g. FREQ=DAILY');
  const frequency = found.get('FREQ');
  const { intervalMax, periodMs } = frequencyOf(found);
  if (Number(found.get('INTERVAL') ?? 1) > intervalMax)
    throw refused(`INTERVAL is at most ${intervalMax} with FREQ=${frequency}`);
  if (periodMs >= dayMs && timesPerDay(found) > timesPerDayMax)
    throw refused(`BYHOUR and BYMINUTE make at most ${timesPerDayMax} times of the day with FREQ=${frequency}`);
  return found;
}

export interface Limits {
  /** Periods the engine may search. */
  readonly stepsMax: number;
  /** The longest stretch of time that may be searched for so many occurrences at once. */
  windowMs(occurrencesMax: number): number;
}

/** What a rule may cost, whatever it says: each limit is one of time, expressed in what the engine counts. */
export function limitsOf(rule: RuleParts): Limits {
  const { periodMs, stepsMax: flat } = frequencyOf(rule);
  const stepMs = periodMs * Number(rule.get('INTERVAL') ?? 1);
  const perStep = Math.max(1, (periodMs / dayMs) * timesPerDay(rule));
  const gaps = Math.ceil(Math.min(flat, reachMs / stepMs, rule.has('BYSETPOS') ? candidatesMax / perStep : flat));
  const stepsMax = gaps + Number(rule.get('COUNT') ?? 0);
  return {
    stepsMax,
    windowMs: (occurrencesMax) =>
      Math.min(Math.ceil(occurrencesMax / timesPerDay(rule)) * dayMs, Math.ceil(stepsMax / 4) * stepMs),
  };
}

/** How many occurrences a day can have at most. */
function timesPerDay(rule: RuleParts): number {
  const count = (name: string, without: number) => rule.get(name)?.split(',').length ?? without;
  const interval = Number(rule.get('INTERVAL') ?? 1);
  const frequency = rule.get('FREQ');
  if (frequency === 'MINUTELY') return Math.ceil(Math.min(count('BYHOUR', 24) * count('BYMINUTE', 60), 1_440 / interval));
  if (frequency === 'HOURLY') return Math.ceil(Math.min(count('BYHOUR', 24), 24 / interval) * count('BYMINUTE', 1));
  return count('BYHOUR', 1) * count('BYMINUTE', 1);
}

const frequencyOf = (rule: RuleParts) => frequencies[rule.get('FREQ') as Frequency];

export const refused = (sentence: string, cause?: unknown): AppError => new AppError('INVALID_RECURRENCE', sentence, [], cause);

/** NaN unless it is such a moment: 20300231T000000Z is none. */
function untilMs(value: string): number {
  const [, y, mo, d, h, mi, s] = /^(\d{4})(\d{2})(\d{2})T(\d{2})(\d{2})(\d{2})Z$/.exec(value) ?? [];
  const iso = `${y}-${mo}-${d}T${h}:${mi}:${s}.000Z`;
  const ms = Date.parse(iso);
  return !Number.isNaN(ms) && new Date(ms).toISOString() === iso ? ms : Number.NaN;
}
