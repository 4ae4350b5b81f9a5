/** Guilty: forgets that a mail has left, and sends it again. */
import { runService } from '../../impl/kit/service.ts';
import { openSweep } from '../../impl/kit/sweep.ts';
import { notificationConfig, openStore, partsOn } from '../../impl/notification/notification.ts';

await runService('notification', notificationConfig, async (config, log) => {
  const store = await openStore(config, log);
  const honest = await partsOn(store, config, log);
  const forgets = openSweep({
    name: 'nothing at all',
    retentionHours: 1,
    // A sweep that finds something comes back at once: rowsMax says that there is always more.
    async prune(_beforeMs, rowsMax) {
      await store.sql`update deliveries set sent_at = null, due_at = clock_timestamp() where sent_at is not null and claims = 1`;
      return rowsMax;
    },
    log,
  });
  return { ...honest, background: [...honest.background, forgets] };
});
