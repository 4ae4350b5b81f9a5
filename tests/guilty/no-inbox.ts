/** Guilty: forgets which events it has let in, as a subscriber without an inbox does. */
import { fileURLToPath } from 'node:url';
import type { TaskEvent } from '../../contracts/types.ts';
import { inboxMigrations } from '../../impl/kit/migrations.ts';
import { openPostgres, type Postgres } from '../../impl/kit/postgres.ts';
import { runService } from '../../impl/kit/service.ts';
import { openSidecar } from '../../impl/kit/sidecar.ts';
import { createSubscriber } from '../../impl/kit/subscribe.ts';
import { insertNotice } from '../../impl/notification/notices.ts';

const migrations = fileURLToPath(new URL('../../impl/notification/migrations/notification', import.meta.url));

await runService('notification', async (config, log) => {
  const postgres = openPostgres({
    url: config.databaseUrl,
    schema: 'notification',
    application: 'no-inbox',
    log,
    connectionsMax: 12,
    statementMsMax: 5_000,
  });
  await postgres.migrate([inboxMigrations, migrations]);
  const forgetful: Postgres = {
    ...postgres,
    transaction: (deed) =>
      postgres.transaction(async (tx) => {
        await tx`delete from inbox`;
        return deed(tx);
      }),
  };
  const sidecar = openSidecar({ port: config.sidecarPort, timeoutMs: 1_000 });
  const { router, check } = createSubscriber<TaskEvent>({
    subscriptions: [
      {
        pubsub: 'kafka-pubsub',
        topic: 'task-events',
        deadLetterTopic: 'task-events-dead',
        route: '/events/task-events',
        contract: 'task-event',
        handle: insertNotice,
      },
    ],
    postgres: forgetful,
    sidecar,
    log,
  });
  return {
    routers: [router],
    readiness: [{ name: 'postgres', test: postgres.ping }, check],
    background: [],
    async close() {
      sidecar.close();
      await postgres.close();
    },
  };
});
