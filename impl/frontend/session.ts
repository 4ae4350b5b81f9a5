/** Who is signed in: an encrypted cookie that ends with the access token in it. The server keeps nothing. */
import type { Context } from 'koa';
import { AppError } from '#kit/web/errors.ts';
import type { Seal } from './seal.ts';

export interface Session {
  /** The subject of the access token: what the services behind compare with the path. */
  readonly userId: string;
  readonly name: string | null;
  readonly email: string | null;
  /** For the services behind this one; it never reaches the page. */
  readonly token: string;
  readonly expiresAtS: number;
}

export interface Sessions {
  read(ctx: Context): Promise<Session | null>;
  write(ctx: Context, session: Session): Promise<void>;
  clear(ctx: Context): void;
}

interface Sealed {
  readonly sub: string;
  readonly name: string | null;
  readonly email: string | null;
  readonly token: string;
}

const purpose = 'session';
/** RFC 6265: browsers drop a larger one in silence, and the user would be sent round and round. */
const cookieBytesMax = 4096;

export function openSessions(seal: Seal, isSecure: boolean): Sessions {
  // The prefix makes browsers refuse one set by a neighbouring host or over plain HTTP.
  const name = isSecure ? '__Host-todo-session' : 'todo-session';
  return {
    async read(ctx) {
      const sealed = ctx.cookies.get(name);
      if (!sealed) return null;
      const read = await seal.open<Sealed>(purpose, sealed);
      return read && { userId: read.sub, name: read.name, email: read.email, token: read.token, expiresAtS: read.exp };
    },
    async write(ctx, { userId, name: realName, email, token, expiresAtS }) {
      const content: Sealed = { sub: userId, name: realName, email, token };
      const sealed = await seal.seal(purpose, content, expiresAtS);
      if (name.length + sealed.length > cookieBytesMax) {
        throw new AppError('INTERNAL', undefined, [], new Error(tooLarge(sealed.length, token.length)));
      }
      setCookie(ctx, name, sealed, { isSecure, path: '/', expiresAtS });
    },
    clear: (ctx) => setCookie(ctx, name, '', { isSecure, path: '/', expiresAtS: 0 }),
  };
}

const tooLarge = (cookie: number, token: number) =>
  `SESSION_TOO_LARGE: the cookie would have ${cookie} bytes, ${token} of them the access token; let the provider put fewer claims into it`;

export interface CookieOptions {
  readonly isSecure: boolean;
  readonly path: string;
  readonly expiresAtS: number;
}

export function setCookie(ctx: Context, name: string, value: string, { isSecure, path, expiresAtS }: CookieOptions): void {
  // TLS ends at the ingress: Koa sees plain HTTP and would refuse to send a secure cookie.
  ctx.cookies.secure = isSecure;
  ctx.cookies.set(name, value, {
    httpOnly: true,
    secure: isSecure,
    // Lax, not Strict: the provider sends the browser back with a navigation from another site, and the page must know it then.
    sameSite: 'lax',
    path,
    expires: new Date(expiresAtS * 1000),
    overwrite: true,
  });
}
