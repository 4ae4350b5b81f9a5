/** The identity provider, met as a service and as a browser without scripts would meet it. */
import { createHash, randomBytes } from 'node:crypto';
import { statSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from '@jest/globals';
import { createRemoteJWKSet, decodeProtectedHeader, jwtVerify } from 'jose';
import { type Identity, identity } from '../../../harness/process/identity.ts';
import { inScope } from './scene.ts';

const audience = 'urn:todo';
const client = {
  clientId: 'todo',
  clientSecret: 'a-secret-of-at-least-some-length',
  redirectUris: ['http://127.0.0.1:3000/auth/callback'],
  postLogoutRedirectUris: ['http://127.0.0.1:3000/'],
} as const;
const redirectUri = client.redirectUris[0];

const withIdentity = (act: (part: Identity, folder: string) => Promise<void>) =>
  inScope(async (scope, folder) => act(await scope.use(identity({ folder, clients: [client], audience })), folder));

const keysOf = ({ issuer }: Identity) => createRemoteJWKSet(new URL(`${issuer}/jwks`));
const verify = (part: Identity, token: string, wanted: string = audience) =>
  jwtVerify(token, keysOf(part), { issuer: part.issuer, audience: wanted });

describe('identity', () => {
  it('tells where everything is and which key it signs with, and keeps the key from others', () =>
    withIdentity(async ({ issuer }, folder) => {
      const about = (await (await fetch(`${issuer}/.well-known/openid-configuration`)).json()) as Record<string, unknown>;
      expect(about).toMatchObject({
        issuer,
        authorization_endpoint: `${issuer}/auth`,
        end_session_endpoint: `${issuer}/session/end`,
        id_token_signing_alg_values_supported: ['ES256'],
        code_challenge_methods_supported: ['S256'],
      });
      const { keys } = (await (await fetch(String(about.jwks_uri))).json()) as { keys: object[] };
      expect(keys).toEqual([
        expect.objectContaining({ kty: 'EC', crv: 'P-256', alg: 'ES256', use: 'sig', kid: expect.any(String) }),
      ]);
      expect(keys[0]).not.toHaveProperty('d');
      for (const file of ['jwks.json', 'settings.json'])
        expect(statSync(join(folder, 'identity', file)).mode & 0o777).toBe(0o600);
    }));

  it('signs people in by code and PKCE; what the harness mints is of the same shape', () =>
    withIdentity(async (part) => {
      const { access_token, id_token } = await signIn(part, browser(), 'ada');
      const { payload } = await verify(part, access_token);
      expect(payload).toMatchObject({ sub: 'ada', email: 'ada@mail.example', client_id: 'todo', scope: 'openid email profile' });
      expect((payload.exp ?? 0) - (payload.iat ?? 0)).toBe(3_600);
      const who = (await verify(part, id_token, client.clientId)).payload;
      expect(who).toMatchObject({ sub: 'ada', email: 'ada@mail.example', name: 'ada', nonce: 'n-1' });

      const minted = await part.token({ sub: 'ada' });
      expect(decodeProtectedHeader(minted)).toEqual(decodeProtectedHeader(access_token));
      const own = (await verify(part, minted)).payload;
      expect(Object.keys(own).sort()).toEqual(Object.keys(payload).sort());
      expect({ ...own, jti: '', iat: 0, exp: 0 }).toEqual({ ...payload, jti: '', iat: 0, exp: 0 });
    }));

  it('mints tokens that must be refused', () =>
    withIdentity(async (part) => {
      const user = { sub: 'bob@post.example', name: 'Bob' };
      expect((await verify(part, await part.token(user))).payload).toMatchObject({ email: 'bob@post.example', name: 'Bob' });
      await expect(verify(part, await part.token(user, { ttlS: -1 }))).rejects.toThrow(/exp/);
      await expect(verify(part, await part.token(user, { audience: 'urn:other' }))).rejects.toThrow(/aud/);
      await expect(verify(part, await part.token(user, { issuer: 'http://127.0.0.1:1' }))).rejects.toThrow(/iss/);
    }));

  it('remembers who is signed in, until the sign-out, which asks nothing', () =>
    withIdentity(async (part) => {
      const ada = browser();
      const { id_token } = await signIn(part, ada, 'ada');
      // No form this time: the second sign-in goes straight through, also for a client that insists on consent.
      for (const prompt of ['', 'consent'])
        expect(await codeFrom(await ada.follow(authorization(part, { prompt }).url))).toMatch(/^[\w-]{20,}$/);

      const query = new URLSearchParams({ id_token_hint: id_token, post_logout_redirect_uri: client.postLogoutRedirectUris[0] });
      const asked = await ada.follow(`${part.issuer}/session/end?${query}`);
      expect(asked.headers.get('content-security-policy')).toContain("form-action 'self' http://127.0.0.1:3000");
      const body = await asked.text();
      expect(body).toContain('src="/sign-out.js"');
      const xsrf = /name="xsrf" value="([^"]+)"/.exec(body)?.[1] ?? '';
      const left = await ada.follow(`${part.issuer}/session/end/confirm`, new URLSearchParams({ xsrf, logout: 'yes' }));
      expect(left.headers.get('location')).toBe(client.postLogoutRedirectUris[0]);
      expect(await (await ada.follow(authorization(part).url)).text()).toContain('User name');
    }));

  it.each(['', 'a b', 'x'.repeat(65), '"><script>alert(1)</script>'])(
    'does not take the name "%s", and says what a name is',
    (name) =>
      withIdentity(async (part) => {
        const eve = browser();
        const form = await eve.follow(authorization(part).url);
        const answer = await eve.follow(form.url, new URLSearchParams({ name }));
        expect(answer.status).toBe(400);
        const page = await answer.text();
        expect(page).toMatch(/role="alert">\s*Use 1 to 64 letters/);
        expect(page).not.toContain('<script>alert');
      }),
  );

  it('refuses a request without PKCE, to an address that is not registered, or for an API it does not know', () =>
    withIdentity(async (part) => {
      const plain = await browser().follow(authorization(part, { code_challenge: '', code_challenge_method: '' }).url);
      expect(plain.headers.get('location')).toMatch(/^http:\/\/127\.0\.0\.1:3000\/auth\/callback\?error=invalid_request.*PKCE/);
      const stolen = await browser().follow(authorization(part, { redirect_uri: 'http://evil.example/' }).url);
      expect(stolen.status).toBe(400);
      expect(stolen.headers.get('content-security-policy')).toContain("default-src 'none'");
      expect(await stolen.text()).toContain('invalid_redirect_uri');
      const other = await browser().follow(authorization(part, { resource: 'urn:other' }).url);
      expect(other.headers.get('location')).toContain('error=invalid_target');
    }));

  it('shows an old form as over, not as an error of its own', () =>
    withIdentity(async (part) => {
      const late = await fetch(`${part.issuer}/interaction/nothing`, {
        method: 'POST',
        body: new URLSearchParams({ name: 'ada' }),
      });
      expect(late.status).toBe(400);
      expect(await late.text()).toContain('This sign-in is over already');
      expect(part.logTail()).toBe('');
    }));
});

