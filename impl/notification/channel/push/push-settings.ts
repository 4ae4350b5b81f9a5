/** What web push reads from the environment. */
import type { Environment } from '#kit/config.ts';
import { type PushHosts, pushHostsOf, pushServices } from './push-address.ts';
import type { VapidKeys } from './vapid.ts';

export interface PushSettings {
  readonly hosts: PushHosts;
  /** Null: made once and kept in the database. */
  readonly vapidKeys: VapidKeys | null;
  /** Whom a push service may write to: `mailto:` or `https:`. */
  readonly subject: string;
}

export const pushSettings = (env: Environment, mailFrom: string): PushSettings => ({
  hosts: readHosts(env),
  vapidKeys: readKeys(env),
  subject: readSubject(env, mailFrom),
});

function readHosts(env: Environment): PushHosts {
  const hosts = pushHostsOf(env.text('PUSH_HOSTS', pushServices));
  if (!('wrong' in hosts)) return hosts;
  env.complain(`PUSH_HOSTS is a comma list of host, *.host or host:port; "${hosts.wrong}" is none`);
  return [];
}

function readKeys(env: Environment): VapidKeys | null {
  const publicKey = env.optional('VAPID_PUBLIC_KEY');
  const privateKey = env.optional('VAPID_PRIVATE_KEY');
  if (publicKey === undefined && privateKey === undefined) return null;
  if (Buffer.from(publicKey ?? '', 'base64url').length !== 65 || Buffer.from(privateKey ?? '', 'base64url').length !== 32)
    env.complain(
      'VAPID_PUBLIC_KEY and VAPID_PRIVATE_KEY come together, base64url of 65 and 32 bytes: npx web-push generate-vapid-keys',
    );
  return { publicKey: publicKey ?? '', privateKey: privateKey ?? '' };
}

function readSubject(env: Environment, mailFrom: string): string {
  const address = /[^\s<>]+@[^\s<>]+/.exec(mailFrom)?.[0] ?? '';
  return env.url('VAPID_SUBJECT', ['mailto:', 'https:'], `mailto:${address}`);
}
