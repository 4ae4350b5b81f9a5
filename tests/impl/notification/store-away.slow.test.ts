/** Longer than any budget of tries: what is no fault of the event's is no reason to drop it. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { expect, it } from '@jest/globals';
import connect from 'postgres';
import { until } from '#harness/process/until.ts';
import { withBroker, withPostgres } from '../scene.ts';

const awayMs = 240_000;
/** Who retries, and how often, is said here and nowhere else. */
const resiliency = readFileSync(join(import.meta.dirname, '../../../components/local/resiliency.yaml'), 'utf8');

it('no event is dropped while the tables of notification are away for four minutes', async () => {
  await withPostgres(async (scene) => {
    await withBroker(
      scene,
      async (broker) => {
        const sql = connect(scene.databaseUrl, { max: 2 });
        scene.scope.defer('close the test connection', () => sql.end());
        const backend = await scene.start('backend', 0);
        const notification = await scene.start('notification', 0, {
          PUBLIC_URL: 'http://127.0.0.1',
          SMTP_URL: 'smtp://127.0.0.1:9',
        });
        await broker.sidecarOf(backend, 'backend');
        await broker.sidecarOf(notification, 'notification');
        const headers = await scene.headersOf('u');
        await sql`alter schema notification rename to notification_away`;
        for (let n = 0; n < 30; n++) {
          const answer = await fetch(`${backend.url}/api/u/tasks`, { method: 'POST', headers, body: `{"title":"task ${n}"}` });
          expect(answer.status).toBe(201);
        }
        await sleep(awayMs);
        await sql`alter schema notification_away rename to notification`;
        await until(
          'all had their effect',
          async () => ((await sql`select 1 from notification.notices`).count === 30 ? true : undefined),
          { everyMs: 200, giveUpMs: 60_000 },
        );
        expect(await sql`select 1 from notification.dead_letters`).toHaveLength(0);
      },
      [resiliency],
    );
  });
}, 400_000);
