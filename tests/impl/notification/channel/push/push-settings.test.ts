import { expect, it } from '@jest/globals';
import { readConfig } from '#kit/config.ts';
import { pushSettings } from '../../../../../impl/notification/channel/push/push-settings.ts';

it('finds all it needs by itself: keys in the database, browser vendors, and whom to write to', () => {
  const read = (env: Record<string, string>) =>
    readConfig({ APP_PORT: '8002', ...env }, 'notification', (environment) =>
      pushSettings(environment, 'Todo <reminders@todo.example>'),
    );
  expect(read({})).toMatchObject({ vapidKeys: null, subject: 'mailto:reminders@todo.example' });
  expect(read({}).hosts).toContain('fcm.googleapis.com');
  expect(read({ PUSH_HOSTS: 'push.example:*', VAPID_SUBJECT: 'https://todo.example' })).toMatchObject({
    hosts: ['push.example:*'],
    subject: 'https://todo.example',
  });
});
