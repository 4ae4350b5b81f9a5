/** The frontend's real way to the services behind it: its routes, its sidecar client, its idea of a caller. */
import { randomBytes } from 'node:crypto';
import { pino } from 'pino';
import type { Scope } from '#harness/process/scope.ts';
import { openAuth } from '#kit/web/auth.ts';
import { openSidecar } from '#kit/sidecar/sidecar.ts';
import { createWeb } from '#kit/web/web.ts';
import { findCaller, requireCaller } from '../../../impl/frontend/caller.ts';
import type { AppId } from '../../../impl/frontend/calls.ts';
import { gatewayRoutes } from '../../../impl/frontend/gateway.ts';
import { openSeal } from '../../../impl/frontend/seal.ts';
import { openSessions } from '../../../impl/frontend/session.ts';
import { openIssuer } from '../../impl/issuer.ts';
import type { Exchange } from './exchange.ts';
import { serve, standInSidecar } from './serve.ts';
import { requestId, user } from './shapes.ts';

export interface Gateway {
  /** What the page gets when it asks so, while that address is where the service is. */
  ask(exchange: Exchange, appId: AppId, url: string): Promise<Response>;
}

export async function openGateway(scope: Scope): Promise<Gateway> {
  const log = pino({ level: 'silent' });
  const issuer = await openIssuer(scope);
  const addresses = new Map<string, string>();
  const sidecarPort = await serve(
    scope,
    standInSidecar((appId) => addresses.get(appId) ?? `http://${appId}.invalid`),
  );
  const sidecar = openSidecar({ port: sidecarPort, timeoutMs: 1_000, log });
  scope.defer('close the sidecar client', async () => sidecar.close());
  const { requireUser } = openAuth({ issuer: issuer.url, audience: issuer.audience, log });
  const sessions = openSessions(openSeal([randomBytes(32)]), false);
  const caller = requireCaller(findCaller({ sessions, requireUser, publicUrl: new URL('http://127.0.0.1') }));
  const app = createWeb({
    log,
    routers: [gatewayRoutes({ sidecar, requireCaller: caller, deadlineMs: 5_000 })],
    deadlineMs: 10_000,
    readiness: [],
    stopping: () => false,
    appApiToken: undefined,
  });
  const port = await serve(scope, app.callback());
  const token = await issuer.token(user);

  return {
    ask({ call, params = {}, query = {}, headers = {}, body }, appId, url) {
      addresses.set(appId, url);
      const [method = '', path = ''] = call.split(' ');
      const filled = path.replace(/:(\w+)/g, (_, name: string) => params[name] ?? '');
      const search = new URLSearchParams(query).toString();
      return fetch(`http://127.0.0.1:${port}/api${filled}${search && `?${search}`}`, {
        method,
        headers: {
          authorization: `Bearer ${token}`,
          'x-request-id': requestId,
          ...(body !== undefined && { 'content-type': 'application/json' }),
          ...headers,
        },
        ...(body !== undefined && { body: JSON.stringify(body) }),
      });
    },
  };
}
