/** Who is calling: a user with a token of the identity provider. The sidecar is known by `sidecar-only.ts`. */
import type { Context, Middleware } from 'koa';
import { createRemoteJWKSet, errors, type JWTPayload, type JWTVerifyGetKey, jwtVerify } from 'jose';
import type { Logger } from 'pino';
import { AppError } from './errors.ts';
import { storable } from './body.ts';

export interface User {
  /** The token's subject. */
  readonly id: string;
  readonly email: string | null;
  readonly name: string | null;
  /** To be sent along when another service is called for this user. */
  readonly token: string;
}

export interface AuthOptions {
  readonly issuer: string;
  readonly audience: string;
  readonly log: Logger;
  /** After its keys were read, a token that names another key makes us ask again only when this is over. */
  readonly keysCooldownMs?: number;
  /** Keys as old as that are read anew, behind the request that finds them so; 10 min. */
  readonly keysRefreshMs?: number;
}

export interface Auth {
  /** Puts the caller at `ctx.state.user`, or answers 401. */
  readonly requireUser: Middleware;
  /** The same, and 403 unless the path's `user_id` is the caller's. */
  readonly requireOwner: Middleware;
}

/** Asymmetric only: with HS256 whoever knows the public key could sign, with `none` anybody. */
const algorithms = ['ES256', 'RS256', 'PS256', 'EdDSA'];
const clockToleranceS = 5;
const subjectCharsMax = 128;
const fetchMsMax = 2_000;

export function openAuth({ issuer, audience, log, keysCooldownMs = 10_000, keysRefreshMs = 600_000 }: AuthOptions): Auth {
  const keys = openKeys({ issuer, log, cooldownMs: keysCooldownMs, refreshMs: keysRefreshMs });
  const remembered = openMemory();

  async function userOf(ctx: Context): Promise<User> {
    const token = /^Bearer +([\w-]+\.[\w-]+\.[\w-]+)$/i.exec(ctx.get('Authorization'))?.[1];
    if (token === undefined) return refuse(ctx, 'no bearer token');
    const known = remembered.get(token);
    if (known !== undefined) return known;
    let claims: JWTPayload;
    try {
      const requiredClaims = ['sub', 'exp', 'iss', 'aud'];
      const verified = await jwtVerify(token, keys, {
        issuer,
        audience,
        algorithms,
        requiredClaims,
        clockTolerance: clockToleranceS,
      });
      claims = verified.payload;
    } catch (error) {
      if (!isAboutTheToken(error)) {
        log.error({ err: error, issuer }, 'identity provider gives no keys');
        throw new AppError('IDENTITY_UNAVAILABLE', undefined, [], error);
      }
      return refuse(ctx, (error as Error).message);
    }
    const { sub, email, name } = claims;
    if (typeof sub !== 'string' || sub.length < 1 || sub.length > subjectCharsMax || !storable(sub))
      return refuse(ctx, `"sub" is not text of 1 to ${subjectCharsMax} characters`);
    const user: User = { id: sub, email: textOrNull(email), name: textOrNull(name), token };
    remembered.set(token, user, (claims.exp as number) * 1000);
    return user;
  }

  /** RFC 6750: the challenge says that a token is wanted, and that one was bad only if one was there. */
  function refuse(ctx: Context, because: string): never {
    const given = ctx.get('Authorization') !== '';
    ctx.set('WWW-Authenticate', given ? 'Bearer error="invalid_token"' : 'Bearer');
    log.debug({ because }, 'unauthenticated');
    throw new AppError('UNAUTHENTICATED');
  }

  const requireUser: Middleware = async (ctx, next) => {
    ctx.state.user = await userOf(ctx);
    await next();
  };
  return {
    requireUser,
    requireOwner: (ctx, next) =>
      requireUser(ctx, async () => {
        const { user_id: owner } = (ctx as Context & { params: Record<string, string> }).params;
        if (owner !== (ctx.state.user as User).id) throw new AppError('FORBIDDEN');
        await next();
      }),
  };
}

