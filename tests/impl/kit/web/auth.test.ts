/** Tokens of every bad shape, against a real issuer and a real HTTP server. */
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import Router from '@koa/router';
import { generateKeyPair, type JWTPayload, SignJWT, UnsecuredJWT } from 'jose';
import { pino } from 'pino';
import { openScope } from '#harness/process/scope.ts';
import { until } from '#harness/process/until.ts';
import { type Auth, openAuth } from '#kit/web/auth.ts';
import { createWeb } from '#kit/web/web.ts';
import { type Issuer, openIssuer } from '../../issuer.ts';

const scope = openScope({ title: 'auth test' });
const log = pino({ level: 'silent' });
const servers: Server[] = [];
let issuer: Issuer;
let url: string;

beforeAll(async () => {
  issuer = await openIssuer(scope);
  url = await serve(openAuth({ issuer: issuer.url, audience: issuer.audience, log, keysCooldownMs: 0 }));
});
afterAll(async () => {
  for (const server of servers) {
    server.closeAllConnections();
    server.close();
  }
  await scope.close();
});

async function serve(auth: Auth): Promise<string> {
  const router = new Router();
  router.get('/me', auth.requireUser, (ctx) => {
    ctx.body = { ...ctx.state.user, token: undefined };
  });
  router.get('/api/:user_id/things', auth.requireOwner, (ctx) => {
    ctx.body = { owner: ctx.params.user_id };
  });
  const web = createWeb({
    log,
    routers: [router],
    readiness: [],
    stopping: () => false,
    deadlineMs: 5_000,
    appApiToken: undefined,
  });
  const server = createServer(web.callback());
  servers.push(server);
  await new Promise<void>((done) => server.listen(0, '127.0.0.1', done));
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
}

interface Answer {
  status: number;
  challenge: string | null;
  body: Record<string, unknown>;
}

async function get(path: string, token?: string, base = url): Promise<Answer> {
  const answer = await fetch(base + path, { headers: token === undefined ? {} : { authorization: `Bearer ${token}` } });
  const body = (await answer.json()) as Record<string, unknown>;
  return { status: answer.status, challenge: answer.headers.get('www-authenticate'), body };
}

const inSeconds = (s: number) => Math.floor(Date.now() / 1000) + s;
const claims = (over: JWTPayload = {}): JWTPayload => ({
  iss: issuer.url,
  aud: issuer.audience,
  sub: 'u',
  exp: inSeconds(60),
  ...over,
});
const refused = (challenge: string) => ({ status: 401, challenge, body: { type: 'urn:problem:unauthenticated' } });
const badToken = refused('Bearer error="invalid_token"');

