/**
 * Cookies are one host's own: who opens the page at `localhost` and signs in comes back to the host of PUBLIC_URL, signed in
 * there and nowhere else. So whoever reaches a page by another name is moved to the right one first, with path and query; the
 * browser keeps the fragment. The target is PUBLIC_URL, whatever the request calls us.
 */
import { createHash } from 'node:crypto';
import type { Context, Middleware } from 'koa';
import type { Logger } from 'pino';
import { isHealthPath } from '#kit/web/health.ts';
import { isSidecarPath } from '#kit/web/sidecar-only.ts';
import { setCookie } from './session.ts';

export interface PublicNameOptions {
  readonly publicUrl: URL;
  readonly log: Logger;
}

/** A redirect that leads back here is followed at once; whoever comes later has typed the other name again. */
const markSMax = 2;

export function publicName({ publicUrl, log }: PublicNameOptions): Middleware {
  let isTold = false;
  return async (ctx, next) => {
    if (!isForPeople(ctx) || !isAnotherName(ctx.get('Host'), publicUrl)) return next();
    const target = new URL(`${publicUrl.origin}/${ctx.path.replace(/^\//, '')}${ctx.search}`).href;
    // A proxy that calls us by a name of its own brings every request back as it was: sent on once more, it would go in circles.
    const mark = markOf(target);
    if (ctx.cookies.get(mark) !== undefined) {
      if (!isTold) log.warn({ host: ctx.get('Host') }, 'PUBLIC_URL leads here under another name: let the proxy hand on Host');
      isTold = true;
      return next();
    }
    const expiresAtS = Math.floor(Date.now() / 1000) + markSMax;
    setCookie(ctx, mark, '1', { isSecure: false, path: '/', expiresAtS });
    ctx.set('Cache-Control', 'no-store');
    ctx.status = 307;
    // Not Koa's `redirect`, which would encode what is encoded already and what never can be.
    ctx.set('Location', target);
  };
}

/** Programs, probes and the sidecar may call us what they like, and what changes something is not sent elsewhere. */
const isForPeople = ({ method, path }: Context): boolean =>
  (method === 'GET' || method === 'HEAD') && !/^\/api(\/|$)/i.test(path) && !isHealthPath(path) && !isSidecarPath(path);

/** Cookies mind neither port nor, while they are not secure, scheme; behind a proxy both may be its own. HTTP/1.0 has no name. */
function isAnotherName(host: string, publicUrl: URL): boolean {
  if (host === '') return false;
  const url = `${publicUrl.protocol}//${host}`;
  return !URL.canParse(url) || new URL(url).hostname !== publicUrl.hostname;
}

/** One for each address: a page and its files are moved side by side. */
const markOf = (target: string): string => `todo-moved-${createHash('sha256').update(target).digest('base64url').slice(0, 12)}`;
