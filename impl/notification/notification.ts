/** What notification is made of: events in, notices and deliveries kept, reminders out by every channel, and what a user may say. */
import { fileURLToPath } from 'node:url';
import type { Logger } from 'pino';
import { openAuth } from '#kit/web/auth.ts';
import type { KitConfig } from '#kit/config.ts';
import { pruneInbox } from '#kit/receive/inbox.ts';
import { inboxMigrations, outboxMigrations } from '#kit/migrations.ts';
import { pruneOutbox } from '#kit/outbox.ts';
import { watchBacklog } from '#kit/backlog.ts';
import { openPostgres, type Postgres, type Sql } from '#kit/postgres.ts';
import { openRelay } from '#kit/relay/relay.ts';
import type { Background, Parts } from '#kit/service.ts';
import { openSidecar } from '#kit/sidecar/sidecar.ts';
import { createSubscriber } from '#kit/receive/subscribe.ts';
import { openSweep } from '#kit/sweep.ts';
import { type NotificationConfig, notificationConfig } from './config.ts';
import { pruneDeliveries } from './deliveries.ts';
import { openDeliveryLane } from './delivery-lane.ts';
import { pruneNotices } from './notices.ts';
import { userRoutes } from './routes.ts';
import { subscriptions } from './subscriptions.ts';
import { pruneTaskStates } from './task-states.ts';

export { notificationConfig };

type Config = KitConfig & NotificationConfig;

const migrations = fileURLToPath(new URL('./migrations/notification', import.meta.url));
const applicationOf = (config: Config): string => `${config.service}-${config.replica}`;

export const openNotification = async (config: Config, log: Logger): Promise<Parts> =>
  partsOn(await openStore(config, log), config, log);

/** The pool, with every table there. */
export async function openStore(config: Config, log: Logger): Promise<Postgres> {
  const postgres = openPostgres({
    url: config.databaseUrl,
    schema: 'notification',
    application: applicationOf(config),
    log,
    connectionsMax: 16,
    statementMsMax: 5_000,
  });
  await postgres.migrate([inboxMigrations, outboxMigrations, migrations]);
  watchBacklog(postgres.sql, { deadLetters: true });
  return postgres;
}

export async function partsOn(postgres: Postgres, config: Config, log: Logger): Promise<Parts> {
  const { sendMsMax } = config;
  const sidecar = openSidecar({ port: config.sidecarPort, timeoutMs: 3_000, apiToken: config.sidecarApiToken, log });
  const { router, check } = createSubscriber({ subscriptions, postgres, sidecar, log });
  const outlets = await Promise.all(
    config.channels.map(async ({ channel, open }) => ({ channel, sender: await open(postgres) })),
  );
  const senders = outlets.map(({ sender }) => sender);
  const ageMsMax = config.deliveryHoursMax * 3_600_000;
  const lanes = outlets.map((outlet) => openDeliveryLane({ ...outlet, postgres, sendMsMax, ageMsMax, log }));
  const relay = openRelay({
    postgres,
    sidecar,
    pubsub: 'kafka-pubsub',
    owner: `${applicationOf(config)}-${process.pid}-${Date.now()}`,
    log,
  });
  const { requireOwner } = openAuth({ ...config.identity, log });
  return {
    routers: [router, userRoutes({ postgres, requireOwner, senders })],
    // Not the mail server: while it is away, events are still taken and deliveries wait.
    readiness: [{ name: 'postgres', test: postgres.ping }, check],
    background: [...(config.relay ? [relay] : []), ...lanes, ...sweepsOf(postgres.sql, config, log)],
    async close() {
      for (const sender of senders) sender.close();
      sidecar.close();
      await postgres.close();
    },
  };
}

type Prune = (sql: Sql, beforeMs: number, rowsMax: number) => Promise<number>;

function sweepsOf(sql: Sql, config: Config, log: Logger): Background[] {
  const sweep = (name: string, retentionHours: number, prune: Prune) =>
    openSweep({ name, retentionHours, prune: (beforeMs, rowsMax) => prune(sql, beforeMs, rowsMax), log });
  return [
    sweep('inbox', config.inboxRetentionHours, pruneInbox),
    sweep('outbox', config.outboxRetentionHours, pruneOutbox),
    sweep('notices', config.noticeRetentionHours, pruneNotices),
    sweep('deliveries', config.deliveryRetentionHours, pruneDeliveries),
    sweep('task states', config.deliveryRetentionHours, pruneTaskStates),
  ];
}