/** A signature costs half a millisecond to check; one user's next request brings the same token. */
const rememberedMsMax = 60_000;
const rememberedMax = 5_000;

/** Never longer than the token is good, and not so long that a withdrawn key would matter. */
function openMemory() {
  const users = new Map<string, { readonly user: User; readonly untilMs: number }>();
  return {
    get(token: string): User | undefined {
      const found = users.get(token);
      if (found === undefined || found.untilMs > Date.now()) return found?.user;
      users.delete(token);
      return undefined;
    },
    set(token: string, user: User, expiresAtMs: number): void {
      // The oldest goes: a Map keeps the order in which they came.
      if (users.size >= rememberedMax) users.delete(users.keys().next().value as string);
      users.set(token, { user, untilMs: Math.min(expiresAtMs, Date.now() + rememberedMsMax) });
    },
  };
}

interface KeysOptions {
  readonly issuer: string;
  readonly log: Logger;
  readonly cooldownMs: number;
  readonly refreshMs: number;
}

/** A withdrawn key would be good for so long while the provider does not answer. */
const keysMsMax = 24 * 3_600_000;

/**
 * The provider's keys, found by OIDC discovery when the first token comes: a service starts, and takes what needs no user,
 * while the provider is away. A token that names a key we lack makes us ask again; otherwise they are read anew beside the requests, and
 * while that fails the known ones stay good: a provider that is away for an hour locks nobody out.
 */
function openKeys(options: KeysOptions): JWTVerifyGetKey {
  let found: Promise<JWTVerifyGetKey> | undefined;
  return async (header, token) => {
    // A failed discovery is forgotten, so that the next token tries again.
    found ??= discover(options).catch((error) => {
      found = undefined;
      throw error;
    });
    return (await found)(header, token);
  };
}

async function discover({ issuer, log, cooldownMs, refreshMs }: KeysOptions): Promise<JWTVerifyGetKey> {
  const url = `${issuer.replace(/\/$/, '')}/.well-known/openid-configuration`;
  const answer = await fetch(url, { signal: AbortSignal.timeout(fetchMsMax), redirect: 'error' });
  if (answer.status !== 200) throw new Error(`DISCOVERY_FAILED: ${url} answered ${answer.status}. Check OIDC_ISSUER`);
  const found = (await answer.json()) as { issuer?: unknown; jwks_uri?: unknown };
  // OpenID Connect Discovery 4.3: another issuer's document must not vouch for this one's tokens.
  if (found.issuer !== issuer)
    throw new Error(`DISCOVERY_FAILED: ${url} speaks for ${String(found.issuer)}, not for ${issuer}. Check OIDC_ISSUER`);
  if (typeof found.jwks_uri !== 'string') throw new Error(`DISCOVERY_FAILED: ${url} names no jwks_uri`);
  const set = createRemoteJWKSet(new URL(found.jwks_uri), {
    timeoutDuration: fetchMsMax,
    cooldownDuration: cooldownMs,
    cacheMaxAge: keysMsMax,
  });
  let askAgainAtMs = performance.now() + refreshMs;
  return (header, token) => {
    if (set.jwks() !== undefined && performance.now() > askAgainAtMs) {
      askAgainAtMs = performance.now() + refreshMs;
      set.reload().catch((error: unknown) => {
        askAgainAtMs = performance.now() + Math.max(cooldownMs, fetchMsMax);
        log.warn({ err: error, issuer }, 'the keys could not be read anew; the known ones stay good');
      });
    }
    return set(header, token);
  };
}

/** jose's own refusals are about the token, except those that say the key set could not be had. */
function isAboutTheToken(error: unknown): boolean {
  if (!(error instanceof errors.JOSEError)) return false;
  return !(error instanceof errors.JWKSTimeout || error instanceof errors.JWKSInvalid || error.code === 'ERR_JOSE_GENERIC');
}

const textOrNull = (value: unknown): string | null => (typeof value === 'string' && storable(value) ? value : null);
