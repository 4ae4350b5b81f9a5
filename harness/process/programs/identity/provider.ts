/** How `oidc-provider` is set up: first-party clients only, so people are asked who they are and nothing else. */
import { readFileSync } from 'node:fs';
import { errors, type KoaContextWithOIDC, Provider } from 'oidc-provider';
import { securityHeaders } from '../html.ts';
import { accessTokenS, accountOf, scopes } from './account.ts';
import { memory } from './memory.ts';
import { problemPage, signedOutPage, signOutPage } from './pages.ts';

/** A service that people sign in at. */
export interface Client {
  readonly clientId: string;
  readonly clientSecret: string;
  readonly redirectUris: readonly string[];
  readonly postLogoutRedirectUris: readonly string[];
}

/** What `identity.ts` of the harness writes. */
export interface Settings {
  readonly port: number;
  readonly issuer: string;
  readonly jwksFile: string;
  readonly cookieKey: string;
  readonly audience: string;
  readonly clients: readonly Client[];
}

const minutesS = 60;
const daysS = 24 * 3_600;
const signing = 'ES256';

export function openIdProvider({ issuer, jwksFile, cookieKey, audience, clients }: Settings): Provider {
  const resource = {
    scope: scopes,
    audience,
    accessTokenFormat: 'jwt' as const,
    accessTokenTTL: accessTokenS,
    jwt: { sign: { alg: signing } },
  } as const;
  const provider: Provider = new Provider(issuer, {
    adapter: memory,
    jwks: JSON.parse(readFileSync(jwksFile, 'utf8')),
    clients: clients.map(({ clientId, clientSecret, redirectUris, postLogoutRedirectUris }) => ({
      client_id: clientId,
      client_secret: clientSecret,
      redirect_uris: [...redirectUris],
      post_logout_redirect_uris: [...postLogoutRedirectUris],
      grant_types: ['authorization_code'],
      response_types: ['code'],
      id_token_signed_response_alg: signing,
    })),
    enabledJWA: { idTokenSigningAlgValues: [signing] },
    scopes: scopes.split(' '),
    claims: { openid: ['sub'], email: ['email'], profile: ['name'] },
    // Access tokens are for the API, not for /userinfo, so the ID token has to say who it is.
    conformIdTokenClaims: false,
    findAccount: (_ctx, id) => ({ accountId: id, claims: async () => ({ ...accountOf(id) }) }),
    extraTokenClaims(_ctx, token) {
      if (!('accountId' in token)) return undefined;
      const { email, name } = accountOf(token.accountId);
      return { email, name };
    },
    pkce: { required: () => true },
    ttl: {
      AccessToken: accessTokenS,
      AuthorizationCode: minutesS,
      IdToken: accessTokenS,
      Interaction: 60 * minutesS,
      Session: daysS,
      Grant: daysS,
    },
    // Cookies know no ports: with names of their own they do not meet those of the services on the same address.
    cookies: {
      keys: [cookieKey],
      names: { session: 'identity_session', interaction: 'identity_interaction', resume: 'identity_resume' },
    },
    interactions: { url: (_ctx, { uid }) => `/interaction/${uid}` },
    // Consent is not a question here: every client is one of ours.
    loadExistingGrant: (ctx) => grantAll(ctx, audience),
    features: {
      devInteractions: { enabled: false },
      resourceIndicators: {
        enabled: true,
        defaultResource: (_ctx, _client, oneOf) => oneOf ?? audience,
        useGrantedResource: () => true,
        getResourceServerInfo(_ctx, indicator) {
          if (indicator !== audience) throw new errors.InvalidTarget();
          return resource;
        },
      },
      rpInitiatedLogout: {
        enabled: true,
        logoutSource(ctx, form) {
          const next = ctx.oidc.session?.state?.postLogoutRedirectUri as string | undefined;
          ctx.set(securityHeaders({ 'form-action': formTargets(next) }));
          ctx.body = signOutPage(form);
        },
        postLogoutSuccessSource(ctx) {
          ctx.set(securityHeaders());
          ctx.body = signedOutPage();
        },
      },
    },
    renderError(ctx, { error, error_description: description }) {
      ctx.set(securityHeaders());
      ctx.type = 'html';
      ctx.body = problemPage(error, description ?? '');
    },
  });
  return provider;
}

async function grantAll(ctx: KoaContextWithOIDC, audience: string) {
  const { client, session, provider } = ctx.oidc;
  const known = client && session?.grantIdFor(client.clientId);
  const existing = known ? await provider.Grant.find(known) : undefined;
  if (existing || !client || !session?.accountId) return existing;
  const grant = new provider.Grant({ clientId: client.clientId, accountId: session.accountId });
  grant.addOIDCScope(scopes);
  grant.addResourceScope(audience, scopes);
  await grant.save();
  return grant;
}

/** A browser holds a form to this list over the redirects that follow, up to the client's own page. */
export const formTargets = (redirectUri?: string) => (redirectUri ? `'self' ${new URL(redirectUri).origin}` : "'self'");
