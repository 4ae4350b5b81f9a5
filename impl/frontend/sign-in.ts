/** Signing in and out: `/auth/login`, `/auth/callback`, `/auth/logout`, and who it is at `/api/session`. */
import Router from '@koa/router';
import type { Context } from 'koa';
import type { Logger } from 'pino';
import { AppError } from '#kit/web/errors.ts';
import type { Caller, FindCaller } from './caller.ts';
import type { Attempt, Provider } from './provider.ts';
import { returnPathOf } from './return-path.ts';
import { comesFromOurPage } from './same-site.ts';
import type { Seal } from './seal.ts';
import { type Sessions, setCookie } from './session.ts';

interface Pending extends Attempt {
  readonly returnPath: string;
}

export interface SignInOptions {
  readonly provider: Provider;
  readonly seal: Seal;
  readonly sessions: Sessions;
  readonly findCaller: FindCaller;
  readonly publicUrl: URL;
  readonly log: Logger;
}

const purpose = 'sign-in';
const attemptSMax = 600;
/** Attempts of one browser at once, each in its own tab. Older cookies go first, before they fill the request header. */
const attemptsMax = 5;

export function signInRoutes({ provider, seal, sessions, findCaller, publicUrl, log }: SignInOptions): Router {
  const router = new Router();
  const isSecure = publicUrl.protocol === 'https:';
  const setAttempt = (ctx: Context, name: string, value: string, expiresAtS: number) =>
    setCookie(ctx, name, value, { isSecure, path: '/auth', expiresAtS });
  const forget = (ctx: Context, name: string) => setAttempt(ctx, name, '', 0);

  router.get('/auth/login', async (ctx) => {
    const returnPath = returnPathOf(ctx.query.return_to, publicUrl);
    const { url, attempt } = await provider.begin();
    const expiresAtS = Math.floor(Date.now() / 1000) + attemptSMax;
    for (const name of attemptsIn(ctx).slice(0, 1 - attemptsMax)) forget(ctx, name);
    setAttempt(
      ctx,
      nameOf(attempt.state),
      await seal.seal(purpose, { ...attempt, returnPath } satisfies Pending, expiresAtS),
      expiresAtS,
    );
    ctx.set('Cache-Control', 'no-store');
    ctx.status = 303;
    ctx.redirect(url.href);
  });

  router.get('/auth/callback', async (ctx) => {
    ctx.set('Cache-Control', 'no-store');
    const { state } = ctx.query;
    const name = nameOf(typeof state === 'string' ? state : '');
    const pending = await seal.open<Pending>(purpose, ctx.cookies.get(name) ?? '');
    if (!pending) {
      // Most often somebody went back in their browser: the page knows whether they are signed in.
      if (ctx.accepts('json', 'html') === 'html') return ctx.redirect('/');
      throw new AppError('UNAUTHENTICATED', 'This attempt to sign in is over: begin again at /auth/login');
    }
    forget(ctx, name); // whatever becomes of it: its code is good for one try
    const session = await provider.finish(new URL(ctx.url, publicUrl), pending);
    await sessions.write(ctx, session);
    log.info({ user_id: session.userId }, 'signed in');
    ctx.status = 303;
    ctx.redirect(pending.returnPath);
  });

  router.post('/auth/logout', async (ctx) => {
    if (!comesFromOurPage(ctx.method, ctx.req.headers, publicUrl.origin)) throw new AppError('CROSS_SITE');
    sessions.clear(ctx);
    ctx.set('Cache-Control', 'no-store');
    // Signed out here in any case; the page then sends the browser on, so that the provider forgets it too.
    const url = await provider.endUrl().catch(() => publicUrl);
    ctx.body = { location: url.href };
  });

  // Asked by every visitor at first, so "nobody" is an answer like any other, and nothing a browser would call an error.
  router.get('/api/session', async (ctx) => {
    const caller = await findCaller(ctx);
    ctx.set('Cache-Control', 'no-store');
    ctx.body = caller ? sessionOf(caller) : { user_id: null, name: null, email: null, expires_at: null };
  });

  return router;
}

const sessionOf = ({ id, name, email, expiresAtS }: Caller) => ({
  user_id: id,
  name,
  email,
  expires_at: new Date(expiresAtS * 1000).toISOString(),
});

const prefix = 'todo-sign-in-';
/** A name of its own for each attempt, so that one tab does not undo another's. */
const nameOf = (state: string): string => `${prefix}${state.replaceAll(/[^\w-]/g, '').slice(0, 16)}`;
const attemptsIn = (ctx: Context): string[] =>
  [...ctx.get('Cookie').matchAll(/(?:^|;\s*)(todo-sign-in-[\w-]+)=/g)].map(([, name]) => name as string);
