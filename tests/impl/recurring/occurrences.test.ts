/** What a tick makes of a template that is due: pure, so that years pass in a moment. */
import { describe, expect, it } from '@jest/globals';
import { nextOccurrence, recurrenceOf, storedRecurrence } from '#domain/recurrence.ts';
import { dueOccurrences } from '../../../impl/recurring/occurrences.ts';

const minuteMs = 60_000;

describe('what is due', () => {
  // Each was accepted at its creation and ended at its first tick: the next occurrence was too many steps away.
  it.each([
    ['FREQ=YEARLY;BYMONTH=2;BYMONTHDAY=29;BYHOUR=9,12,18;BYSETPOS=1', '2027-06-01T09:00'],
    ['FREQ=MONTHLY;BYMONTH=1;BYDAY=MO,TU,WE,TH,FR;BYHOUR=8,9,10,11,12,13,14,15,16,17;BYSETPOS=1', '2026-11-01T08:00'],
    ['FREQ=YEARLY;BYMONTH=2;BYMONTHDAY=29;BYDAY=SU', '2026-06-01T09:00'],
    ['FREQ=DAILY;BYMONTH=2;BYMONTHDAY=29;BYDAY=SU', '2031-12-01T09:00'],
    ['FREQ=WEEKLY;BYMONTH=1;BYDAY=MO,TU,WE,TH,FR;BYHOUR=9,10,11,12,13,14,15,16;BYMINUTE=0,20,40;BYSETPOS=1', '2026-11-01T09:00'],
    ['FREQ=YEARLY;BYMONTH=6,9,4;BYDAY=5WE;BYHOUR=6,21,13;BYSETPOS=-2', '2025-01-18T00:45'],
  ])('%s: every tick makes its one, and knows the next, to the end of the century', (rrule, startsAt) => {
    const recurrence = recurrenceOf({ rrule, timeZone: 'Europe/Berlin', startsAt });
    let due = nextOccurrence(recurrence, new Date(0));
    let ticks = 0;
    for (; due !== null; ticks++) {
      const { generate, skipped, next } = dueOccurrences(recurrence, due, new Date(due.getTime() + minuteMs), 10);
      expect([generate, skipped]).toEqual([[due], 0]);
      due = next;
    }
    expect(ticks).toBeGreaterThanOrEqual(2);
  });

  it('is still owed when the zone has other data by now and it would have been earlier', () => {
    const recurrence = storedRecurrence({ rrule: 'FREQ=DAILY', timeZone: 'Europe/Berlin', startsAt: '2026-07-01T09:00' });
    // As if Berlin had been an hour behind when this was stored: 08:00Z was said, and it was 07:00Z.
    const stored = new Date('2026-07-10T08:00:00Z');
    const { generate, next } = dueOccurrences(recurrence, stored, new Date('2026-07-10T08:02:00Z'), 10);
    expect(generate).toEqual([new Date('2026-07-10T07:00:00Z')]);
    expect(next).toEqual(new Date('2026-07-11T07:00:00Z'));
  });

  it('comes when it comes, where the zone has other data by now and it is later', () => {
    const recurrence = storedRecurrence({ rrule: 'FREQ=DAILY', timeZone: 'Europe/Berlin', startsAt: '2026-07-01T12:00' });
    const { generate, next } = dueOccurrences(recurrence, new Date('2026-07-10T05:00:00Z'), new Date('2026-07-10T05:02:00Z'), 10);
    expect([generate, next]).toEqual([[], new Date('2026-07-10T10:00:00Z')]);
  });

  it('is found also where clocks never show the start any more', () => {
    const recurrence = storedRecurrence({ rrule: 'FREQ=DAILY', timeZone: 'Europe/Berlin', startsAt: '2026-03-29T02:30' });
    expect(nextOccurrence(recurrence, new Date('2026-03-28T00:00:00Z'))).toEqual(new Date('2026-03-30T00:30:00Z'));
  });
});
