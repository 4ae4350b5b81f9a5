/** The running backend keeps what the frontend asks of it: asked directly, and through two sidecars as the frontend does. */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, test } from '@jest/globals';
import { withBackend } from '../../impl/backend/scene.ts';
import { statestore, withRedis } from '../../impl/scene.ts';
import { pactsOf, pactWith, readPact } from './pact-file.ts';
import { serve, standInSidecar } from './serve.ts';
import { user } from './shapes.ts';
import { throughSidecars } from './sidecars.ts';
import { askAt, backendStates } from './states.ts';
import { verify } from './verify.ts';

/** A way that loses it, and the interaction that tells. */
const losses: readonly { header: string; asks: string; because: RegExp }[] = [
  { header: 'authorization', asks: 'a task', because: /401/ },
  { header: 'x-request-id', asks: 'a task that is not there', because: /request_id/ },
  { header: 'content-type', asks: 'to create a task', because: /415/ },
  { header: 'idempotency-key', asks: 'to create a task a second time under one key', because: /Idempotency-Replayed/ },
  { header: 'if-match', asks: 'to change a task that was changed since', because: /412/ },
];

test('backend keeps its pact, directly and through its sidecar; a way that loses a header does not', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'pacts-'));
  try {
    const pacts = pactsOf('backend', 'Synchronous/HTTP', folder);
    await withBackend(async (scene) => {
      const { scope, url } = scene;
      await withRedis(scene, async (redis) => {
        const invoked = await throughSidecars(scope, 'backend', scene.replica, [statestore(redis)]);
        const states = backendStates(askAt(url, await scene.headersOf(user)), scene.sql);
        const token = await scene.issuer.token(user);
        await verify({ provider: 'backend', pacts, url, states, token });
        await verify({ provider: 'backend', pacts, url: invoked, states, token });

        const pact = readPact(pacts[0] as string);
        for (const { header, asks, because } of losses) {
          const port = await serve(
            scope,
            standInSidecar(() => url, header),
          );
          const one = pactWith(
            join(folder, header),
            pact,
            pact.interactions.filter(({ description }) => description === asks),
          );
          const lossy = `http://127.0.0.1:${port}/v1.0/invoke/backend/method`;
          await expect(verify({ provider: 'backend', pacts: [one], url: lossy, states, token })).rejects.toThrow(because);
        }
      });
    });
  } finally {
    rmSync(folder, { recursive: true });
  }
}, 240_000);
