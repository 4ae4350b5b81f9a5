/** The honest notification on a database that a crook has been at. */
import { runService } from '../../impl/kit/service.ts';
import { notificationConfig, openStore, partsOn } from '../../impl/notification/notification.ts';

/** `crime`: SQL for notification's schema, run once its tables are there. */
export const notificationOn = (crime: string): Promise<void> =>
  runService('notification', notificationConfig, async (config, log) => {
    const store = await openStore(config, log);
    await store.sql.unsafe(crime);
    return partsOn(store, config, log);
  });
