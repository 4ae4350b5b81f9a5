/** A reminder as a mail. Pure: text in, text out; the transport encodes it. */
import type { SendMailOptions } from 'nodemailer';
import type { Delivery } from '../../deliveries.ts';
import { dueText, oneLine, shortened } from '../wording.ts';

export interface MailOptions {
  readonly from: string;
  /** Of the page, without a slash at its end. */
  readonly publicUrl: string;
}

const subjectCharsMax = 150;

export function mailOf(
  { reminder, reminderId, channel }: Delivery,
  to: string,
  { from, publicUrl }: MailOptions,
): SendMailOptions {
  const title = oneLine(reminder.task_title);
  const due = dueText(reminder.due_date);
  const taskUrl = `${publicUrl}/#task-${reminder.task_id}`;
  const preferencesUrl = `${publicUrl}/#preferences`;
  return {
    from,
    to: { name: '', address: to },
    subject: `Reminder: ${shortened(title, subjectCharsMax)}`,
    // Stable: where a mail comes twice, its second copy is known by it.
    messageId: `<${reminderId}.${channel}@${new URL(publicUrl).hostname}>`,
    // RFC 3834: no out-of-office answers, please.
    headers: { 'Auto-Submitted': 'auto-generated', 'X-Auto-Response-Suppress': 'All' },
    list: { unsubscribe: preferencesUrl },
    text: [
      `${title}`,
      `is due on ${due}.`,
      '',
      `Open the task: ${taskUrl}`,
      '',
      `Change how you are reminded: ${preferencesUrl}`,
      '',
    ].join('\n'),
    html: page(title, due, taskUrl, preferencesUrl),
  };
}

const page = (title: string, due: string, taskUrl: string, preferencesUrl: string): string => `<!doctype html>
<html lang="en">
<head><meta charset="utf-8"><title>Reminder</title></head>
<body style="font-family: system-ui, sans-serif; color: #1a1a1a; background: #ffffff; margin: 0; padding: 24px">
<p style="font-size: 18px; margin: 0 0 8px"><strong>${escaped(title)}</strong></p>
<p style="margin: 0 0 24px">is due on ${escaped(due)}.</p>
<p style="margin: 0 0 24px"><a href="${escaped(taskUrl)}" style="color: #0b57d0">Open the task</a></p>
<p style="font-size: 13px; color: #5f5f5f; margin: 0"><a href="${escaped(preferencesUrl)}" style="color: #5f5f5f">Change how you are reminded</a></p>
</body>
</html>
`;

const entities: Readonly<Record<string, string>> = { '&': '&amp;', '<': '&lt;', '>': '&gt;', '"': '&quot;', "'": '&#39;' };
const escaped = (text: string): string => text.replaceAll(/[&<>"']/g, (char) => entities[char] ?? char);
