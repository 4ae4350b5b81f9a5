/** Where the sidecar's cron knocks. It ignores the answer and repeats nothing; whoever ticks by hand reads it. */
import { setTimeout as pause } from 'node:timers/promises';
import Router from '@koa/router';
import type { Ticker } from './tick.ts';

/** Below the deadline of a request; a longer tick goes on behind its answer. */
const answerMsMax = 8_000;

export function tickRoutes(ticker: Ticker): Router {
  const router = new Router();
  // No body is read: the cron sends none, with the content type of JSON.
  router.post('/dapr/cron/reminder-cron', async (ctx) => {
    const tick = ticker.begin();
    // Exactly 200: with a retry policy on the binding, Dapr would repeat after any other status.
    ctx.status = 200;
    ctx.body = tick
      ? await Promise.race([tick.done, pause(answerMsMax, undefined, { ref: false }).then(tick.soFar)])
      : { busy: true };
  });
  return router;
}
