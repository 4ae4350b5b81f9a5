/** Every service keeps its sidecar's addresses to its sidecar, and says so in the same words. */
import { randomBytes } from 'node:crypto';
import { expect, it } from '@jest/globals';
import { appApiToken, withPostgres } from '../../scene.ts';

const publicUrl = 'http://127.0.0.1';
const envs: Readonly<Record<string, Record<string, string>>> = {
  backend: {},
  recurring: {},
  notification: { SMTP_URL: 'smtp://127.0.0.1:9', PUBLIC_URL: publicUrl },
  frontend: { PUBLIC_URL: publicUrl, OIDC_CLIENT_SECRET: 'x', SESSION_KEYS: randomBytes(32).toString('base64url') },
};
/** What one service or another takes from its sidecar, and what none does. */
const paths = [
  '/dapr/subscribe',
  '/dapr/config',
  '/dapr/cron/reminder-cron',
  '/dapr/cron/nothing',
  '/dapr',
  '/events/task-events',
  '/events/task-updates',
  '/events/reminders',
  '/events/reminders/due',
  '/events/nothing',
  '/events',
];

it('tells strangers the same of every such address in every service', async () => {
  await withPostgres(async (scene) => {
    const replicas = await Promise.all(Object.entries(envs).map(([name, env]) => scene.start(name, 0, { RELAY: 'off', ...env })));
    const told = new Set<string>();
    for (const { url } of replicas)
      for (const path of paths)
        for (const method of ['GET', 'POST', 'PUT', 'DELETE', 'OPTIONS']) {
          const answer = await fetch(url + path, { method, headers: { 'dapr-api-token': 'guess' } });
          const { type, title, status, detail } = (await answer.json()) as Record<string, unknown>;
          told.add(JSON.stringify([answer.status, type, title, status, detail]));
        }
    const sentence = 'This address takes calls of the sidecar only';
    expect([...told]).toEqual([JSON.stringify([401, 'urn:problem:sidecar-only', sentence, 401, sentence])]);

    // And the sidecar still hears of each what it is.
    const headers = { 'dapr-api-token': appApiToken };
    const subscribed = await Promise.all(
      replicas.map(async ({ url }) => (await fetch(`${url}/dapr/subscribe`, { headers })).status),
    );
    expect(Object.keys(envs).map((name, at) => [name, subscribed[at]])).toEqual([
      ['backend', 404],
      ['recurring', 404],
      ['notification', 200],
      ['frontend', 200],
    ]);
  });
}, 120_000);