describe('a user', () => {
  it('is who the token says', async () => {
    const token = await issuer.token('auth0|7', { email: 'u@example.org', name: 'Ute' });
    expect(await get('/me', token)).toMatchObject({
      status: 200,
      body: { id: 'auth0|7', email: 'u@example.org', name: 'Ute' },
    });
    expect((await get('/me', await issuer.token('u'))).body).toEqual({ id: 'u', email: null, name: null });
  });

  it('owns only the path that names them', async () => {
    expect(await get('/api/a%2Fb/things', await issuer.token('a/b'))).toMatchObject({ status: 200, body: { owner: 'a/b' } });
    expect(await get('/api/other/things', await issuer.token('u'))).toMatchObject({
      status: 403,
      body: { type: 'urn:problem:forbidden' },
    });
    expect(await get('/api/u/things')).toMatchObject(refused('Bearer'));
  });

  it('a path that is no text is 400, whoever asks', async () => {
    expect(await get('/api/%E0%A4/things', await issuer.token('u'))).toMatchObject({
      status: 400,
      body: { type: 'urn:problem:malformed-path' },
    });
  });

  it('without a token is asked for one', async () => {
    expect(await get('/me')).toMatchObject(refused('Bearer'));
  });

  it('a token of an allowed clock difference still works', async () => {
    expect((await get('/me', await issuer.token('u', { exp: inSeconds(-2) }))).status).toBe(200);
  });

  it.each<[string, () => Promise<string>]>([
    ['expired', () => issuer.token('u', { exp: inSeconds(-60) })],
    ['not yet valid', () => issuer.token('u', { nbf: inSeconds(60) })],
    ['without an end', () => issuer.token('u', { exp: undefined })],
    ['for another audience', () => issuer.token('u', { aud: 'urn:other' })],
    ['without an audience', () => issuer.token('u', { aud: undefined })],
    ['of another issuer', () => issuer.token('u', { iss: 'http://elsewhere' })],
    ['without a subject', () => issuer.token('u', { sub: undefined })],
    ['with an empty subject', () => issuer.token('')],
    ['with a subject no column holds', () => issuer.token('a\0b')],
    ['with a subject that is too long', () => issuer.token('x'.repeat(129))],
    [
      'signed with a key of its own',
      async () => {
        const { privateKey } = await generateKeyPair('ES256');
        return new SignJWT(claims()).setProtectedHeader({ alg: 'ES256', kid: issuer.publicKey().kid ?? '' }).sign(privateKey);
      },
    ],
    ['not signed', async () => new UnsecuredJWT(claims()).encode()],
    ['not signed, with something in the place of it', async () => `${new UnsecuredJWT(claims()).encode()}AAAA`],
    [
      'signed with the public key as a shared secret',
      async () => {
        const secret = new TextEncoder().encode(JSON.stringify(issuer.publicKey()));
        return new SignJWT(claims()).setProtectedHeader({ alg: 'HS256', kid: issuer.publicKey().kid ?? '' }).sign(secret);
      },
    ],
    [
      'with a changed payload',
      async () => (await issuer.token('u')).replace(/\.[\w-]+\./, `.${btoa('{"sub":"v"}').replace('=', '')}.`),
    ],
    ['not a token', async () => 'abc'],
    ['three parts of nothing', async () => 'a.b.c'],
  ])('a token %s is refused', async (_what, tokenOf) => {
    expect(await get('/me', await tokenOf())).toMatchObject(badToken);
  });
});

describe('the identity provider', () => {
  it('may change its key', async () => {
    const [before, unseen] = [await issuer.token('u'), await issuer.token('u', { jti: 'unseen' })];
    expect((await get('/me', before)).status).toBe(200);
    await issuer.rotate();
    expect((await get('/me', await issuer.token('u'))).status).toBe(200);
    // Its key is published no more. One that was seen is remembered for a minute.
    expect(await get('/me', unseen)).toMatchObject(badToken);
  });

  it('is not asked again for each token', async () => {
    const asked = issuer.keysAsked();
    for (let n = 0; n < 5; n++) await get('/me', await issuer.token('u'));
    expect(issuer.keysAsked()).toBe(asked);
  });

  it('locks nobody out while it is away, however old its keys are by then, and is asked anew beside the requests', async () => {
    const own = await openIssuer(scope);
    const base = await serve(openAuth({ issuer: own.url, audience: own.audience, log, keysCooldownMs: 0, keysRefreshMs: 1 }));
    expect((await get('/me', await own.token('ann'), base)).status).toBe(200);
    own.away = true;
    for (const user of ['ben', 'cid', 'dot'])
      expect([user, (await get('/me', await own.token(user), base)).status]).toEqual([user, 200]);
    own.away = false;
    const asked = own.keysAsked();
    await until(
      'the keys are read anew',
      async () => {
        expect((await get('/me', await own.token('eve'), base)).status).toBe(200);
        return own.keysAsked() > asked || undefined;
      },
      { everyMs: 100, giveUpMs: 12_000 },
    );
  }, 15_000);

  it('is needed when the first token comes, and that is no fault of the token', async () => {
    const fresh = await serve(openAuth({ issuer: issuer.url, audience: issuer.audience, log }));
    const token = await issuer.token('u');
    issuer.away = true;
    expect(await get('/me', token, fresh)).toMatchObject({
      status: 503,
      challenge: null,
      body: { type: 'urn:problem:identity-unavailable' },
    });
    expect((await get('/me', token)).status).toBe(200); // keys that were read serve on
    issuer.away = false;
    expect((await get('/me', token, fresh)).status).toBe(200);
  });

  it('must be the one we were told', async () => {
    const other = await serve(openAuth({ issuer: `${issuer.url}/`, audience: issuer.audience, log }));
    expect((await get('/me', await issuer.token('u'), other)).status).toBe(503);
  });
});
