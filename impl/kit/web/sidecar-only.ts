/**
 * The addresses that only this app's own sidecar may call: all below these two, whatever is or is not there. A stranger hears
 * one answer for every one of them and every method, and learns neither which topics nor which bindings an app has.
 */
import { timingSafeEqual } from 'node:crypto';
import type { Middleware } from 'koa';
import { AppError } from './errors.ts';

/** In any case, for the router minds none. */
const ours = /^\/(dapr|events)(\/|$)/i;

export const isSidecarPath = (path: string): boolean => ours.test(path) || ours.test(decoded(path));

/**
 * The sidecar sends its app's token with everything it calls. Without a token everyone who reaches the port is let in. With what another
 * app calls through it, it sends the token, too: that app's name is there then, which no delivery and no binding has.
 */
export function sidecarOnly(appApiToken: string | undefined): Middleware {
  const wanted = appApiToken === undefined ? undefined : Buffer.from(appApiToken);
  return async (ctx, next) => {
    if (isSidecarPath(ctx.path) && ctx.get('dapr-caller-app-id') !== '') throw new AppError('SIDECAR_ONLY');
    if (wanted !== undefined && isSidecarPath(ctx.path)) {
      const given = Buffer.from(ctx.get('dapr-api-token'));
      if (given.length !== wanted.length || !timingSafeEqual(given, wanted)) throw new AppError('SIDECAR_ONLY');
    }
    await next();
  };
}

/** What can't be decoded is as it stands: it too is below, or it is not. */
function decoded(path: string): string {
  try {
    return decodeURIComponent(path);
  } catch {
    return path;
  }
}
