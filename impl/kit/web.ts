/** Assembles a Koa app: request id, access log, problem+json, health, deadline, and then the service's own routers. */
import { randomUUID } from 'node:crypto';
import { bodyParser } from '@koa/bodyparser';
import type Router from '@koa/router';
import Koa, { type Context, type Middleware, type Next } from 'koa';
import type { Logger } from 'pino';
import { AppError, appErrorOf, problemOf } from './errors.ts';

export interface Check {
  readonly name: string;
  /** Rejects with a sentence while the service should get no traffic. */
  test(): Promise<void>;
}

export interface WebOptions {
  readonly log: Logger;
  readonly routers: readonly Router[];
  readonly readiness: readonly Check[];
  readonly stopping: () => boolean;
  readonly deadlineMs: number;
}

const checkMsMax = 2_000;
const bodyBytesMax = '64kb';

export function createWeb(options: WebOptions): Koa {
  const app = new Koa();
  app.silent = true; // every error is answered and logged below
  app.use(answered(options));
  app.use(health(options));
  app.use(deadline(options.deadlineMs));
  for (const router of options.routers) app.use(router.routes()).use(router.allowedMethods());
  return app;
}

/** The outermost step: whatever happens inside, one answer with a request id and one log line. */
function answered({ log, stopping }: WebOptions): Middleware {
  return async (ctx, next) => {
    const startedAt = performance.now();
    const requestId = saneRequestId(ctx.get('X-Request-ID')) ?? randomUUID();
    ctx.set('X-Request-ID', requestId);
    let cause: unknown;
    try {
      await next();
      if (ctx.status === 404 && ctx.body == null) throw new AppError('ROUTE_NOT_FOUND');
      if (ctx.status === 405) throw new AppError('METHOD_NOT_ALLOWED');
      if (ctx.status === 501) throw new AppError('METHOD_NOT_KNOWN');
    } catch (thrown) {
      const error = appErrorOf(thrown);
      if (error.status >= 500) cause = error.cause ?? error;
      ctx.status = error.status;
      ctx.body = problemOf(error, requestId, ctx.path);
      ctx.type = 'application/problem+json';
    }
    // Asked now and not when the request came: a connection kept alive past the stop would hold it up.
    if (stopping()) ctx.set('Connection', 'close');
    const line = {
      request_id: requestId,
      method: ctx.method,
      path: ctx.path,
      status: ctx.status,
      ms: round(performance.now() - startedAt),
    };
    if (cause !== undefined) log.error({ ...line, err: cause }, 'request broke');
    else if (/^\/(livez|readyz)$/.test(ctx.path)) log.debug(line, 'request');
    else log.info(line, 'request');
  };
}

/** `/livez`: this process turns its event loop. `/readyz`: send it traffic. */
function health({ readiness, stopping }: WebOptions): Middleware {
  return async (ctx, next) => {
    if (ctx.path === '/livez') ctx.body = { alive: true };
    else if (ctx.path === '/readyz') {
      const complaints = stopping()
        ? ['stopping']
        : (await Promise.all(readiness.map(complaintOf))).filter((each) => each !== undefined);
      ctx.status = complaints.length === 0 ? 200 : 503;
      ctx.body = { ready: complaints.length === 0, complaints };
    } else await next();
  };
}

async function complaintOf(check: Check): Promise<string | undefined> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<never>((_, reject) => {
    timer = setTimeout(() => reject(new Error(`no answer in ${checkMsMax} ms`)), checkMsMax);
  });
  try {
    await Promise.race([check.test(), late]);
    return undefined;
  } catch (error) {
    return `${check.name}: ${(error as Error).message}`;
  } finally {
    clearTimeout(timer);
  }
}

/** The caller gets an answer in time; the work behind it is bounded by the statement timeout. */
function deadline(ms: number): Middleware {
  return async (_ctx, next) => {
    let timer: NodeJS.Timeout | undefined;
    const late = new Promise<never>((_, reject) => {
      timer = setTimeout(() => reject(new AppError('DEADLINE_EXCEEDED')), ms);
    });
    try {
      await Promise.race([next(), late]);
    } finally {
      clearTimeout(timer);
    }
  };
}

const parse = bodyParser({
  enableTypes: ['json'],
  jsonLimit: bodyBytesMax,
  onError(error) {
    const { status } = error as Error & { status?: number };
    throw status === 413 || status === 415 ? error : new AppError('MALFORMED_JSON', error.message);
  },
});

/** For routes that take a body. Refuses what Postgres can't hold as text: NUL, and half of a surrogate pair. */
export async function jsonBody(ctx: Context, next: Next): Promise<void> {
  if (!ctx.is('application/json')) throw new AppError('UNSUPPORTED_MEDIA_TYPE');
  await parse(ctx as never, async () => {});
  const pointer = unstorable(ctx.request.body, '');
  if (pointer !== undefined)
    throw new AppError('INVALID_INPUT', undefined, [{ pointer, message: 'must be well-formed text without NUL' }]);
  await next();
}

function unstorable(value: unknown, path: string): string | undefined {
  if (typeof value === 'string') return storable(value) ? undefined : path;
  if (typeof value !== 'object' || value === null) return undefined;
  for (const [name, inner] of Object.entries(value)) {
    // Deep nesting is refused by the schema; here it must only not overflow the stack.
    const found =
      path.length > 256 ? path : (unstorable(inner, `${path}/${name.slice(0, 64)}`) ?? (storable(name) ? undefined : path));
    if (found !== undefined) return found;
  }
  return undefined;
}

export const storable = (text: string): boolean => !text.includes('\0') && text.isWellFormed();

const saneRequestId = (id: string): string | undefined => (/^[\w.:/+=@-]{1,128}$/.test(id) ? id : undefined);
const round = (ms: number): number => Math.round(ms * 100) / 100;
