/** With a real sidecar and Kafka: ticks come by themselves, and what they make is published. */
import { describe, expect, it } from '@jest/globals';
import connect from 'postgres';
import { until } from '../../../harness/process/until.ts';
import { withBroker, withPostgres } from '../scene.ts';
import { dueTasks, dueTemplates } from './scene.ts';

/** As components/local has it, but for the schedule. */
const everySecond = `
apiVersion: dapr.io/v1alpha1
kind: Component
metadata: { name: reminder-cron }
spec:
  type: bindings.cron
  version: v1
  metadata:
    - { name: schedule, value: "@every 1s" }
    - { name: direction, value: "input" }
    - { name: route, value: "/dapr/cron/reminder-cron" }
`;

describe('the cron of the sidecar', () => {
  it('ticks by itself with the token of the app; tasks and reminders reach Kafka', async () => {
    await withPostgres(async (scene) => {
      const replica = await scene.start('recurring', 0);
      const sql = connect(scene.databaseUrl, { max: 2, connection: { search_path: 'domain' } });
      scene.scope.defer('close the test connection', () => sql.end());
      await withBroker(
        scene,
        async (broker) => {
          await broker.sidecarOf(replica, 'recurring');
          for (let round = 1; round <= 2; round++) {
            await dueTemplates(sql, 3);
            await dueTasks(sql, 2);
            const sent = async () => {
              const rows = await sql<{ type: string }[]>`
                select body->>'event_type' as type from outbox where sent_at is not null order by type`;
              return rows.length >= 5 * round ? rows.map((row) => row.type) : undefined;
            };
            const types = await until(`round ${round} is published`, sent, { everyMs: 50, giveUpMs: 60_000 });
            const of = (type: string) => types.filter((each) => each === type).length;
            expect([of('reminder.due'), of('task.created')]).toEqual([2 * round, 3 * round]);
          }
          expect(await sql`select from outbox where last_error is not null`).toHaveLength(0);
        },
        [everySecond],
      );
    });
  }, 240_000);
});
