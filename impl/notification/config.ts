/** What only this service reads from its environment. */
import { databaseUrlOf, type Environment, identityOf } from '#kit/config.ts';
import { channels } from './channel/channels.ts';

const yearHours = 24 * 366;

export const notificationConfig = (env: Environment) => {
  const publicUrl = env.url('PUBLIC_URL', ['http:', 'https:']).replace(/\/+$/, '');
  const host = URL.canParse(publicUrl) ? new URL(publicUrl).hostname : 'localhost';
  const mailFrom = env.text('MAIL_FROM', `Todo <reminders@${host}>`);
  if (/[\r\n]/.test(mailFrom) || !/^[^<>@]*<?[^<>@\s]+@[^<>@\s]+>?$/.test(mailFrom))
    env.complain('MAIL_FROM must be an address, as name@host or Name <name@host>');
  return {
    databaseUrl: databaseUrlOf(env),
    identity: identityOf(env),
    publicUrl,
    mailFrom,
    /** Each channel reads its own; `open` makes of that what sends. */
    channels: channels.map((channel) => ({ channel, open: channel.configure(env, { publicUrl, mailFrom }) })),
    /** A send that takes longer is given up; what it had begun may have happened. */
    sendMsMax: env.whole('SEND_MS_MAX', 1_000, 300_000, 45_000),
    /** A reminder nobody could deliver for so long is too late. */
    deliveryHoursMax: env.whole('DELIVERY_HOURS_MAX', 1, yearHours, 24),
    relay: env.oneOf('RELAY', ['on', 'off'], 'on') === 'on',
    inboxRetentionHours: env.whole('INBOX_RETENTION_HOURS', 1, yearHours, 192),
    outboxRetentionHours: env.whole('OUTBOX_RETENTION_HOURS', 1, yearHours, 24),
    noticeRetentionHours: env.whole('NOTICE_RETENTION_HOURS', 1, 10 * yearHours, 90 * 24),
    deliveryRetentionHours: env.whole('DELIVERY_RETENTION_HOURS', 1, 10 * yearHours, 30 * 24),
  };
};

export type NotificationConfig = ReturnType<typeof notificationConfig>;
