/** What backend is made of: the task API, the chat, and the relay of what changed. */
import type { Logger } from 'pino';
import { domainMigrations, domainSchema } from '#domain/migrations.ts';
import { bestEffortTopics } from '#domain/task-events.ts';
import { openAuth } from '#kit/web/auth.ts';
import { databaseUrlOf, type Environment, identityOf, type KitConfig } from '#kit/config.ts';
import { pruneOutbox } from '#kit/outbox.ts';
import { watchBacklog } from '#kit/backlog.ts';
import { openPostgres } from '#kit/postgres.ts';
import { openRelay } from '#kit/relay/relay.ts';
import type { Parts } from '#kit/service.ts';
import { openSidecar } from '#kit/sidecar/sidecar.ts';
import { openSweep } from '#kit/sweep.ts';
import { chatConfig, openChat } from './chat/chat.ts';
import { pruneIdempotency } from './idempotency.ts';
import { openApiRoutes } from './openapi.ts';
import { taskRoutes } from './task-routes.ts';
import { templateRoutes } from './template-routes.ts';

export const backendConfig = (env: Environment) => ({
  databaseUrl: databaseUrlOf(env),
  identity: identityOf(env),
  relay: env.oneOf('RELAY', ['on', 'off'], 'on') === 'on',
  outboxRetentionHours: env.whole('OUTBOX_RETENTION_HOURS', 1, 24 * 366, 24),
  /** How long a request may be repeated with its Idempotency-Key. */
  idempotencyRetentionHours: env.whole('IDEMPOTENCY_RETENTION_HOURS', 1, 24 * 31, 24),
  chat: chatConfig(env),
});

export async function openBackend(config: KitConfig & ReturnType<typeof backendConfig>, log: Logger): Promise<Parts> {
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
  watchBacklog(postgres.sql, { deadLetters: false });
  const sidecar = openSidecar({
    port: config.sidecarPort,
    timeoutMs: 3_000,
    // The chat has shorter deadlines of its own while a user waits; what it merges later may take its time.
    stateTimeoutMs: 3_000,
    apiToken: config.sidecarApiToken,
    log,
  });
  const relay = openRelay({
    postgres,
    sidecar,
    pubsub: 'kafka-pubsub',
    bestEffort: bestEffortTopics,
    owner: `${application}-${process.pid}-${Date.now()}`,
    log,
  });
  const { requireOwner } = openAuth({ ...config.identity, log });
  const chat = openChat({ config: config.chat, sidecar, postgres, requireOwner, log });
  const sweeps = [
    openSweep({
      name: 'outbox',
      retentionHours: config.outboxRetentionHours,
      prune: (beforeMs, rowsMax) => pruneOutbox(postgres.sql, beforeMs, rowsMax),
      log,
    }),
    openSweep({
      name: 'idempotency',
      retentionHours: config.idempotencyRetentionHours,
      prune: (beforeMs, rowsMax) => pruneIdempotency(postgres.sql, beforeMs, rowsMax),
      log,
    }),
  ];
  return {
    routers: [openApiRoutes(), taskRoutes({ postgres, requireOwner }), templateRoutes({ postgres, requireOwner }), chat.router],
    // Only Postgres: with the sidecar, Kafka or Redis away, tasks are still accepted, events wait, and the chat remembers.
    readiness: [{ name: 'postgres', test: postgres.ping }],
    background: [...(config.relay ? [relay] : []), ...chat.background, ...sweeps],
    async close() {
      sidecar.close();
      await postgres.close();
    },
  };
}