function authorization({ issuer }: Identity, also: Record<string, string> = {}) {
  const verifier = randomBytes(32).toString('base64url');
  const parameters = {
    client_id: client.clientId,
    redirect_uri: redirectUri,
    response_type: 'code',
    scope: 'openid email profile',
    code_challenge: createHash('sha256').update(verifier).digest('base64url'),
    code_challenge_method: 'S256',
    state: 's-1',
    nonce: 'n-1',
    ...also,
  };
  const query = new URLSearchParams(Object.entries(parameters).filter(([, value]) => value !== ''));
  return { verifier, url: `${issuer}/auth?${query}` };
}

async function signIn(part: Identity, user: ReturnType<typeof browser>, name: string) {
  const { url, verifier } = authorization(part);
  const form = await user.follow(url);
  expect(form.headers.get('content-security-policy')).toContain("form-action 'self' http://127.0.0.1:3000");
  const page = await form.text();
  expect(page).toContain('For development only');
  const action = /action="([^"]+)"/.exec(page)?.[1] ?? '';
  const back = await user.follow(new URL(action, part.issuer).href, new URLSearchParams({ name }));
  const code = await codeFrom(back);
  const answer = await fetch(`${part.issuer}/token`, {
    method: 'POST',
    headers: { authorization: `Basic ${btoa(`${client.clientId}:${client.clientSecret}`)}` },
    body: new URLSearchParams({ grant_type: 'authorization_code', code, redirect_uri: redirectUri, code_verifier: verifier }),
  });
  expect(answer.status).toBe(200);
  return (await answer.json()) as { access_token: string; id_token: string };
}

async function codeFrom(answer: Response): Promise<string> {
  const back = new URL(answer.headers.get('location') ?? 'http://no.example', redirectUri);
  expect(back.href.startsWith(redirectUri)).toBe(true);
  expect(back.searchParams.get('state')).toBe('s-1');
  return back.searchParams.get('code') ?? '';
}

/** Cookies, and redirects as long as they stay with the provider. */
function browser() {
  const jar = new Map<string, string>();
  return {
    async follow(start: string, form?: URLSearchParams): Promise<Response> {
      let url = start;
      let body = form;
      for (let step = 0; step < 10; step += 1) {
        const cookie = [...jar].map(([name, value]) => `${name}=${value}`).join('; ');
        const answer: Response = await fetch(url, {
          redirect: 'manual',
          headers: { cookie },
          ...(body && { method: 'POST', body }),
        });
        for (const line of answer.headers.getSetCookie()) {
          const [, name = '', value = ''] = /^([^=]+)=([^;]*)/.exec(line) ?? [];
          if (value === '' || /expires=Thu, 01 Jan 1970/i.test(line)) jar.delete(name);
          else jar.set(name, value);
        }
        const next = answer.headers.get('location');
        if (next === null || new URL(next, url).origin !== new URL(start).origin) return answer;
        url = new URL(next, url).href;
        body = undefined;
      }
      throw new Error(`more than 10 redirects from ${start}`);
    },
  };
}
