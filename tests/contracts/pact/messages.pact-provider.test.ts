/** No service needs to run for these: what a provider says in events is made by pure functions. */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, test } from '@jest/globals';
import { messages, type Service } from './messages.ts';
import { pactsOf } from './pact-file.ts';
import { type Producers, producersOf, type Wired } from './producers.ts';
import { verify } from './verify.ts';

const folder = mkdtempSync(join(tmpdir(), 'pacts-'));
afterAll(() => rmSync(folder, { recursive: true }));

/** The states need nothing done: the producers are given rows in them. */
const states = Object.fromEntries(messages.map(({ given }) => [given, async () => {}]));

const verified = (provider: Service, producers: Producers) =>
  verify({ provider, pacts: pactsOf(provider, 'Asynchronous/Messages', folder), states, messages: producers as never });

const tellers = ['backend', 'recurring', 'notification'] as const;

test.each(tellers)('%s says what its consumers understand', (provider) => verified(provider, producersOf(provider, messages)));

describe('a producer is convicted that', () => {
  const without = (record: object, name: string) => Object.fromEntries(Object.entries(record).filter(([each]) => each !== name));
  const event = ({ message }: Wired) => message as { data: Record<string, unknown> };
  const lies: readonly { what: string; told: (wired: Wired) => Wired; because: RegExp }[] = [
    {
      what: 'renames a field',
      told: (wired) => {
        const { title, ...data } = event(wired).data;
        return { ...wired, message: { ...event(wired), data: { ...data, name: title } } };
      },
      because: /title/,
    },
    {
      what: 'makes a number a text',
      told: (wired) => ({ ...wired, message: { ...event(wired), data: { ...event(wired).data, id: '7' } } }),
      because: /\$\.data\.id|integer/,
    },
    ...['cloudevent.id', 'cloudevent.type', 'partitionKey', 'datacontenttype'].map((name) => ({
      what: `forgets ${name}`,
      told: (wired: Wired) => ({
        ...wired,
        __pactMessageMetadata: without(wired.__pactMessageMetadata, name) as Record<string, string>,
      }),
      because: new RegExp(name.replace('.', '\\.')),
    })),
  ];

  test.each(lies)('$what', async ({ told, because }) => {
    const honest = producersOf('backend', messages);
    const guilty = Object.fromEntries(Object.entries(honest).map(([name, make]) => [name, async () => told(await make())]));
    await expect(verified('backend', guilty)).rejects.toThrow(because);
  });
});
