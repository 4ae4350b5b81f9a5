/**
 * The OpenID provider: authorization code with PKCE. It is looked up when the first user signs in and not at start, so
 * that the page is served, and sessions go on, without it.
 */
import { decodeJwt } from 'jose';
import {
  allowInsecureRequests,
  authorizationCodeGrant,
  AuthorizationResponseError,
  buildAuthorizationUrl,
  buildEndSessionUrl,
  calculatePKCECodeChallenge,
  ClientSecretBasic,
  type Configuration,
  discovery,
  randomNonce,
  randomPKCECodeVerifier,
  randomState,
  ResponseBodyError,
} from 'openid-client';
import { AppError } from '#kit/web/errors.ts';
import type { Session } from './session.ts';

/** What must be remembered until the browser comes back. */
export interface Attempt {
  readonly state: string;
  readonly nonce: string;
  readonly verifier: string;
}

export interface Provider {
  begin(): Promise<{ readonly url: URL; readonly attempt: Attempt }>;
  /** `returned` is the address the provider sent the browser to. */
  finish(returned: URL, attempt: Attempt): Promise<Session>;
  /** Where the provider's own session is ended. */
  endUrl(): Promise<URL>;
}

export interface ProviderOptions {
  readonly issuer: string;
  readonly clientId: string;
  readonly clientSecret: string;
  /** The token is asked for this API (RFC 8707); without it many providers give one that no API accepts. */
  readonly audience: string;
  readonly publicUrl: URL;
}

const answerSMax = 5;

export function openProvider({ issuer, clientId, clientSecret, audience, publicUrl }: ProviderOptions): Provider {
  const redirectUri = new URL('/auth/callback', publicUrl).href;
  let found: Promise<Configuration> | undefined;

  /** Found once; looked for again by the next sign-in when it was not. */
  async function configuration(): Promise<Configuration> {
    const looking = (found ??= discovery(new URL(issuer), clientId, {}, ClientSecretBasic(clientSecret), {
      timeout: answerSMax,
      execute: new URL(issuer).protocol === 'http:' ? [allowInsecureRequests] : [],
    }));
    try {
      return await looking;
    } catch (error) {
      if (found === looking) found = undefined;
      throw new AppError('IDENTITY_UNAVAILABLE', undefined, [], error);
    }
  }

  return {
    async begin() {
      const attempt = { state: randomState(), nonce: randomNonce(), verifier: randomPKCECodeVerifier() };
      const url = buildAuthorizationUrl(await configuration(), {
        redirect_uri: redirectUri,
        scope: 'openid profile email',
        resource: audience,
        code_challenge: await calculatePKCECodeChallenge(attempt.verifier),
        code_challenge_method: 'S256',
        state: attempt.state,
        nonce: attempt.nonce,
      });
      return { url, attempt };
    },
    async finish(returned, { state, nonce, verifier }) {
      const known = await configuration();
      try {
        const tokens = await authorizationCodeGrant(
          known,
          returned,
          { pkceCodeVerifier: verifier, expectedState: state, expectedNonce: nonce, idTokenExpected: true },
          { resource: audience },
        );
        return sessionOf(tokens.access_token, tokens.claims() ?? {}, tokens.expiresIn());
      } catch (error) {
        throw signInError(error);
      }
    },
    endUrl: async () => buildEndSessionUrl(await configuration(), { post_logout_redirect_uri: publicUrl.href }),
  };
}

/**
 * The subject is the access token's, for it is the one that the services behind see: a provider with pairwise subjects may
 * say another in the ID token.
 */
function sessionOf(token: string, person: Readonly<Record<string, unknown>>, expiresInS: number | undefined): Session {
  const claims = decodeJwt(token);
  if (!claims.sub) throw new Error('the access token names no subject');
  const text = (name: string) => [person[name], claims[name]].find((value) => typeof value === 'string') ?? null;
  const expiresAtS = claims.exp ?? Math.floor(Date.now() / 1000) + (expiresInS ?? 0);
  return { userId: claims.sub, name: text('name') as string | null, email: text('email') as string | null, token, expiresAtS };
}

/** The user said no, or came back with something old or foreign: 401. Anything else is the provider's trouble. */
function signInError(error: unknown): AppError {
  if (error instanceof AppError) return error;
  const isRefusal = error instanceof AuthorizationResponseError || (error instanceof ResponseBodyError && error.status < 500);
  const { code } = error as { code?: unknown };
  if (isRefusal || code === 'OAUTH_INVALID_RESPONSE' || code === 'OAUTH_JWT_CLAIM_COMPARISON_FAILED')
    return new AppError('UNAUTHENTICATED', 'Signing in did not succeed: begin again at /auth/login', [], error);
  return new AppError('IDENTITY_UNAVAILABLE', undefined, [], error);
}
