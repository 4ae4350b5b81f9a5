/** What real sidecars send along: a call from another app has the app's token, and must not pass for a delivery. */
import { expect, it } from '@jest/globals';
import { withBroker, withPostgres } from '../../scene.ts';

it('an app that is called by another one takes no events from it', async () => {
  await withPostgres(async (scene) => {
    await withBroker(scene, async (broker) => {
      const backend = await scene.start('backend', 0, { RELAY: 'off' });
      const notification = await scene.start('notification', 0, {
        PUBLIC_URL: 'http://127.0.0.1',
        SMTP_URL: 'smtp://127.0.0.1:9',
      });
      await broker.sidecarOf(backend, 'backend');
      await broker.sidecarOf(notification, 'notification');
      const invoke = (path: string, method: string) =>
        fetch(`http://127.0.0.1:${backend.sidecarPort}/v1.0/invoke/notification/method${path}`, {
          method,
          headers: { 'content-type': 'application/cloudevents+json' },
          ...(method === 'POST' && { body: '{}' }),
        });
      expect((await invoke('/livez', 'GET')).status).toBe(200);
      for (const path of ['/events/task-events', '/events/reminders', '/dapr/subscribe']) {
        const answer = await invoke(path, path.startsWith('/dapr') ? 'GET' : 'POST');
        expect([path, answer.status, ((await answer.json()) as { type: string }).type]).toEqual([
          path,
          401,
          'urn:problem:sidecar-only',
        ]);
      }
    });
  });
}, 120_000);
