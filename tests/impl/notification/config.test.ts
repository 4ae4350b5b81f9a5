import { expect, it } from '@jest/globals';
import { type ConfigError, readConfig } from '#kit/config.ts';
import { notificationConfig } from '../../../impl/notification/config.ts';

const env = {
  APP_PORT: '8002',
  DATABASE_URL: 'postgres://localhost/todo',
  OIDC_ISSUER: 'https://identity.example',
  SMTP_URL: 'smtp://user:secret@mail.example:587',
  PUBLIC_URL: 'https://todo.example/',
};
const read = (more: Record<string, string>) => readConfig({ ...env, ...more }, 'notification', notificationConfig);
const complaints = (more: Record<string, string>): readonly string[] => {
  try {
    read(more);
    return [];
  } catch (error) {
    return (error as ConfigError).complaints;
  }
};

it('needs a database, an issuer, a mail server and its own address, and finds the rest', () => {
  expect(read({})).toMatchObject({
    publicUrl: 'https://todo.example',
    mailFrom: 'Todo <reminders@todo.example>',
    sendMsMax: 45_000,
  });
  expect(read({}).channels.map(({ channel }) => channel.name)).toEqual(['email', 'push']);
  const missing = { DATABASE_URL: '', OIDC_ISSUER: '', PUBLIC_URL: '', SMTP_URL: '' };
  expect([...complaints(missing)].sort()).toEqual(Object.keys(missing).map((name) => `${name} is not set`));
});

it('says what is wrong and never what a URL holds', () => {
  expect(complaints({ MAIL_FROM: 'a@b.example\r\nBcc: c@d.example' })).toEqual([expect.stringMatching(/^MAIL_FROM/)]);
  expect(complaints({ PUSH_HOSTS: 'https://x' })).toEqual([expect.stringMatching(/^PUSH_HOSTS/)]);
  expect(complaints({ VAPID_PUBLIC_KEY: 'x' })).toEqual([expect.stringMatching(/^VAPID_PUBLIC_KEY and VAPID_PRIVATE_KEY/)]);
  const [complaint] = complaints({ SMTP_URL: 'http://user:secret@mail.example' });
  expect(complaint).toMatch(/^SMTP_URL/);
  expect(complaint).not.toContain('secret');
});
