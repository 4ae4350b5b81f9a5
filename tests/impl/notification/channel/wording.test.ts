import { describe, expect, it } from '@jest/globals';
import { dueText, oneLine, shortened } from '../../../../impl/notification/channel/wording.ts';

describe('the words of a reminder', () => {
  it('are one line, whatever the title holds', () => {
    expect(oneLine('a\r\nBcc: x@y\0\u2028b\u0085c\u202egnp.exe')).toBe('a Bcc: x@y b cgnp.exe');
  });

  it('are shortened by characters and not in the middle of one', () => {
    expect(shortened('\u{1f331}\u{1f331}\u{1f331}', 2)).toBe('\u{1f331}…');
  });

  it('tell a date for people, and a leap second as it came', () => {
    expect(dueText('2030-12-21T01:59:00+02:00')).toBe('Friday, 20 December 2030 at 23:59 UTC');
    expect(dueText('2016-12-31T23:59:60Z')).toBe('2016-12-31T23:59:60Z');
  });
});
