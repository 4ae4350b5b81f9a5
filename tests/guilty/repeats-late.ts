/** Guilty: does again what was done long ago, when its experiment is over and nobody looks any more. */
import { openSweep } from '../../impl/kit/sweep.ts';
import { runService } from '../../impl/kit/service.ts';
import { notificationConfig, openStore, partsOn } from '../../impl/notification/notification.ts';

await runService('notification', notificationConfig, async (config, log) => {
  const store = await openStore(config, log);
  const honest = await partsOn(store, config, log);
  const repeats = openSweep({
    name: 'nothing at all',
    retentionHours: 1,
    // A sweep that finds something comes back at once: rowsMax says that there is always more. Late: not before something else has
    // been silent for a while and begun again, which is the next experiment.
    async prune(_beforeMs, rowsMax) {
      await store.sql`
        insert into notices (event_id, event_type, task_id, user_id, title)
        select event_id, event_type, task_id, user_id, title from notices as old
        where event_type = 'task.created' and user_id <> 'canary' and created_at < clock_timestamp() - interval '4 seconds'
          and exists (select from notices as later where later.created_at > old.created_at + interval '4 seconds')
          and not exists (select from notices as copy where copy.event_id = old.event_id and copy.seq <> old.seq)
        limit 1`;
      return rowsMax;
    },
    log,
  });
  return { ...honest, background: [...honest.background, repeats] };
});
