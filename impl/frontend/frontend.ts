/** What frontend is made of: signing in, the page, its calls through the sidecar, and its live stream. No database. */
import { fileURLToPath } from 'node:url';
import type { Logger } from 'pino';
import type { TaskEvent } from '#contracts/types.ts';
import { openAuth } from '#kit/web/auth.ts';
import { type Environment, identityOf, type KitConfig } from '#kit/config.ts';
import { createListener } from '#kit/receive/listen.ts';
import type { Parts } from '#kit/service.ts';
import { openSidecar } from '#kit/sidecar/sidecar.ts';
import { findCaller, requireCaller } from './caller.ts';
import { gatewayRoutes } from './gateway.ts';
import { openHeartbeat } from './heartbeat.ts';
import { openPage } from './page.ts';
import { openProvider } from './provider.ts';
import { publicName } from './public-name.ts';
import { openSeal, sealKeysOf } from './seal.ts';
import { securityHeaders } from './security-headers.ts';
import { openSessions } from './session.ts';
import { signInRoutes } from './sign-in.ts';
import { openStreams } from './streams.ts';
import { streamRoutes, taskMessage } from './stream-routes.ts';

export const frontendConfig = (env: Environment) => ({
  identity: identityOf(env),
  clientId: env.text('OIDC_CLIENT_ID', 'frontend'),
  clientSecret: env.text('OIDC_CLIENT_SECRET'),
  publicUrl: publicUrlOf(env),
  sessionKeys: sessionKeysOf(env),
  /** Above Dapr's three attempts of 9 s (components/<where>/resiliency.yaml), so that the answer is still Dapr's. */
  invokeDeadlineMs: env.whole('INVOKE_DEADLINE_MS', 100, 60_000, 30_000),
  streamsPerUserMax: env.whole('STREAMS_PER_USER_MAX', 1, 1_000, 10),
  streamsMax: env.whole('STREAMS_MAX', 1, 100_000, 2_000),
});

const streamBufferedBytesMax = 256 * 1024;
const heartbeatMs = 15_000;

export async function openFrontend(config: KitConfig & ReturnType<typeof frontendConfig>, log: Logger): Promise<Parts> {
  const { identity, publicUrl, invokeDeadlineMs: deadlineMs } = config;
  const sidecar = openSidecar({ port: config.sidecarPort, timeoutMs: 1_000, apiToken: config.sidecarApiToken, log });
  const seal = openSeal(config.sessionKeys);
  const sessions = openSessions(seal, publicUrl.protocol === 'https:');
  const { requireUser } = openAuth({ ...identity, log });
  const find = findCaller({ sessions, requireUser, publicUrl });
  const caller = requireCaller(find);
  const provider = openProvider({ ...identity, clientId: config.clientId, clientSecret: config.clientSecret, publicUrl });
  const streams = openStreams({ perUserMax: config.streamsPerUserMax, totalMax: config.streamsMax });
  const page = openPage(fileURLToPath(new URL('./page', import.meta.url)));
  const updates = createListener<TaskEvent>({
    pubsub: 'kafka-broadcast',
    topic: 'task-updates',
    route: '/events/task-updates',
    contract: 'task-event',
    sidecar,
    log,
    receive: (event) => void streams.send(event.data.user_id, taskMessage(event)),
  });
  return {
    before: [
      securityHeaders({ publicUrl, issuer: identity.issuer, scriptHashes: page.scriptHashes }),
      publicName({ publicUrl, log }),
    ],
    routers: [
      signInRoutes({ provider, seal, sessions, findCaller: find, publicUrl, log }),
      gatewayRoutes({ sidecar, requireCaller: caller, deadlineMs }),
      streamRoutes({ streams, requireCaller: caller, bufferedBytesMax: streamBufferedBytesMax }),
      updates.router,
      page.router,
    ],
    // Above the longest call, so that the caller hears what became of it.
    deadlineMs: deadlineMs + 5_000,
    // The page and its sessions need nobody; what is away behind it is told call by call.
    readiness: [updates.check],
    background: [openHeartbeat(streams, heartbeatMs)],
    // A stream never ends by itself: the stop would wait for it.
    closing: () => streams.endAll(),
    async close() {
      sidecar.close();
    },
  };
}

/** The address in people's browsers. Only its origin is used, so anything more is a misunderstanding. */
function publicUrlOf(env: Environment): URL {
  const text = env.url('PUBLIC_URL', ['http:', 'https:']);
  if (!URL.canParse(text)) return new URL('http://unset');
  const url = new URL(text);
  if (url.href !== `${url.origin}/`)
    env.complain('PUBLIC_URL must be an origin such as https://todo.example, without path or query');
  return url;
}

function sessionKeysOf(env: Environment): readonly Uint8Array[] {
  const text = env.text('SESSION_KEYS');
  const keys = text === '' ? [] : sealKeysOf(text);
  if (keys === null)
    env.complain(
      'SESSION_KEYS must be keys of 32 bytes in base64url, separated by commas; make one with: openssl rand -base64 32',
    );
  return keys ?? [];
}
