/** `/api/stream`: server-sent events, one `event: task` for each change of one of the caller's tasks. */
import { Readable } from 'node:stream';
import Router from '@koa/router';
import type { Context, Middleware } from 'koa';
import type { TaskEvent } from '#contracts/types.ts';
import { AppError } from '#kit/web/errors.ts';
import { counter, gauge } from '#kit/metrics.ts';
import { callerOf } from './caller.ts';
import type { Screen, Streams } from './streams.ts';

export interface StreamRoutesOptions {
  readonly streams: Streams;
  readonly requireCaller: Middleware;
  /** Of one screen, waiting in this process. */
  readonly bufferedBytesMax: number;
}

const openNow = gauge('frontend_streams_open', 'Open streams of this replica');
const dropped = counter('frontend_streams_dropped_total', 'Streams let go because they were not read');

const retryMs = 2_000;
/** For what is on its way when a stream is ended; who does not read it by then is let go. */
const endMsMax = 1_000;
/** setTimeout's own limit; a session is long over before. */
const timerMsMax = 2 ** 31 - 1;

export const taskMessage = (event: TaskEvent): string => `event: task\nid: ${event.event_id}\ndata: ${JSON.stringify(event)}\n\n`;

export function streamRoutes({ streams, requireCaller, bufferedBytesMax }: StreamRoutesOptions): Router {
  const router = new Router();
  router.get('/api/stream', requireCaller, (ctx) => {
    const { id: userId, expiresAtS } = callerOf(ctx);
    const source = new Readable({ read() {} });
    const screen = screenOf(source, ctx, bufferedBytesMax);
    const close = streams.open(userId, screen);
    if (typeof close === 'string') return refuse(ctx, close);
    openNow.set(streams.size);
    // The session is the permission: what begins in it ends with it.
    const over = setTimeout(() => screen.end(), Math.min(Math.max(expiresAtS * 1000 - Date.now(), 0), timerMsMax));
    ctx.res.once('close', () => {
      clearTimeout(over);
      close();
      openNow.set(streams.size);
      source.destroy();
    });
    ctx.status = 200;
    ctx.type = 'text/event-stream';
    ctx.set('Cache-Control', 'no-store, no-transform');
    ctx.set('X-Accel-Buffering', 'no'); // proxies would collect events until a buffer is full
    ctx.body = source;
    source.push(`retry: ${retryMs}\n\n`);
  });
  return router;
}

function screenOf(source: Readable, ctx: Context, bufferedBytesMax: number): Screen {
  return {
    write(text) {
      if (source.destroyed || source.readableLength > bufferedBytesMax) return false;
      source.push(text);
      return true;
    },
    end() {
      if (source.destroyed) return;
      source.push(null);
      setTimeout(() => ctx.res.destroy(), endMsMax).unref();
    },
    // Its socket is full: an orderly end would wait in line behind what it does not read.
    drop() {
      dropped.inc();
      ctx.res.destroy();
    },
  };
}

/** 429 when this user has too many, 503 when all have: another replica may have room. */
function refuse(ctx: Context, limit: 'USER_FULL' | 'ALL_FULL'): never {
  ctx.set('Retry-After', '30');
  throw new AppError(limit === 'USER_FULL' ? 'TOO_MANY_STREAMS' : 'STREAMS_FULL');
}
