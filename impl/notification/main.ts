/** Turns task events into notices, each once. */
import { fileURLToPath } from 'node:url';
import type { TaskEvent } from '#contracts/types.ts';
import { pruneInbox } from '#kit/inbox.ts';
import { inboxMigrations } from '#kit/migrations.ts';
import { openPostgres } from '#kit/postgres.ts';
import { runService } from '#kit/service.ts';
import { openSidecar } from '#kit/sidecar.ts';
import { createSubscriber, type Subscription } from '#kit/subscribe.ts';
import { openSweep } from '#kit/sweep.ts';
import { insertNotice } from './notices.ts';

const taskEvents: Subscription<TaskEvent> = {
  pubsub: 'kafka-pubsub',
  topic: 'task-events',
  deadLetterTopic: 'task-events-dead',
  route: '/events/task-events',
  contract: 'task-event',
  handle: insertNotice,
};

await runService('notification', async (config, log) => {
  const application = `${config.service}-${config.replica}`;
  const postgres = openPostgres({
    url: config.databaseUrl,
    schema: 'notification',
    application,
    log,
    connectionsMax: 12,
    statementMsMax: 5_000,
  });
  await postgres.migrate([inboxMigrations, fileURLToPath(new URL('./migrations/notification', import.meta.url))]);
  const sidecar = openSidecar({ port: config.sidecarPort, timeoutMs: 1_000 });
  const { router, check } = createSubscriber({ subscriptions: [taskEvents], postgres, sidecar, log });
  const sweep = openSweep({
    name: 'inbox',
    retentionHours: config.inboxRetentionHours,
    prune: (beforeMs, rowsMax) => pruneInbox(postgres.sql, beforeMs, rowsMax),
    log,
  });
  return {
    routers: [router],
    readiness: [{ name: 'postgres', test: postgres.ping }, check],
    background: [sweep],
    async close() {
      sidecar.close();
      await postgres.close();
    },
  };
});
