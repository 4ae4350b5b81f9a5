/** The page's calls, passed on to the service they belong to: through this replica's sidecar, never directly. */
import { randomUUID } from 'node:crypto';
import { setTimeout as pause } from 'node:timers/promises';
import Router from '@koa/router';
import type { Context, Middleware } from 'koa';
import { AppError, problemTypeOf } from '#kit/web/errors.ts';
import type { InvokeAnswer, InvokeRequest, Outcome, Sidecar } from '#kit/sidecar/sidecar.ts';
import { idempotencyKeyOf } from '#kit/web/idempotency-key.ts';
import type { Call as Routed } from '#kit/web/request.ts';
import { jsonBody } from '#kit/web/web.ts';
import { callerOf } from './caller.ts';
import { type Call, calls, changes, homeOf, pathOf } from './calls.ts';

export interface GatewayOptions {
  readonly sidecar: Pick<Sidecar, 'invoke'>;
  readonly requireCaller: Middleware;
  /** Of the whole call, Dapr's attempts included: whoever waits for the page gives up about then. */
  readonly deadlineMs: number;
}

const sentOn = ['Accept', 'If-Match', 'If-None-Match', 'Idempotency-Key'] as const;
const broughtBack = ['Content-Type', 'ETag', 'X-Event-Id', 'Idempotency-Replayed', 'Retry-After', 'X-Degraded'] as const;
/** As long as an open breaker of the kit stays open; a guess at everything else. */
const retryAfterS = 5;

export function gatewayRoutes({ sidecar, requireCaller, deadlineMs }: GatewayOptions): Router {
  const router = new Router({ prefix: '/api' });
  for (const call of calls) {
    const steps = [requireCaller, ...(call.body === 'json' ? [jsonBody as Middleware] : [])];
    router.register(call.path, [call.method], [
      ...steps,
      async (ctx: Routed) => {
        const path = pathOf(call, callerOf(ctx).id, ctx.params);
        if (path === null) throw new AppError('ROUTE_NOT_FOUND');
        answer(ctx, await settled(sidecar, call.appId, requestOf(ctx, call, path, deadlineMs)));
      },
    ] as Middleware[]);
  }
  return router;
}

/** Between two looks whether the first copy of a request has ended. */
const lookAgainMs = 500;

/**
 * An answer that says how it went. A repetition that meets its own first copy under way (409) is no failure: that copy's answer is asked for
 * again, until there is one or no time left; then nobody knows.
 */
async function settled(
  sidecar: Pick<Sidecar, 'invoke'>,
  appId: Call['appId'],
  request: InvokeRequest,
): Promise<Outcome<InvokeAnswer>> {
  const giveUpAt = performance.now() + request.deadlineMs;
  for (;;) {
    const deadlineMs = Math.max(1, Math.ceil(giveUpAt - performance.now()));
    const outcome = await sidecar.invoke(appId, { ...request, deadlineMs });
    if (outcome.type !== 'ok' || !isUnderWay(outcome.value)) return outcome;
    if (giveUpAt - performance.now() < 2 * lookAgainMs)
      return { type: 'unsure', cause: new Error('its first copy is still under way') };
    await pause(lookAgainMs);
  }
}

function isUnderWay({ status, body }: InvokeAnswer): boolean {
  if (status !== 409) return false;
  try {
    return (JSON.parse(body.toString()) as { type?: unknown }).type === problemTypeOf('IDEMPOTENCY_IN_FLIGHT');
  } catch {
    return false;
  }
}

/** Only what is named here goes on: a cookie, for one, is nobody's business behind this service. */
function requestOf(ctx: Context, call: Call, path: string, deadlineMs: number): InvokeRequest {
  // Read before it is sent on: whatever is none is refused here as it would be there.
  const isNamed = changes(call) && idempotencyKeyOf(ctx) !== undefined;
  const headers: Record<string, string> = {
    ...Object.fromEntries(sentOn.flatMap((name) => (ctx.get(name) ? [[name, plain(ctx, name)]] : []))),
    Authorization: `Bearer ${callerOf(ctx).token}`,
    'X-Request-ID': ctx.response.get('X-Request-ID'),
  };
  if (changes(call) && !isNamed) headers['Idempotency-Key'] = randomUUID();
  if (call.body === 'none') return { method: call.method, path: withQuery(ctx, path), headers, deadlineMs };
  // As the page wrote it; it was parsed here only so that what is no JSON goes no further.
  const body = Buffer.from(ctx.request.rawBody ?? '');
  headers['Content-Type'] = 'application/json';
  return { method: call.method, path: withQuery(ctx, path), headers, body, deadlineMs };
}

/** Between sidecars headers are gRPC metadata: anything but printable ASCII would break the call there, three times over. */
function plain(ctx: Context, name: string): string {
  const value = ctx.get(name);
  if (!/^[\x20-\x7e]*$/.test(value)) throw new AppError('REFUSED', `${name} may hold printable ASCII only`);
  return value;
}

const withQuery = (ctx: Context, path: string): string => (ctx.querystring ? `${path}?${ctx.querystring}` : path);

function answer(ctx: Context, outcome: Outcome<InvokeAnswer>): void {
  ctx.set('Cache-Control', 'no-store');
  if (outcome.type === 'ok') return passOn(ctx, outcome.value);
  if (outcome.type === 'fail') {
    ctx.set('Retry-After', String(retryAfterS));
    throw new AppError('BACKEND_UNAVAILABLE', undefined, [], new Error(outcome.code));
  }
  // Too late or cut off: it may have been done. Dapr says 500 to both, and never 504.
  throw new AppError('BACKEND_TIMEOUT', undefined, [], outcome.cause);
}

function passOn(ctx: Context, { status, headers, body }: InvokeAnswer): void {
  ctx.status = status;
  for (const name of broughtBack) {
    const value = headers[name.toLowerCase()];
    if (value !== undefined) ctx.set(name, value);
  }
  // The page knows no user in its paths.
  const home = homeOf(callerOf(ctx).id);
  const location = headers['location'];
  if (location?.startsWith(`${home}/`)) ctx.set('Location', `/api${location.slice(home.length)}`);
  // Koa would turn an empty body into 204, and a type it guessed would replace the answer's own.
  ctx.response.body = body.length > 0 ? body : null;
  ctx.status = status;
  if (body.length > 0 && headers['content-type']) ctx.set('Content-Type', headers['content-type']);
}
