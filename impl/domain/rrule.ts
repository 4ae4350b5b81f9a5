/**
 * Which rules of RFC 5545 a template may have, part by part. Who finds the occurrences would pass over a part it
 * doesn't know and take the last of two; someone who misspelt BYDAY should be told, not reminded every day.
 */
import { AppError } from '#kit/web/errors.ts';

const dayMs = 86_400_000;
/** Finer than a minute is no task; the tick comes every five. */
const frequencies = {
  YEARLY: { periodMs: 366 * dayMs, intervalMax: 20 },
  MONTHLY: { periodMs: 31 * dayMs, intervalMax: 120 },
  WEEKLY: { periodMs: 7 * dayMs, intervalMax: 520 },
  DAILY: { periodMs: dayMs, intervalMax: 3_660 },
  HOURLY: { periodMs: dayMs / 24, intervalMax: 8_784 },
  MINUTELY: { periodMs: dayMs / 1_440, intervalMax: 10_080 },
} as const;
type Frequency = keyof typeof frequencies;
const weekday = '(?:MO|TU|WE|TH|FR|SA|SU)';
/** A rule with COUNT is always counted from its start. */
const countMax = 500;
/** Each time of the day is a candidate of each day. */
const timesPerDayMax = 24;

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
  const contradicting = contradiction(found);
  if (contradicting !== undefined) throw refused(contradicting);
  return found;
}

/** RFC 5545 3.3.10: what would mean something else to each who reads it. */
function contradiction(rule: RuleParts): string | undefined {
  const frequency = rule.get('FREQ') as string;
  const is = (...names: readonly string[]) => names.includes(frequency);
  const numbered = /\d/.test(rule.get('BYDAY') ?? '');
  if (rule.has('COUNT') && rule.has('UNTIL')) return 'COUNT and UNTIL MUST NOT both be given';
  if (rule.has('BYMONTHDAY') && is('WEEKLY')) return 'BYMONTHDAY MUST NOT be given with FREQ=WEEKLY';
  if (rule.has('BYYEARDAY') && is('DAILY', 'WEEKLY', 'MONTHLY')) return `BYYEARDAY MUST NOT be given with FREQ=${frequency}`;
  if (numbered && !is('MONTHLY', 'YEARLY')) return `BYDAY MUST NOT have numbers with FREQ=${frequency}`;
  if (rule.has('BYSETPOS') && ![...rule.keys()].some((name) => name !== 'BYSETPOS' && name.startsWith('BY')))
    return 'BYSETPOS MUST be given with another part that begins with BY';
  return undefined;
}

/** How many occurrences a day can have at most, of a rule that goes by days or longer. */
const timesPerDay = (rule: RuleParts): number =>
  ['BYHOUR', 'BYMINUTE'].reduce((times, name) => times * (rule.get(name)?.split(',').length ?? 1), 1);

const frequencyOf = (rule: RuleParts) => frequencies[rule.get('FREQ') as Frequency];

export const refused = (sentence: string, cause?: unknown): AppError => new AppError('INVALID_RECURRENCE', sentence, [], cause);

/** When the rule ends by its own words; Infinity where it doesn't say. */
export const untilMsOf = (rule: RuleParts): number => {
  const until = rule.get('UNTIL');
  return until === undefined ? Number.POSITIVE_INFINITY : untilMs(until);
};

/** NaN unless it is such a moment: 20300231T000000Z is none. */
function untilMs(value: string): number {
  const [, y, mo, d, h, mi, s] = /^(\d{4})(\d{2})(\d{2})T(\d{2})(\d{2})(\d{2})Z$/.exec(value) ?? [];
  const iso = `${y}-${mo}-${d}T${h}:${mi}:${s}.000Z`;
  const ms = Date.parse(iso);
  return !Number.isNaN(ms) && new Date(ms).toISOString() === iso ? ms : Number.NaN;
}
