/** Guilty: keeps whoever has to be refused waiting, as a client that tries a dead sidecar over and over does. */
import { setTimeout as sleep } from 'node:timers/promises';
import { frontendBehind } from './frontend-behind.ts';

await frontendBehind(async (_ctx, next) => {
  try {
    await next();
  } catch (refused) {
    await sleep(1_500);
    throw refused;
  }
});
