/** What recurring is made of: the cron's tick, and a relay for what it makes. It shares the schema of tasks with backend. */
import type { Logger } from 'pino';
import { domainMigrations, domainSchema } from '#domain/migrations.ts';
import { bestEffortTopics } from '#domain/task-events.ts';
import { catchUpUsual } from '#domain/occurrences.ts';
import { pruneReminders } from '#domain/reminder-rows.ts';
import { databaseUrlOf, type Environment, type KitConfig } from '#kit/config.ts';
import { watchBacklog } from '#kit/backlog.ts';
import { openPostgres } from '#kit/postgres.ts';
import { openRelay } from '#kit/relay/relay.ts';
import type { Parts } from '#kit/service.ts';
import { openSidecar } from '#kit/sidecar/sidecar.ts';
import { openSweep } from '#kit/sweep.ts';
import { tickRoutes } from './routes.ts';
import { openTicker } from './tick.ts';

export const recurringConfig = (env: Environment) => ({
  databaseUrl: databaseUrlOf(env),
  relay: env.oneOf('RELAY', ['on', 'off'], 'on') === 'on',
  /** Of the occurrences of one template that were missed, so many of the newest become tasks. */
  catchUpMax: env.whole('CATCH_UP_MAX', 1, 100, catchUpUsual),
  /** So long after a task was due it is still worth a reminder. */
  graceHours: env.whole('REMINDER_GRACE_HOURS', 1, 24 * 7, 24),
});

/** A reminder is forgotten so long after its due date: no grace lasts longer, so none is sent twice. */
const reminderRetentionHours = 24 * 8;

export async function openRecurring(config: KitConfig & ReturnType<typeof recurringConfig>, log: Logger): Promise<Parts> {
  const application = `${config.service}-${config.replica}`;
  const postgres = openPostgres({
    url: config.databaseUrl,
    schema: domainSchema,
    application,
    log,
    connectionsMax: 12,
    statementMsMax: 3_000,
  });
  await postgres.migrate(domainMigrations);
  watchBacklog(postgres.sql, { deadLetters: false });
  const sidecar = openSidecar({ port: config.sidecarPort, timeoutMs: 3_000, apiToken: config.sidecarApiToken, log });
  const relay = openRelay({
    postgres,
    sidecar,
    pubsub: 'kafka-pubsub',
    bestEffort: bestEffortTopics,
    owner: `${application}-${process.pid}-${Date.now()}`,
    log,
  });
  const { catchUpMax, graceHours } = config;
  const ticker = openTicker({ postgres, log, catchUpMax, graceHours, tickMsMax: 240_000, lanes: 4 });
  const sweep = openSweep({
    name: 'reminders',
    retentionHours: reminderRetentionHours,
    prune: (beforeMs, rowsMax) => pruneReminders(postgres.sql, beforeMs, rowsMax),
    log,
  });
  return {
    routers: [tickRoutes(ticker)],
    // Only Postgres: with the sidecar or Kafka away there are no ticks, and what was made waits.
    readiness: [{ name: 'postgres', test: postgres.ping }],
    background: config.relay ? [relay, ticker, sweep] : [ticker, sweep],
    async close() {
      sidecar.close();
      await postgres.close();
    },
  };
}
