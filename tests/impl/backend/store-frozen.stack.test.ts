/** A database that stands still, as on a host that swaps: what users are told, how soon, and what is done of it afterwards. */
import { setTimeout as sleep } from 'node:timers/promises';
import { expect, it } from '@jest/globals';
import connect from 'postgres';
import { until } from '#harness/process/until.ts';
import { withPostgres } from '../scene.ts';

it('hundreds of creates are refused in time, and none of them is done when the database goes on', async () => {
  await withPostgres(async (scene) => {
    const sql = connect(scene.databaseUrl, { max: 1 });
    scene.scope.defer('close the test connection', () => sql.end());
    const backend = await scene.start('backend', 0, { RELAY: 'off' });
    const headers = await scene.headersOf('u');
    const create = async (n: number) => {
      const startedAt = performance.now();
      const answer = await fetch(`${backend.url}/api/u/tasks`, { method: 'POST', headers, body: `{"title":"task ${n}"}` });
      const { type } = (await answer.json()) as { type?: string };
      return { status: answer.status, type, ms: performance.now() - startedAt };
    };
    expect((await create(0)).status).toBe(201);
    await scene.database.pause();
    const answers = await Promise.all(
      Array.from({ length: 600 }, async (_, n) => {
        await sleep(n * 5);
        return create(n + 1);
      }),
    );
    await scene.database.resume();
    // As many at once as there are sessions: whatever was sent to one before has been read by then.
    const again = await Promise.all(Array.from({ length: 64 }, () => create(0)));
    expect(again.every(({ status }) => status === 201)).toBe(true);
    await until(
      'its sessions are at rest',
      async () =>
        (await sql`select 1 from pg_stat_activity where application_name like 'backend%' and state <> 'idle'`).count === 0 ||
        undefined,
      { everyMs: 50, giveUpMs: 15_000 },
    );
    expect(new Set(answers.map(({ status, type }) => `${status} ${type}`))).toEqual(
      new Set(['503 urn:problem:store-unavailable']),
    );
    // Below the 10 s after which nobody listens any more.
    expect(Math.max(...answers.map(({ ms }) => ms))).toBeLessThan(8_500);
    expect(await sql`select distinct title from domain.tasks`).toEqual([{ title: 'task 0' }]);
    expect(await sql`select 1 from domain.tasks`).toHaveLength(65);
  });
}, 120_000);
