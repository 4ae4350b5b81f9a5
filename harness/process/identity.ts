/**
 * A real OpenID provider, for development: people sign in with a name and nothing else. What services see of it is real:
 * discovery, keys, authorization code with PKCE, ID tokens, access tokens (JWT, ES256, one hour), sign-out.
 *
 * The harness has made the signing key itself, so `token` gives what a sign-in would have given: a load test does not have
 * to sign in a thousand times.
 */
import { randomBytes, randomUUID } from 'node:crypto';
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { calculateJwkThumbprint, exportJWK, generateKeyPair, SignJWT } from 'jose';
import { answers } from './http-probe.ts';
import { type Part, startPart } from './part.ts';
import { claimPorts } from './ports.ts';
import { accessTokenS, accountOf, scopes } from './programs/identity/account.ts';
import type { Client, Settings } from './programs/identity/provider.ts';
import type { Startable } from './scope.ts';
import { until } from './until.ts';

export interface IdentityOptions {
  /** The run's folder: keys and settings go to `<folder>/identity/`, the log to `<folder>/logs/identity.log`. */
  readonly folder: string;
  /** Claimed by the caller; without it a free one is claimed. */
  readonly port?: number;
  /** Confidential ones, with a secret: the services that people sign in at. */
  readonly clients: readonly Client[];
  /** Of the access tokens, unless a client asks for another: the API they are for, an absolute URI such as `urn:todo`. */
  readonly audience: string;
}

export interface User {
  readonly sub: string;
  /** Without it: the name itself when it is an address, else `<sub>@mail.example`, as after a sign-in. */
  readonly email?: string;
  readonly name?: string;
}

/** What a token may have other than those of a sign-in; a negative `ttlS` is a token that is over. */
export interface TokenOverrides {
  readonly ttlS?: number;
  readonly audience?: string;
  readonly issuer?: string;
  readonly clientId?: string;
  readonly scope?: string;
}

export interface Identity extends Part {
  readonly issuer: string;
  /** An access token with the key and in the shape of the provider's own. */
  token(user: User, over?: TokenOverrides): Promise<string>;
}

const alg = 'ES256';

export function identity({ folder, port: wanted, clients, audience }: IdentityOptions): Startable<Identity> {
  const title = 'identity';
  return {
    title,
    async start(scope) {
      const port = wanted ?? ((await claimPorts(scope, 1))[0] as number);
      const issuer = `http://127.0.0.1:${port}`;
      const { privateKey, kid, jwks } = await newKey();
      const own = join(folder, title);
      mkdirSync(own, { recursive: true });
      const secret = { mode: 0o600 };
      const jwksFile = join(own, 'jwks.json');
      writeFileSync(jwksFile, JSON.stringify(jwks), secret);
      const cookieKey = randomBytes(32).toString('base64url');
      const settings: Settings = { port, issuer, jwksFile, cookieKey, audience, clients };
      const settingsFile = join(own, 'settings.json');
      writeFileSync(settingsFile, JSON.stringify(settings), secret);

      const part = await startPart(scope, {
        process: {
          title,
          command: process.execPath,
          args: [join(import.meta.dirname, 'programs', 'identity', 'main.ts'), settingsFile],
          cwd: own,
          env: {},
          logFile: join(folder, 'logs', `${title}.log`),
        },
        graceMs: 3_000,
        async ready(running, signal) {
          const discovery = `${issuer}/.well-known/openid-configuration`;
          await until(`identity answers at ${discovery}`, (over) => answers(discovery, 200, over), {
            everyMs: 20,
            giveUpMs: 30_000,
            unless: running.exited,
            signal,
            code: 'IDENTITY_NOT_READY',
            next: `Its whole log: ${running.logFile}`,
            logTail: running.logTail,
          });
        },
      });
      return Object.assign(part, {
        issuer,
        token(user: User, over: TokenOverrides = {}) {
          const { email, name } = accountOf(user.sub);
          const nowS = Math.floor(Date.now() / 1000);
          const claims = {
            email: user.email ?? email,
            name: user.name ?? name,
            scope: over.scope ?? scopes,
            client_id: over.clientId ?? clients[0]?.clientId ?? title,
          };
          return new SignJWT(claims)
            .setProtectedHeader({ alg, typ: 'at+jwt', kid })
            .setIssuer(over.issuer ?? issuer)
            .setSubject(user.sub)
            .setAudience(over.audience ?? audience)
            .setJti(randomUUID())
            .setIssuedAt(nowS)
            .setExpirationTime(nowS + (over.ttlS ?? accessTokenS))
            .sign(privateKey);
        },
      });
    },
  };
}

async function newKey() {
  const { privateKey } = await generateKeyPair(alg, { extractable: true });
  const key = await exportJWK(privateKey);
  const kid = await calculateJwkThumbprint(key);
  return { privateKey, kid, jwks: { keys: [{ ...key, kid, alg, use: 'sig' }] } };
}
