import { describe, expect, it } from '@jest/globals';
import { dueText, mailOf, oneLine, shortened } from '../../../../../impl/notification/channel/email/mail.ts';
import type { Delivery } from '../../../../../impl/notification/deliveries.ts';
import { reminderDue } from '../../stage.ts';

const delivery = (title: string): Delivery => ({
  reminderId: '018f0000-0000-7000-8000-000000000001',
  channel: 'email',
  userId: 'ann',
  host: 'mail.example',
  reminder: reminderDue('ann', { task_title: title }).data,
  trace: null,
  claim: 1,
  attempts: 0,
  ageMs: 0,
});
const mail = (title: string) =>
  mailOf(delivery(title), 'ann@mail.example', { from: 'reminders@todo.example', publicUrl: 'https://todo.example' });

describe('a mail', () => {
  it('is one line of title, whatever the title holds', () => {
    expect(oneLine('a\r\nBcc: x@y\0\u2028b\u0085c\u202egnp.exe')).toBe('a Bcc: x@y b cgnp.exe');
    expect(mail('a\nb').subject).toBe('Reminder: a b');
  });

  it('shortens by characters and not in the middle of one', () => {
    expect(shortened('\u{1f331}\u{1f331}\u{1f331}', 2)).toBe('\u{1f331}…');
    expect([...(mail('x'.repeat(1_000)).subject as string)]).toHaveLength('Reminder: '.length + 150);
  });

  it('escapes the title in HTML', () => {
    expect(mail(`<script>"'&`).html).toContain('<strong>&lt;script&gt;&quot;&#39;&amp;</strong>');
    expect(mail('<script>').html).not.toContain('<script>');
  });

  it('is known by its reminder', () => {
    expect(mail('a').messageId).toBe('<018f0000-0000-7000-8000-000000000001.email@todo.example>');
  });

  it('tells a date for people, and a leap second as it came', () => {
    expect(dueText('2030-12-21T01:59:00+02:00')).toBe('Friday, 20 December 2030 at 23:59 UTC');
    expect(dueText('2016-12-31T23:59:60Z')).toBe('2016-12-31T23:59:60Z');
  });
});
