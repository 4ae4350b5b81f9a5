/** Reminders to the user's browsers, where at least one has subscribed. */
import type { Channel } from '../channel.ts';
import { listBrowsers } from './browsers.ts';
import { pushSettings } from './push-settings.ts';
import { sharedVapidKeys } from './vapid.ts';
import { openWebPush } from './web-push.ts';

const noAddress = 'NO_ADDRESS: no browser of the user is subscribed';

export const push: Channel = {
  name: 'push',
  // A browser that subscribes has said yes by that.
  isUnasked: true,
  noAddress,
  sendsMax: 24,
  sendsPerHostMax: 12,
  oneServer: false,
  async hostFor(sql, userId) {
    const [newest] = await listBrowsers(sql, userId);
    return newest ? new URL(newest.endpoint).hostname : null;
  },
  lackOf: () => undefined,
  configure(env, us) {
    const { vapidKeys, ...settings } = pushSettings(env, us.mailFrom);
    return async (postgres) =>
      openWebPush({
        ...settings,
        postgres,
        keys: vapidKeys ?? (await sharedVapidKeys(postgres.sql)),
        publicUrl: us.publicUrl,
        noAddress,
      });
  },
};
