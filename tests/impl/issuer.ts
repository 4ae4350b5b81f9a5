/** An identity provider of the test's own: discovery, keys, and tokens of any shape a test wants to try. */
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { type CryptoKey, exportJWK, generateKeyPair, type JWK, SignJWT } from 'jose';
import type { Scope } from '#harness/process/scope.ts';

export interface Issuer {
  readonly url: string;
  readonly audience: string;
  /** A token of this user, good for ten minutes; `claims` replace or, when undefined, remove. */
  token(userId: string, claims?: Readonly<Record<string, unknown>>): Promise<string>;
  /** Signs with a new key from now on; the old one is published no more. */
  rotate(): Promise<void>;
  /** The key that is published now. */
  publicKey(): JWK;
  /** How often the keys were asked for. */
  keysAsked(): number;
  /** While true, every address answers 503. */
  away: boolean;
}

interface Key {
  readonly kid: string;
  readonly privateKey: CryptoKey;
  readonly publicJwk: JWK;
}

const audience = 'urn:todo';

export async function openIssuer(scope: Scope): Promise<Issuer> {
  let key = await newKey('1');
  let keysAsked = 0;
  const server = createServer((request, response) => {
    const answer = (status: number, body: unknown) =>
      response.writeHead(status, { 'content-type': 'application/json' }).end(JSON.stringify(body));
    if (issuer.away) return answer(503, { error: 'temporarily_unavailable' });
    if (request.url === '/.well-known/openid-configuration')
      return answer(200, { issuer: issuer.url, jwks_uri: `${issuer.url}/jwks` });
    if (request.url !== '/jwks') return answer(404, {});
    keysAsked++;
    return answer(200, { keys: [key.publicJwk] });
  });
  scope.defer('close the issuer', async () => {
    server.closeAllConnections();
    await new Promise((done) => server.close(done));
  });
  await new Promise<void>((done) => server.listen(0, '127.0.0.1', done));
  const issuer: Issuer = {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    audience,
    async token(userId, claims = {}) {
      const now = Math.floor(Date.now() / 1000);
      const payload = { iss: issuer.url, aud: audience, sub: userId, iat: now, exp: now + 600, ...claims };
      return new SignJWT(payload).setProtectedHeader({ alg: 'ES256', kid: key.kid }).sign(key.privateKey);
    },
    async rotate() {
      key = await newKey(String(Number(key.kid) + 1));
    },
    publicKey: () => key.publicJwk,
    keysAsked: () => keysAsked,
    away: false,
  };
  return issuer;
}

async function newKey(kid: string): Promise<Key> {
  const { privateKey, publicKey } = await generateKeyPair('ES256');
  return { kid, privateKey, publicJwk: { ...(await exportJWK(publicKey)), kid, alg: 'ES256', use: 'sig' } };
}
