/** Assembles a Koa app: request id, trace, access log, problem+json, what is the sidecar's, health, deadline, and then the service's own routers. */
import { randomUUID } from 'node:crypto';
import type Router from '@koa/router';
import Koa, { type Context, type Middleware } from 'koa';
import type { Logger } from 'pino';
import { AppError, appErrorOf, problemOf } from './errors.ts';
import { health, type HealthOptions, isHealthPath } from './health.ts';
import { histogram } from '../metrics.ts';
import { withRequestId } from './request-id.ts';
import { sidecarOnly } from './sidecar-only.ts';
import { failed, type IncomingTrace, inSpan } from '../telemetry.ts';

export { jsonBody, jsonBodyIfAny } from './body.ts';
export type { Check } from './health.ts';

export interface WebOptions extends HealthOptions {
  readonly log: Logger;
  /** For every answer, the refusals and the health routes too. */
  readonly before?: readonly Middleware[];
  readonly routers: readonly Router[];
  readonly deadlineMs: number;
  /** What the sidecar sends as `dapr-api-token`. */
  readonly appApiToken: string | undefined;
}

const requests = histogram('http_server_request_duration_seconds', 'Requests by route and status', ['method', 'route', 'status']);

export function createWeb(options: WebOptions): Koa {
  const app = new Koa();
  app.silent = true; // every error is answered and logged below
  app.use(observed(options));
  app.use(answered(options));
  for (const middleware of options.before ?? []) app.use(middleware);
  app.use(sidecarOnly(options.appApiToken));
  app.use(decodable);
  app.use(health(options));
  app.use(deadline(options.deadlineMs));
  for (const router of options.routers) app.use(router.routes()).use(router.allowedMethods());
  return app;
}

/** The outermost step: what happens inside has a request id and a trace, and leaves one log line and one measurement. */
function observed({ log }: WebOptions): Middleware {
  return (ctx, next) => {
    const startedAt = performance.now();
    const requestId = saneRequestId(ctx.get('X-Request-ID')) ?? randomUUID();
    ctx.state.requestId = requestId;
    ctx.set('X-Request-ID', requestId);
    const finish = () => {
      const ms = performance.now() - startedAt;
      const line = { method: ctx.method, path: ctx.path, status: ctx.status, ms: round(ms) };
      const cause: unknown = ctx.state.cause;
      if (cause !== undefined) log.error({ ...line, err: cause }, 'request broke');
      else log[isHealthPath(ctx.path) ? 'debug' : 'info'](line, 'request');
      return ms;
    };
    return withRequestId(requestId, async () => {
      if (isHealthPath(ctx.path)) {
        await next();
        finish();
        return;
      }
      await inSpan(ctx.method, { kind: 'server', parent: incomingTrace(ctx) }, async (span) => {
        await next();
        const route = routeOf(ctx);
        requests.observe({ method: ctx.method, route, status: String(ctx.status) }, finish());
        span.updateName(`${ctx.method} ${route}`);
        span.setAttributes({
          'http.request.method': ctx.method,
          'http.route': route,
          'http.response.status_code': ctx.status,
          'request.id': requestId,
        });
        if (ctx.status >= 500) failed(span, String(ctx.status));
      });
    });
  };
}

/** Whatever happens inside, one answer: the route's, or a problem. */
function answered({ stopping }: WebOptions): Middleware {
  return async (ctx, next) => {
    try {
      await next();
      if (ctx.status === 404 && ctx.body == null) throw new AppError('ROUTE_NOT_FOUND');
      if (ctx.status === 405) throw new AppError('METHOD_NOT_ALLOWED');
      if (ctx.status === 501) throw new AppError('METHOD_NOT_KNOWN');
    } catch (thrown) {
      const error = appErrorOf(thrown);
      if (error.status >= 500) ctx.state.cause = error.cause ?? error;
      ctx.status = error.status;
      ctx.body = problemOf(error, ctx.state.requestId as string, ctx.path);
      ctx.type = 'application/problem+json';
      // RFC 9110: each 401 says how to come in; who knows more of it has said so already.
      if (ctx.status === 401 && !ctx.response.get('WWW-Authenticate')) ctx.set('WWW-Authenticate', 'Bearer');
    }
    // Asked now and not when the request came: a connection kept alive past the stop would hold it up.
    if (stopping()) ctx.set('Connection', 'close');
  };
}

/** The router would leave a segment that it can't decode as it is. */
const decodable: Middleware = async (ctx, next) => {
  try {
    decodeURIComponent(ctx.path);
  } catch {
    throw new AppError('MALFORMED_PATH');
  }
  await next();
};

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

/** The pattern and not the path: names and series must not grow with the ids in it. */
function routeOf(ctx: Context): string {
  const { _matchedRoute: route } = ctx as Context & { _matchedRoute?: string | RegExp };
  return route === undefined ? 'none' : String(route);
}

/** Null, and so a trace of its own, for a request that brings none. */
function incomingTrace(ctx: Context): IncomingTrace | null {
  const traceparent = ctx.get('traceparent');
  const tracestate = ctx.get('tracestate');
  return traceparent === '' ? null : { traceparent, ...(tracestate !== '' && { tracestate }) };
}

const saneRequestId = (id: string): string | undefined => (/^[\w.:/+=@-]{1,128}$/.test(id) ? id : undefined);
const round = (ms: number): number => Math.round(ms * 100) / 100;
