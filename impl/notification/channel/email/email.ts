/** Reminders by e-mail, for whoever gave an address and chose it. */
import type { Channel } from '../channel.ts';
import { addressOf } from './address.ts';
import { openSmtp, sendsMax } from './smtp.ts';

const noAddress = 'NO_ADDRESS: the user gave no address for email';

export const email: Channel = {
  name: 'email',
  // Nobody is mailed without having given an address, and whoever gave one has chosen.
  isUnasked: false,
  noAddress,
  sendsMax,
  sendsPerHostMax: 3,
  oneServer: true,
  async hostFor(sql, userId) {
    const address = await addressOf(sql, userId);
    return address?.slice(address.lastIndexOf('@') + 1).toLowerCase() ?? null;
  },
  lackOf: ({ email: address }) =>
    address === null ? { pointer: '/email', message: 'must be an address while channels holds email' } : undefined,
  configure(env, { publicUrl, mailFrom }) {
    // May hold a password: never logged.
    const url = env.url('SMTP_URL', ['smtp:', 'smtps:']);
    return async (postgres) => openSmtp({ postgres, url, from: mailFrom, publicUrl, noAddress });
  },
};
