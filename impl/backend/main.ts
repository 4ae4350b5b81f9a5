/** The task API: changes tasks, and relays what changed. */
import { domainMigrations, domainSchema } from '#domain/migrations.ts';
import { pruneOutbox } from '#kit/outbox.ts';
import { openPostgres } from '#kit/postgres.ts';
import { openRelay } from '#kit/relay.ts';
import { runService } from '#kit/service.ts';
import { openSidecar } from '#kit/sidecar.ts';
import { openSweep } from '#kit/sweep.ts';
import { taskRoutes } from './routes.ts';
import { openTasks } from './tasks.ts';

await runService('backend', async (config, log) => {
  const application = `${config.service}-${config.replica}`;
  const postgres = openPostgres({
    url: config.databaseUrl,
    schema: domainSchema,
    application,
    log,
    connectionsMax: 16,
    statementMsMax: 5_000,
  });
  await postgres.migrate(domainMigrations);
  const sidecar = openSidecar({ port: config.sidecarPort, timeoutMs: 3_000 });
  const relay = openRelay({
    postgres,
    sidecar,
    pubsub: 'kafka-pubsub',
    owner: `${application}-${process.pid}-${Date.now()}`,
    log,
  });
  const sweep = openSweep({
    name: 'outbox',
    retentionHours: config.outboxRetentionHours,
    prune: (beforeMs, rowsMax) => pruneOutbox(postgres.sql, beforeMs, rowsMax),
    log,
  });
  return {
    routers: [taskRoutes(openTasks(postgres))],
    // Only Postgres: with the sidecar or Kafka away, tasks are still accepted and their events wait.
    readiness: [{ name: 'postgres', test: postgres.ping }],
    background: config.relay ? [relay, sweep] : [sweep],
    async close() {
      sidecar.close();
      await postgres.close();
    },
  };
});
