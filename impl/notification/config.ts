/** What only this service reads from its environment. */
import { databaseUrlOf, type Environment, identityOf } from '#kit/config.ts';
import { pushHostsOf, pushServices } from './channel/push/push-address.ts';
import type { VapidKeys } from './channel/push/vapid.ts';

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
    smtpUrl: env.url('SMTP_URL', ['smtp:', 'smtps:']),
    pushHosts: readPushHosts(env),
    vapidKeys: readVapidKeys(env),
    vapidSubject: readVapidSubject(env, mailFrom),
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

function readPushHosts(env: Environment): readonly string[] {
  const hosts = pushHostsOf(env.text('PUSH_HOSTS', pushServices));
  if (!('wrong' in hosts)) return hosts;
  env.complain(`PUSH_HOSTS is a comma list of host, *.host or host:port; "${hosts.wrong}" is none`);
  return [];
}

/** Null: made once and kept in the database. */
function readVapidKeys(env: Environment): VapidKeys | null {
  const publicKey = env.optional('VAPID_PUBLIC_KEY');
  const privateKey = env.optional('VAPID_PRIVATE_KEY');
  if (publicKey === undefined && privateKey === undefined) return null;
  if (Buffer.from(publicKey ?? '', 'base64url').length !== 65 || Buffer.from(privateKey ?? '', 'base64url').length !== 32)
    env.complain(
      'VAPID_PUBLIC_KEY and VAPID_PRIVATE_KEY come together, base64url of 65 and 32 bytes: npx web-push generate-vapid-keys',
    );
  return { publicKey: publicKey ?? '', privateKey: privateKey ?? '' };
}

function readVapidSubject(env: Environment, mailFrom: string): string {
  const address = /[^\s<>]+@[^\s<>]+/.exec(mailFrom)?.[0] ?? '';
  return env.url('VAPID_SUBJECT', ['mailto:', 'https:'], `mailto:${address}`);
}
