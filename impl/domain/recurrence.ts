/**
 * When a template recurs: RFC 5545 in a time zone. Pure, and bounded: whatever the rule, an answer comes after a limited
 * number of steps.
 *
 * - The clock on the wall decides: 09:00 stays 09:00 across daylight saving.
 * - A time or date that doesn't exist (02:30 in the night when clocks go forward, February 30) is no occurrence, as the RFC
 *   has it; a time that exists twice means the first.
 * - The shorthand `monthly` that starts on the 29th, 30th or 31st takes the last day of a shorter month, because nobody
 *   who says "monthly" means seven times a year. A rule says exactly what it says.
 */
import { RRuleTemporal } from 'rrule-temporal';
import { Temporal } from 'temporal-polyfill';
import { type Limits, limitsOf, partsOf, refused } from './rrule.ts';

export interface Recurrence {
  readonly rrule: string;
  readonly timeZone: string;
  /** Local time in `timeZone`: what a template stores. */
  readonly startsAt: string;
  readonly engine: RRuleTemporal;
  readonly limits: Limits;
}

export type Shorthand = 'daily' | 'weekly' | 'monthly';

const yearMin = 1970;
/** Nothing recurs after it: what would come later is searched for in vain, and at great cost. */
const yearMax = 2_099;
const end = Temporal.Instant.from(`${yearMax}-12-31T23:59:59Z`).toZonedDateTimeISO('UTC');

export function recurrenceOf(wanted: {
  readonly rrule: string;
  readonly timeZone: string;
  readonly startsAt: string;
}): Recurrence {
  const { rrule } = wanted;
  const parts = partsOf(rrule);
  const limits = limitsOf(parts);
  const start = startOf(wanted.timeZone, wanted.startsAt);
  const engine = bounded(() => {
    const counted = parts.has('COUNT');
    const options = { rruleString: rrule, dtstart: start, strict: true, maxIterations: limits.stepsMax };
    const rule = new RRuleTemporal({ ...options, ...(!counted && !parts.has('UNTIL') && { until: end }) });
    // Always counted from its start, so what can be counted now will be countable each time.
    if (counted) rule.all();
    return rule;
  });
  const recurrence = { rrule, timeZone: start.timeZoneId, startsAt: wanted.startsAt, engine, limits };
  if (nextOccurrence(recurrence, new Date(start.epochMilliseconds - 1)) === null) throw refused('The rule never occurs');
  return recurrence;
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
export function nextOccurrence(recurrence: Recurrence, after: Date): Date | null {
  const next = bounded(() => recurrence.engine.next(after));
  return next === null || next.year > yearMax ? null : new Date(next.epochMilliseconds);
}

/** Occurrences after one moment and up to another, oldest first, at most `max`. */
export function occurrencesAfter(recurrence: Recurrence, after: Date, upTo: Date, max: number): Date[] {
  const found: Date[] = [];
  // As long as can't hold many more than wanted: three years of minutes must not be built to keep ten.
  const windowMs = recurrence.limits.windowMs(max);
  let cursor = after;
  while (found.length < max) {
    const first = nextOccurrence(recurrence, cursor);
    if (first === null || first > upTo) break;
    const end = new Date(Math.min(first.getTime() + windowMs, upTo.getTime()));
    for (const each of bounded(() => recurrence.engine.between(first, end, true))) found.push(new Date(each.epochMilliseconds));
    cursor = end;
  }
  return found.slice(0, max);
}

function startOf(timeZone: string, startsAt: string): Temporal.ZonedDateTime {
  let local: Temporal.PlainDateTime;
  try {
    local = Temporal.PlainDateTime.from(startsAt, { overflow: 'reject' });
  } catch (cause) {
    throw refused(`starts_at: there is no ${startsAt}`, cause);
  }
  if (local.year < yearMin || local.year > yearMax) throw refused(`starts_at is in a year from ${yearMin} to ${yearMax}`);
  let start: Temporal.ZonedDateTime;
  try {
    // An offset such as +01:00 would be taken, and would be wrong half of the year.
    if (/^[+-]/.test(timeZone)) throw new RangeError('an offset is not a zone');
    start = local.toZonedDateTime(timeZone, { disambiguation: 'earlier' });
  } catch (cause) {
    throw refused(`"${timeZone}" is not an IANA time zone such as Europe/Berlin`, cause);
  }
  if (!start.toPlainDateTime().equals(local)) throw refused(`starts_at: clocks in ${start.timeZoneId} never show ${startsAt}`);
  return start;
}

/** What the engine says against a rule, as our refusal; when it gave up searching, in words that tell the next step. */
function bounded<T>(work: () => T): T {
  try {
    return work();
  } catch (error) {
    const message = (error as Error).message;
    if (/^Maximum /.test(message))
      throw refused('The rule occurs never, or too rarely to find out when; ask for it in other words', error);
    throw refused(error instanceof RangeError ? 'The rule leaves the calendar: its steps are too long' : message, error);
  }
}
