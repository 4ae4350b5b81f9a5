/** What waits for a person, from the gauge that calls one to the command that ends it, on real parts. */
import { execFile } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, it } from '@jest/globals';
import connect from 'postgres';
import { parse } from 'yaml';
import { until } from '#harness/process/until.ts';
import { eventId } from '#kit/event-id.ts';
import { bucketOf } from '#kit/outbox.ts';
import { withBroker, withPostgres } from '../scene.ts';

const root = join(import.meta.dirname, '../../..');
const soon = { everyMs: 50, giveUpMs: 30_000 };

it('parked and dropped events are told, listed, put right', async () => {
  await withPostgres(async (scene) => {
    await withBroker(scene, async (broker) => {
      const sql = connect(scene.databaseUrl, { max: 2 });
      scene.scope.defer('close the test connection', () => sql.end());
      const [backend, notification, recurring] = await Promise.all([
        scene.start('backend', 0),
        scene.start('notification', 0, { PUBLIC_URL: 'http://127.0.0.1', SMTP_URL: 'smtp://127.0.0.1:9' }),
        scene.start('recurring', 0, { RELAY: 'off' }),
      ]);
      await broker.sidecarOf(backend, 'backend');
      await broker.sidecarOf(notification, 'notification');
      const gauge = async (url: string, name: string) => {
        const text = await (await fetch(`${url}/metrics`)).text();
        const [, value] = new RegExp(`^${name} (\\S+)$`, 'm').exec(text) ?? [];
        return Number(value);
      };
      const admin = (...words: string[]) =>
        new Promise<{ code: number; out: string }>((done) =>
          execFile(
            process.execPath,
            [join(root, 'impl/admin/main.ts'), ...words],
            { env: { ...process.env, DATABASE_URL: scene.databaseUrl } },
            (error, stdout, stderr) => done({ code: Number(error?.code ?? 0), out: stdout + stderr }),
          ),
        );
      expect(await admin('parked', 'list')).toEqual({ code: 0, out: 'no event is parked\n' });
      expect(await admin('dead-letters', 'list')).toEqual({ code: 0, out: 'no event was dropped\n' });

      // Larger than the broker takes, as no request of ours can be.
      const large = eventId();
      const golden = JSON.parse(
        readFileSync(join(root, 'contracts/events/task-event/golden/v1.0/task.created.json'), 'utf8'),
      ) as { data: { id: number } };
      const body = { ...golden, event_id: large, data: { ...golden.data, title: 'x'.repeat(1_500_000) } };
      await sql`
        insert into domain.outbox (id, topics, key, bucket, body)
        values (${large}, '{task-events}', '7', ${bucketOf('7')}, ${JSON.stringify(body)}::text::jsonb)`;
      await until(
        'it is parked',
        async () => ((await sql`select 1 from domain.outbox where parked_at is not null`).count ? true : undefined),
        soon,
      );
      await until('a gauge says so', async () => ((await gauge(backend.url, 'outbox_parked')) === 1 ? true : undefined), soon);
      expect((await admin('parked', 'list')).out).toContain(`${large}  domain  task.created  key 7  for task-events  since `);
      expect(await admin('parked', 'release', eventId())).toMatchObject({
        code: 1,
        out: expect.stringContaining('is not parked'),
      });
      await sql`update domain.outbox set body = jsonb_set(body, '{data,title}', '"short"') where id = ${large}`;
      expect(await admin('parked', 'release', large)).toEqual({ code: 0, out: `${large}: released\n` });
      const noticed = (id: string) =>
        until(
          `${id} has its effect`,
          async () => ((await sql`select 1 from notification.notices where event_id = ${id}`).count ? true : undefined),
          soon,
        );
      await noticed(large);

      // Of a version that nobody here reads yet, and what is no event at all.
      const newer = eventId();
      const publish = async (data: string, id: string) => {
        const query = `metadata.cloudevent.id=${id}&metadata.cloudevent.type=task.created&metadata.partitionKey=7`;
        const answer = await fetch(`http://127.0.0.1:${backend.sidecarPort}/v1.0/publish/kafka-pubsub/task-events?${query}`, {
          method: 'POST',
          headers: { 'content-type': 'application/json' },
          body: data,
        });
        expect(answer.status).toBe(204);
      };
      await publish(JSON.stringify({ ...golden, event_id: newer, version: 'v9.0' }), newer);
      await publish('"no event"', 'strange');
      await until(
        'both are dead letters',
        async () => ((await sql`select 1 from notification.dead_letters`).count === 2 ? true : undefined),
        soon,
      );
      await until(
        'a gauge says so',
        async () => ((await gauge(notification.url, 'dead_letters')) === 2 ? true : undefined),
        soon,
      );
      const { out } = await admin('dead-letters', 'list');
      expect(out).toMatch(
        new RegExp(
          `^${newer}  task-events  task\\.created  key ${golden.data.id}  1x since \\S+  waits  version is not one`,
          'm',
        ),
      );
      expect(out).toMatch(/^strange {2}task-events {2}no event/m);

      // Not mended yet: it comes back, and is counted.
      expect((await admin('dead-letters', 'redrive', newer)).out).toBe(`${newer}: goes to its topic again\n`);
      await until(
        'it is back',
        async () =>
          (await sql`select 1 from notification.dead_letters where times = 2 and redriven_at is null`).count ? true : undefined,
        soon,
      );
      // Mended: as if a release that reads it had come.
      await sql`update notification.dead_letters set body = replace(body, 'v9.0', 'v1.0') where id = ${newer}`;
      expect(await admin('dead-letters', 'redrive', '--all')).toEqual({
        code: 1,
        out: `strange: can't be sent, it is no event of ours; discard it when nobody needs it\n${newer}: goes to its topic again\n`,
      });
      await noticed(newer);
      expect(await admin('dead-letters', 'discard', 'strange')).toEqual({ code: 0, out: '1 forgotten\n' });
      expect((await admin('dead-letters', 'list')).out).toMatch(new RegExp(`^${newer} .* sent again`));

      // Every metric that a rule looks at is exported by some service; a name that nobody exports would never call anybody.
      const rules = parse(readFileSync(join(root, 'k8s/alerts/rules.yaml'), 'utf8')) as {
        groups: { rules: { alert: string; expr: string }[] }[];
      };
      const exported = (
        await Promise.all([backend, notification, recurring].map(async ({ url }) => (await fetch(`${url}/metrics`)).text()))
      ).join('\n');
      const asked = rules.groups.flatMap((group) => group.rules.flatMap(({ expr }) => expr.match(/\b[a-z]+_[a-z_]+\b/g) ?? []));
      expect(asked.length).toBeGreaterThanOrEqual(4);
      for (const name of asked) expect(exported).toMatch(new RegExp(`^# TYPE ${name} `, 'm'));
    });
  });
}, 180_000);
