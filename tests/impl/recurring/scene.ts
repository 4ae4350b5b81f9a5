/** Replicas of recurring on a real Postgres, ticked by hand as a sidecar would. */
import connect from 'postgres';
import { appApiToken, type Replica, type Scene, withPostgres } from '../scene.ts';

export interface TickAnswer {
  readonly busy?: boolean;
  readonly generated: number;
  readonly skipped: number;
  readonly reminded: number;
  readonly failed: number;
  readonly ms: number;
  readonly more: boolean;
}

export interface RecurringScene extends Scene {
  readonly sql: connect.Sql;
  readonly replicas: readonly Replica[];
}

export async function withRecurring(
  replicas: number,
  act: (scene: RecurringScene) => Promise<void>,
  env: Record<string, string> = {},
): Promise<void> {
  await withPostgres(async (scene) => {
    // The relay has a test of its own: here the outbox shows what was enqueued.
    const started = await Promise.all(
      Array.from({ length: replicas }, (_, n) => scene.start('recurring', n, { RELAY: 'off', ...env })),
    );
    const sql = connect(scene.databaseUrl, { max: 4, connection: { search_path: 'domain' } });
    scene.scope.defer('close the test connection', () => sql.end());
    await act({ ...scene, sql, replicas: started });
  });
}

/** As the cron of a sidecar does it: no body, with the content type of JSON. */
export const knock = (replica: Pick<Replica, 'url'>, token: string | undefined = appApiToken): Promise<Response> =>
  fetch(`${replica.url}/dapr/cron/reminder-cron`, {
    method: 'POST',
    headers: { 'content-type': 'application/json', ...(token !== undefined && { 'dapr-api-token': token }) },
  });

export async function tick(replica: Replica): Promise<TickAnswer> {
  const answer = await knock(replica);
  if (answer.status !== 200) throw new Error(`tick answered ${answer.status}: ${await answer.text()}`);
  return (await answer.json()) as TickAnswer;
}

/** Templates that came round once, some seconds ago, and come round again tomorrow. */
export async function dueTemplates(sql: connect.Sql, count: number): Promise<void> {
  const startsAt = new Date(Math.floor(Date.now() / 1000) * 1000 - 10_000);
  await sql`
    insert into templates (user_id, title, rrule, time_zone, starts_at, due_after_minutes, reminder_lead_minutes, next_occurrence)
    select 'u' || n, 'again ' || n, 'FREQ=DAILY', 'UTC', ${startsAt.toISOString().slice(0, 19)}, 10080, '{}', ${startsAt}
    from generate_series(1, ${count}) as n`;
}

/** Tasks that are due in half an hour and want to be reminded of an hour before. */
export async function dueTasks(sql: connect.Sql, count: number): Promise<number[]> {
  const rows = await sql<{ id: number }[]>`
    insert into tasks (user_id, title, due_date)
    select 'u' || n, 'soon ' || n, ${new Date(Date.now() + 1_800_000)} from generate_series(1, ${count}) as n
    returning id`;
  return rows.map((row) => row.id);
}

/** Events in the order in which they were enqueued. */
export const events = (sql: connect.Sql) =>
  sql<{ id: string; key: string; topics: string[]; type: string; trace: string | null; body: never }[]>`
    select id::text, key, topics, body->>'event_type' as type, trace, body from outbox order by seq`;
