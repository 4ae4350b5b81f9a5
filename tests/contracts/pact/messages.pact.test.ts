import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { openScope } from '#harness/process/scope.ts';
import { subscriptions } from '../../../impl/notification/subscriptions.ts';
import { type Hear, openListeners } from './listeners.ts';
import { writeMessage } from './message-pact.ts';
import { describedAs, type Message, messages } from './messages.ts';

const scope = openScope({ title: 'pacts about messages' });
const folder = mkdtempSync(join(tmpdir(), 'pacts-'));
let hear: Hear;

beforeAll(async () => {
  hear = await openListeners(scope);
});
afterAll(async () => {
  await scope.close();
  rmSync(folder, { recursive: true });
});

test.each(messages.map((message) => ({ title: describedAs(message), ...message })))(
  '$consumer understands $title of $provider',
  ({ title: _, ...message }) => writeMessage(folder, message, hear),
);

test('every topic that notification listens to is in a pact', () => {
  const told = new Set(messages.filter(({ consumer }) => consumer === 'notification').map(({ topic }) => topic));
  expect(subscriptions.map(({ topic }) => topic).filter((topic) => !told.has(topic))).toEqual([]);
});

describe('a message that its consumer can not read gets into no pact', () => {
  const [first] = messages as [Message];
  const last = messages.at(-1) as Message;
  const { event_id: _, ...withoutId } = first.content;
  test.each([
    { what: 'no id, for notification', message: { ...first, content: withoutId }, because: /unreadable/ },
    { what: 'no id, for frontend', message: { ...last, content: withoutId }, because: /undefined/ },
    {
      what: 'an unknown type',
      message: { ...first, content: { ...first.content, event_type: 'task.renamed' } },
      because: /unreadable/,
    },
    {
      what: 'another major version',
      message: { ...first, content: { ...first.content, version: 'v2.0' } },
      because: /unreadable/,
    },
  ])('$what', async ({ message, because }) => {
    await expect(writeMessage(folder, message, hear)).rejects.toThrow(because);
  });
});
