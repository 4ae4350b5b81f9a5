/** Who calls: the session's user, or the one of a bearer token (programs). A request with a token needs no cookie and no CSRF guard. */
import { decodeJwt } from 'jose';
import type { Context, Middleware, Next } from 'koa';
import type { User } from '#kit/web/auth.ts';
import { AppError } from '#kit/web/errors.ts';
import { comesFromOurPage } from './same-site.ts';
import type { Sessions } from './session.ts';

export interface Caller extends User {
  readonly expiresAtS: number;
}

export interface CallerOptions {
  readonly sessions: Sessions;
  /** Of the kit: checks the token's signature, issuer and audience. */
  readonly requireUser: Middleware;
  readonly publicUrl: URL;
}

/** Puts the caller at `ctx.state.caller`. */
export function requireCaller({ sessions, requireUser, publicUrl }: CallerOptions): Middleware {
  return async (ctx: Context, next: Next) => {
    if (ctx.get('Authorization') !== '') {
      return requireUser(ctx as never, async () => {
        const user = ctx.state.user as User;
        ctx.state.caller = { ...user, expiresAtS: decodeJwt(user.token).exp ?? 0 } satisfies Caller;
        await next();
      });
    }
    const session = await sessions.read(ctx);
    if (!session) throw new AppError('UNAUTHENTICATED', 'There is no session, or it has ended: sign in at /auth/login');
    if (!comesFromOurPage(ctx.method, ctx.req.headers, publicUrl.origin)) throw new AppError('CROSS_SITE');
    const { userId, name, email, token, expiresAtS } = session;
    ctx.state.caller = { id: userId, name, email, token, expiresAtS } satisfies Caller;
    await next();
  };
}

export const callerOf = (ctx: Context): Caller => ctx.state.caller as Caller;
