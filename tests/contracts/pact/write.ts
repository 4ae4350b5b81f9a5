/** All pacts into a folder, each promise asked for by the consumer's real code. Says what the files hold, by name. */
import { mkdirSync } from 'node:fs';
import { openScope } from '#harness/process/scope.ts';
import { openGateway } from './gateway.ts';
import { writeInteraction } from './http-pact.ts';
import { openListeners } from './listeners.ts';
import { writeMessage } from './message-pact.ts';
import { messages } from './messages.ts';
import { canonicalFolder } from './pact-file.ts';
import { providers } from './pacts.ts';

export async function writePacts(folder: string): Promise<ReadonlyMap<string, string>> {
  mkdirSync(folder, { recursive: true });
  const scope = openScope({ title: 'writing pacts' });
  try {
    const gateway = await openGateway(scope);
    for (const { name, exchanges } of providers)
      for (const exchange of exchanges) await writeInteraction(folder, name, exchange, gateway);
    const hear = await openListeners(scope);
    for (const message of messages) await writeMessage(folder, message, hear);
  } finally {
    await scope.close();
  }
  return canonicalFolder(folder);
}
