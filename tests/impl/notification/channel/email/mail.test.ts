import { describe, expect, it } from '@jest/globals';
import { mailOf } from '../../../../../impl/notification/channel/email/mail.ts';
import type { Delivery } from '../../../../../impl/notification/deliveries.ts';
import { reminderDue } from '../../stage.ts';

const delivery = (title: string): Delivery => ({
  reminderId: '018f0000-0000-7000-8000-000000000001',
  channel: 'email',
  userId: 'ann',
  host: 'mail.example',
  reminder: reminderDue('ann', { task_title: title }).data,
  madeAt: new Date(0),
  trace: null,
  claim: 1,
  attempts: 0,
  ageMs: 0,
});
const mail = (title: string) =>
  mailOf(delivery(title), 'ann@mail.example', { from: 'reminders@todo.example', publicUrl: 'https://todo.example' });

describe('a mail', () => {
  it('has a subject of one line, whatever the title holds', () => {
    expect(mail('a\nb').subject).toBe('Reminder: a b');
  });

  it('has a subject that is not too long', () => {
    expect([...(mail('x'.repeat(1_000)).subject as string)]).toHaveLength('Reminder: '.length + 150);
  });

  it('escapes the title in HTML', () => {
    expect(mail(`<script>"'&`).html).toContain('<strong>&lt;script&gt;&quot;&#39;&amp;</strong>');
    expect(mail('<script>').html).not.toContain('<script>');
  });

  it('is known by its reminder', () => {
    expect(mail('a').messageId).toBe('<018f0000-0000-7000-8000-000000000001.email@todo.example>');
  });
});
