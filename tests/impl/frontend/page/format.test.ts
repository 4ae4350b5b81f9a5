import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { format } from './modules.ts';

const { isOverdue, isoOfLocal, leadWords, localInputOf, ruleWords, tagsOf, whenWords } = format;

describe('dates', () => {
  it('go through the browser control and back to the minute', () => {
    const dates = fc.date({ min: new Date('1970-01-02'), max: new Date('9998-12-31'), noInvalidDate: true });
    fc.assert(
      fc.property(dates, (date) => {
        const minute = Math.floor(date.getTime() / 60_000) * 60_000;
        const back = Date.parse(isoOfLocal(localInputOf(date.toISOString())) ?? '');
        // Where clocks are put back, two moments share one local time: then an hour is lost, never a day.
        expect(Math.abs(back - minute)).toBeLessThanOrEqual(3_600_000);
        if (new Date(minute).getTimezoneOffset() === new Date(minute - 7_200_000).getTimezoneOffset()) expect(back).toBe(minute);
      }),
    );
    expect(isoOfLocal('')).toBeNull();
    expect(isoOfLocal('not a date')).toBeNull();
    expect(localInputOf(null)).toBe('');
  });

  it.each([
    ['2030-05-10T12:00:00Z', 'Today, 14:00'],
    // Late in the evening in London is tomorrow in Berlin.
    ['2030-05-10T22:30:00Z', 'Tomorrow, 00:30'],
    ['2030-05-09T21:30:00Z', 'Yesterday, 23:30'],
    ['2030-05-20T07:05:00Z', 'Mon 20 May, 09:05'],
    ['2031-01-01T00:00:00Z', 'Wed, 1 Jan 2031, 01:00'],
  ])('say when %s is, in the zone of the reader', (iso, words) => {
    const said = whenWords(iso, new Date('2030-05-10T08:00:00Z'), { locale: 'en-GB', timeZone: 'Europe/Berlin' });
    // Versions of the language data differ in one comma.
    expect(said.replaceAll(',', '')).toBe(words.replaceAll(',', ''));
  });

  it('count days by the calendar when clocks change', () => {
    const at = (iso: string) => whenWords(iso, new Date('2030-03-30T22:30:00Z'), { locale: 'en-GB', timeZone: 'Europe/Berlin' });
    expect(at('2030-03-31T00:30:00Z')).toBe('Tomorrow, 01:30');
    expect(at('2030-03-31T21:30:00Z')).toBe('Tomorrow, 23:30');
  });

  it('know what is overdue', () => {
    const now = new Date('2030-01-01T00:00:00Z');
    expect(isOverdue({ due_date: '2029-12-31T23:59:00Z', completed: false }, now)).toBe(true);
    expect(isOverdue({ due_date: '2029-12-31T23:59:00Z', completed: true }, now)).toBe(false);
    expect(isOverdue({ due_date: '2030-01-01T00:01:00Z', completed: false }, now)).toBe(false);
    expect(isOverdue({ due_date: null, completed: false }, now)).toBe(false);
  });
});

describe('words', () => {
  it.each([
    [0, 'When due'],
    [1, '1 minute before'],
    [90, '90 minutes before'],
    [60, '1 hour before'],
    [2880, '2 days before'],
    [10080, '1 week before'],
  ])('%i minutes ahead: %s', (minutes, words) => {
    expect(leadWords(minutes)).toBe(words);
  });

  it.each([
    ['FREQ=DAILY', 'Every day'],
    ['FREQ=WEEKLY;INTERVAL=2;BYDAY=MO,FR', 'Every 2 weeks on Mon, Fri'],
    ['FREQ=MONTHLY;BYMONTHDAY=-1', 'Every month on the last day'],
    ['FREQ=MONTHLY;BYMONTHDAY=15', 'Every month on day 15'],
    ['FREQ=MONTHLY;BYDAY=-1FR', 'Every month on the last Fri'],
    ['FREQ=DAILY;COUNT=3', 'Every day (3 times)'],
    ['FREQ=YEARLY;UNTIL=20301231T000000Z', 'Every year until 2030-12-31'],
    // Without words for all of it, the rule itself is the honest answer.
    ['FREQ=MONTHLY;BYDAY=MO;BYSETPOS=2', 'FREQ=MONTHLY;BYDAY=MO;BYSETPOS=2'],
    ['FREQ=WEEKLY;BYDAY=XX', 'FREQ=WEEKLY;BYDAY=XX'],
    ['nonsense', 'nonsense'],
  ])('%s reads: %s', (rule, words) => {
    expect(ruleWords(rule)).toBe(words);
  });

  it('tags are trimmed, none empty, none twice', () => {
    expect(tagsOf(' a, #b,, a ,c d')).toEqual(['a', 'b', 'c d']);
    expect(tagsOf('')).toEqual([]);
  });
});
