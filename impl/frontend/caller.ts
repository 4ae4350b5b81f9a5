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

/** Null: nobody is signed in. A token that is given and not good is refused all the same. */
export type FindCaller = (ctx: Context) => Promise<Caller | null>;

export function findCaller({ sessions, requireUser, publicUrl }: CallerOptions): FindCaller {
  return async (ctx) => {
    if (ctx.get('Authorization') !== '') {
      await requireUser(ctx as never, async () => {});
      const user = ctx.state.user as User;
      return { ...user, expiresAtS: decodeJwt(user.token).exp ?? 0 };
    }
    const session = await sessions.read(ctx);
    if (!session) return null;
    if (!comesFromOurPage(ctx.method, ctx.req.headers, publicUrl.origin)) throw new AppError('CROSS_SITE');
    const { userId, name, email, token, expiresAtS } = session;
    return { id: userId, name, email, token, expiresAtS };
  };
}

/** Puts the caller at `ctx.state.caller`. */
export function requireCaller(find: FindCaller): Middleware {
  return async (ctx: Context, next: Next) => {
    const caller = await find(ctx);
    if (!caller) throw new AppError('UNAUTHENTICATED', 'There is no session, or it has ended: sign in at /auth/login');
    ctx.state.caller = caller;
    await next();
  };
}

export const callerOf = (ctx: Context): Caller => ctx.state.caller as Caller;
