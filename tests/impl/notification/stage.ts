/** One or more replicas of notification on a real database, with a sink where mail and push end. */
import { randomUUID } from 'node:crypto';
import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import connect from 'postgres';
import type { PreferencesPut, ReminderEvent } from '#contracts/types.ts';
import { claimFolder } from '#harness/process/folder.ts';
import { type Sink, sink } from '#harness/process/sink.ts';
import { until } from '#harness/process/until.ts';
import { appApiToken, type Replica, type Scene, withPostgres } from '../scene.ts';

export interface Stage extends Scene {
  readonly sink: Sink;
  readonly sql: connect.Sql;
  notification(replica: number, env?: Record<string, string>): Promise<Replica>;
  /** As that user, with JSON. */
  call(replica: Replica, user: string, method: string, path: string, body?: unknown): Promise<{ status: number; body: unknown }>;
  prefer(replica: Replica, user: string, preferences: PreferencesPut): Promise<void>;
  /** Subscribes a browser of the sink; its id decides how the push service behaves. */
  subscribe(replica: Replica, user: string, id: string): Promise<void>;
  /** The events about this reminder that this service has promised, oldest first. */
  ended(reminderId: string): Promise<ReminderEvent[]>;
  untilEnded(reminderId: string, count: number, giveUpMs?: number): Promise<ReminderEvent[]>;
}

export const withStage = (act: (stage: Stage) => Promise<void>): Promise<void> =>
  withPostgres(async (scene) => {
    const folder = claimFolder(scene.scope, { name: 'impl-sink' });
    mkdirSync(join(folder, 'logs'), { recursive: true });
    const mailAndPush = await scene.scope.use(sink({ folder }));
    const sql = connect(scene.databaseUrl, { max: 2, onnotice: () => {} });
    scene.scope.defer('close the test connection', () => sql.end());
    const stage: Stage = {
      ...scene,
      sink: mailAndPush,
      sql,
      notification: (replica, env = {}) =>
        scene.start('notification', replica, {
          SMTP_URL: mailAndPush.smtpUrl,
          MAIL_FROM: 'Todo <reminders@todo.example>',
          PUBLIC_URL: 'https://todo.example/',
          PUSH_HOSTS: new URL(mailAndPush.pushOrigin).host,
          NODE_EXTRA_CA_CERTS: mailAndPush.caFile,
          ...env,
        }),
      async call({ url }, user, method, path, body) {
        const answer = await fetch(`${url}/api/${encodeURIComponent(user)}${path}`, {
          method,
          headers: await scene.headersOf(user),
          ...(body !== undefined && { body: JSON.stringify(body) }),
        });
        const text = await answer.text();
        return { status: answer.status, body: text === '' ? null : JSON.parse(text) };
      },
      async prefer(replica, user, preferences) {
        const { status, body } = await stage.call(replica, user, 'PUT', '/preferences', preferences);
        if (status !== 200) throw new Error(`preferences refused: ${JSON.stringify(body)}`);
      },
      async subscribe(replica, user, id) {
        const { status, body } = await stage.call(replica, user, 'POST', '/push-subscriptions', await mailAndPush.subscribe(id));
        if (status !== 201) throw new Error(`subscription refused: ${JSON.stringify(body)}`);
      },
      async ended(reminderId) {
        const rows = await sql<{ body: ReminderEvent }[]>`
          select body from notification.outbox where body->'data'->>'reminder_id' = ${reminderId} order by seq`;
        return rows.map((row) => row.body);
      },
      untilEnded: (reminderId, count, giveUpMs = 10_000) =>
        until(
          `${count} endings of ${reminderId}`,
          async () => {
            const events = await stage.ended(reminderId);
            return events.length >= count ? events : undefined;
          },
          { everyMs: 50, giveUpMs },
        ),
    };
    await act(stage);
  });

export function reminderDue(user: string, data: Partial<ReminderEvent['data']> = {}, version = 'v1.2'): ReminderEvent {
  const event_id = randomUUID();
  return {
    event_id,
    event_type: 'reminder.due',
    timestamp: new Date().toISOString(),
    version,
    data: {
      task_id: 42,
      user_id: user,
      task_title: 'Water the plants',
      due_date: '2030-12-20T23:59:00Z',
      reminder_time: '2030-12-20T22:59:00Z',
      notification_channels: ['email'],
      ...(version !== 'v1.0' && { reminder_id: event_id, lead_minutes: 60 }),
      ...data,
    },
  };
}

/** What the sidecar does with an event: posts it as a CloudEvent where its type leads, and reads one word. */
export async function deliver({ url }: Replica, event: ReminderEvent | object, token = appApiToken): Promise<string> {
  const type = String((event as Partial<ReminderEvent>).event_type);
  const path = type.startsWith('task.') ? 'task-events' : type === 'reminder.due' ? 'reminders/due' : 'reminders';
  const answer = await fetch(`${url}/events/${path}`, {
    method: 'POST',
    headers: { 'content-type': 'application/cloudevents+json', 'dapr-api-token': token },
    body: JSON.stringify({
      specversion: '1.0',
      id: randomUUID(),
      source: 'test',
      type,
      datacontenttype: 'application/json',
      data: event,
    }),
  });
  const body = (await answer.json()) as { status: unknown };
  return answer.status === 200 ? String(body.status) : `HTTP ${answer.status}`;
}
