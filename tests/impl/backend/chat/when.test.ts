/** Moments in plain English. Now is Wednesday 4 March 2026, 10:15:30, unless a row says otherwise. */
import { describe, expect, it } from '@jest/globals';
import { Temporal } from 'temporal-polyfill';
import { momentText, readWhen, readWindow, splitWhen } from '../../../../impl/backend/chat/when.ts';

const at = (zone: string, text = '2026-03-04T10:15:30') => Temporal.PlainDateTime.from(text).toZonedDateTime(zone);
const now = at('UTC');
const plain = (text: string, from = now) =>
  readWhen(text, from)?.at.toPlainDateTime().toString({ smallestUnit: 'minute' }) ?? null;

describe('when', () => {
  it.each([
    ['today', '2026-03-04T18:00'],
    ['tonight', '2026-03-04T20:00'],
    ['tomorrow', '2026-03-05T09:00'],
    ['tomorrow at 9', '2026-03-05T09:00'],
    ['tomorrow at 5pm', '2026-03-05T17:00'],
    ['tomorrow evening', '2026-03-05T19:00'],
    ['tomorrow in the morning', '2026-03-05T09:00'],
    ['at 5pm tomorrow', '2026-03-05T17:00'],
    ['the day after tomorrow, 14:30', '2026-03-06T14:30'],
    ['on friday', '2026-03-06T09:00'],
    ['fri at 12am', '2026-03-06T00:00'],
    ['friday at 12pm', '2026-03-06T12:00'],
    ['next friday', '2026-03-06T09:00'],
    ['wednesday', '2026-03-11T09:00'],
    ['wednesday at 5pm', '2026-03-04T17:00'],
    ['next wednesday at 5pm', '2026-03-11T17:00'],
    ['wednesday at 9am', '2026-03-11T09:00'],
    ['next week', '2026-03-09T09:00'],
    ['next month', '2026-04-01T09:00'],
    ['in 3 days', '2026-03-07T09:00'],
    ['in 3 days at 17:00', '2026-03-07T17:00'],
    ['in 2 hours', '2026-03-04T12:15'],
    ['in half an hour', '2026-03-04T10:45'],
    ['in an hour', '2026-03-04T11:15'],
    ['in ten minutes', '2026-03-04T10:25'],
    ['in a week', '2026-03-11T09:00'],
    ['in 1 month', '2026-04-04T09:00'],
    ['at 5pm', '2026-03-04T17:00'],
    ['at 9', '2026-03-05T09:00'],
    ['9:30 pm', '2026-03-04T21:30'],
    ['noon', '2026-03-04T12:00'],
    ['at midnight', '2026-03-05T00:00'],
    ['by friday', '2026-03-06T09:00'],
    ['due by friday 8am', '2026-03-06T08:00'],
    ['2026-04-01', '2026-04-01T09:00'],
    ['2026-04-01 at 7pm', '2026-04-01T19:00'],
    ['2026-04-01T10:00', '2026-04-01T10:00'],
    ['2026-04-01 10:00', '2026-04-01T10:00'],
    ['2026-04-01T10:00:00+02:00', '2026-04-01T08:00'],
    ['31 March', '2026-03-31T09:00'],
    ['march 31st at noon', '2026-03-31T12:00'],
    ['Jan 31', '2027-01-31T09:00'],
    ['29 feb 2028', '2028-02-29T09:00'],
    // Not understood completely: not a moment.
    ['31 february', null],
    ['2026-02-30', null],
    ['2026-13-01T10:00', null],
    ['tomorrow maybe', null],
    ['9', null],
    ['at 25', null],
    ['at 13pm', null],
    ['at 0am', null],
    ['at 9:75', null],
    ['in 0 days', null],
    ['in 99999 days', null],
    ['in 9999 years', null],
    ['0001-01-01', null],
    ['9999-12-31', null],
    ['some day', null],
    ['', null],
  ])('%s: %s', (text, expected) => {
    expect(plain(text)).toBe(expected);
  });

  it('today, when its usual hour is over, is what is left of it', () => {
    expect(plain('today', at('UTC', '2026-03-04T19:00'))).toBe('2026-03-04T23:59');
  });

  it('is read in the time zone, also where the clock is changed', () => {
    const berlin = at('Europe/Berlin', '2026-03-28T12:00');
    const moment = (text: string) => readWhen(text, berlin)?.at.toInstant().toString();
    expect(moment('today at 9pm')).toBe('2026-03-28T20:00:00Z');
    expect(moment('tomorrow at 9')).toBe('2026-03-29T07:00:00Z');
    // 02:30 does not exist that night.
    expect(moment('tomorrow at 2:30')).toBe('2026-03-29T01:30:00Z');
    // Two days later at the same hour, and 48 hours later, are not the same.
    expect(moment('in 2 days at 12:00')).toBe('2026-03-30T10:00:00Z');
    expect(moment('in 48 hours')).toBe('2026-03-30T11:00:00Z');
  });

  it.each([
    ['buy milk tomorrow at 9', 'buy milk', '2026-03-05T09:00'],
    ['tomorrow at 9 buy milk', 'buy milk', '2026-03-05T09:00'],
    ['buy 9 eggs', 'buy 9 eggs', null],
    ['read about today in history', 'read about today in history', null],
    ['tomorrow', 'tomorrow', null],
    ['plan the friday party on saturday', 'plan the friday party', '2026-03-07T09:00'],
  ])('%s: %s', (text, rest, expected) => {
    const split = splitWhen(text, now);
    expect([split.rest, split.when?.at.toPlainDateTime().toString({ smallestUnit: 'minute' }) ?? null]).toEqual([rest, expected]);
  });

  it.each([
    ['today', '2026-03-04T00:00Z', '2026-03-05T00:00Z'],
    ['tomorrow', '2026-03-05T00:00Z', '2026-03-06T00:00Z'],
    ['this week', '2026-03-02T00:00Z', '2026-03-09T00:00Z'],
    ['next week', '2026-03-09T00:00Z', '2026-03-16T00:00Z'],
    ['this month', '2026-03-01T00:00Z', '2026-04-01T00:00Z'],
    ['on friday', '2026-03-06T00:00Z', '2026-03-07T00:00Z'],
    ['by friday', undefined, '2026-03-07T00:00Z'],
    ['before friday', undefined, '2026-03-06T00:00Z'],
    ['overdue', undefined, '2026-03-04T10:15:30Z'],
  ])('window %s', (text, from, before) => {
    const date = (iso: string | undefined) => (iso === undefined ? undefined : new Date(iso));
    const window = readWindow(text, now);
    expect([window?.from, window?.before]).toEqual([date(from), date(before)]);
  });

  it.each(['some time', 'by', 'this', '', 'today tomorrow'])('no window: %j', (text) => {
    expect(readWindow(text, now)).toBeNull();
  });

  it('is told in the time zone', () => {
    expect(momentText(new Date('2026-03-04T23:30:00Z'), 'Europe/Berlin')).toBe('Thu 5 Mar 2026, 00:30 (Europe/Berlin)');
  });
});
