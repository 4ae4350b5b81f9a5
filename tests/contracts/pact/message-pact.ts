/** Writes one message: Pact makes the example, and the consumer's real reader must understand it. */
import { deepStrictEqual } from 'node:assert/strict';
import { PactV4 } from '@pact-foundation/pact';
import type { Hear } from './listeners.ts';
import { describedAs, type Message, metadataOf } from './messages.ts';

export async function writeMessage(folder: string, message: Message, hear: Hear): Promise<void> {
  const { consumer, provider, given, content } = message;
  const pact = new PactV4({ consumer, provider, dir: folder, logLevel: 'error' });
  await pact
    .addAsynchronousInteraction()
    .given(given)
    .expectsToReceive(describedAs(message), (builder) => {
      builder.withJSONContent(content).withMetadata(metadataOf(message) as never);
    })
    .executeTest(async ({ contents, metadata }) => {
      const heard = await hear(message, { content: contents.content, metadata: metadata as Record<string, string> });
      const event = plain(contents.content);
      if (consumer === 'frontend') deepStrictEqual(dataOf(heard), event);
      else deepStrictEqual(plain(heard), plain({ type: 'read', event, trace: null }));
    });
}

/** Of one realm: Jest's, Pact's and fetch's objects are never strictly equal. */
const plain = (value: unknown): unknown => JSON.parse(JSON.stringify(value));

/** Of a server-sent event. */
function dataOf(text: unknown): unknown {
  const data = /^data: (.*)$/m.exec(String(text))?.[1];
  return data === undefined ? text : JSON.parse(data);
}
