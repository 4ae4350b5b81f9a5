/** Guilty: forgets which events it has let in, as a subscriber without an inbox does. */
import { runService } from '../../impl/kit/service.ts';
import { notificationConfig, openStore, partsOn } from '../../impl/notification/notification.ts';

await runService('notification', notificationConfig, async (config, log) => {
  const store = await openStore(config, log);
  const forgetful: typeof store = {
    ...store,
    transaction: (deed) =>
      store.transaction(async (tx) => {
        await tx`delete from inbox`;
        return deed(tx);
      }),
  };
  return partsOn(forgetful, config, log);
});
