/** The running notification keeps what the frontend asks of it, and does what it must with every message it was promised. */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, test } from '@jest/globals';
import { subscriptions } from '../../../impl/notification/subscriptions.ts';
import { withStage } from '../../impl/notification/stage.ts';
import { cloudEventOf } from './listeners.ts';
import { describedAs, messages, type Service } from './messages.ts';
import { pactsOf } from './pact-file.ts';
import { producersOf } from './producers.ts';
import { user } from './shapes.ts';
import { throughSidecars } from './sidecars.ts';
import { askAt, deliver, notificationStates } from './states.ts';
import { verify } from './verify.ts';

test('notification keeps its pact, directly and through its sidecar', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'pacts-'));
  try {
    const pacts = pactsOf('notification', 'Synchronous/HTTP', folder);
    await withStage(async (stage) => {
      const replica = await stage.notification(0, { PUSH_HOSTS: 'fcm.googleapis.com', RELAY: 'off' });
      const states = notificationStates(askAt(replica.url, await stage.headersOf(user)), stage.sql, replica.url);
      const token = await stage.issuer.token(user);
      await verify({ provider: 'notification', pacts, url: replica.url, states, token });
      const invoked = await throughSidecars(stage.scope, 'notification', replica);
      await verify({ provider: 'notification', pacts, url: invoked, states, token });
    });
  } finally {
    rmSync(folder, { recursive: true });
  }
}, 240_000);

test('notification makes one notice of each event its pacts promise, and none of its own words', async () => {
  await withStage(async (stage) => {
    const { url } = await stage.notification(0, { RELAY: 'off' });
    for (const message of messages.filter(({ consumer }) => consumer === 'notification')) {
      const { topic, type, provider } = message;
      const told = await producersOf(provider as Service, messages)[describedAs(message)]!();
      const event = cloudEventOf({ content: told.message, metadata: told.__pactMessageMetadata });
      const subscription = subscriptions.find((each) => each.topic === topic);
      // As Dapr sorts them: by the type that the metadata named.
      const route = subscription?.routes?.find((each) => each.type === event.type)?.route ?? subscription?.route ?? '';
      expect([describedAs(message), await deliver(url, route, event)]).toEqual([describedAs(message), { status: 'SUCCESS' }]);
      const notices = await stage.sql`select event_type from notification.notices where event_id = ${String(event.id)}`;
      const isOwn = provider === 'notification';
      expect([type, notices.map((row) => row['event_type'])]).toEqual([type, isOwn ? [] : [type]]);
    }
  });
}, 120_000);
