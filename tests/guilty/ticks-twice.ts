/** Guilty: makes a second task of every occurrence, a second later: what a tick without a unique key does. */
import { openSweep } from '../../impl/kit/sweep.ts';
import { runService } from '../../impl/kit/service.ts';
import { openPostgres } from '../../impl/kit/postgres.ts';
import { domainSchema } from '../../impl/domain/migrations.ts';
import { openRecurring, recurringConfig } from '../../impl/recurring/recurring.ts';

await runService('recurring', recurringConfig, async (config, log) => {
  const honest = await openRecurring(config, log);
  const { sql, close } = openPostgres({
    url: config.databaseUrl,
    schema: domainSchema,
    application: 'crook',
    log,
    connectionsMax: 1,
    statementMsMax: 5_000,
  });
  const again = openSweep({
    name: 'nothing at all',
    retentionHours: 1,
    // A sweep that finds something comes back at once: rowsMax says that there is always more.
    async prune(_beforeMs, rowsMax) {
      await sql`
        insert into tasks (user_id, title, template_id, occurrence_at)
        select user_id, 'again', template_id, occurrence_at + interval '1 second' from tasks
        where template_id is not null and title <> 'again'
        on conflict do nothing`;
      return rowsMax;
    },
    log,
  });
  return {
    ...honest,
    background: [...honest.background, again],
    async close() {
      await Promise.all([close(), honest.close()]);
    },
  };
});
