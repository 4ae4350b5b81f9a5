/** The chat on its real parts: Postgres, Redis, an identity provider, and per replica an app and its sidecar. */
import { createServer } from 'node:http';
import { connect as connectTcp } from 'node:net';
import connect from 'postgres';
import { pino } from 'pino';
import type { ChatAnswer, ChatSession } from '#contracts/types.ts';
import { domainMigrations, domainSchema } from '#domain/migrations.ts';
import type { Daprd } from '#harness/process/daprd.ts';
import { claimPorts } from '#harness/process/ports.ts';
import type { Redis } from '#harness/process/redis.ts';
import { openAuth } from '#kit/web/auth.ts';
import { openPostgres } from '#kit/postgres.ts';
import { openSidecar } from '#kit/sidecar/sidecar.ts';
import { createWeb } from '#kit/web/web.ts';
import { openChat } from '../../../../impl/backend/chat/chat.ts';
import { type Scene, startSidecar, statestore, withPostgres, withRedis } from '../../scene.ts';

export interface Answered<T> {
  readonly status: number;
  readonly headers: Headers;
  readonly body: T;
  readonly ms: number;
}

export interface ChatReplica {
  readonly sidecar: Daprd;
  /** As SIGTERM does it. */
  stop(): Promise<void>;
  call<T>(userId: string, method: string, path: string, body?: unknown, headers?: Record<string, string>): Promise<Answered<T>>;
  begin(userId: string, body?: object): Promise<Answered<ChatSession>>;
  say(userId: string, sessionId: string, content: string, headers?: Record<string, string>): Promise<Answered<ChatAnswer>>;
  read(userId: string, sessionId: string): Promise<Answered<ChatSession>>;
}

export interface ChatStage extends Scene {
  readonly redis: Redis;
  readonly replicas: readonly ChatReplica[];
  readonly sql: connect.Sql;
}

const chatPath = (userId: string) => `/api/${encodeURIComponent(userId)}/chat/sessions`;

export async function withChat(replicaCount: number, act: (stage: ChatStage) => Promise<void>): Promise<void> {
  await withPostgres((scene) =>
    withRedis(scene, async (redis) => {
      const sql = connect(scene.databaseUrl, { max: 2 });
      scene.scope.defer('close the test connection', () => sql.end());
      const replicas: ChatReplica[] = [];
      for (let n = 0; n < replicaCount; n += 1) replicas.push(await startReplica(scene, redis, n));
      await act({ ...scene, redis, replicas, sql });
    }),
  );
}

async function startReplica(scene: Scene, redis: Redis, n: number): Promise<ChatReplica> {
  const { scope } = scene;
  const log = pino({ level: process.env.LOG_LEVEL ?? 'silent', base: { replica: n } });
  const postgres = openPostgres({
    url: scene.databaseUrl,
    schema: domainSchema,
    application: `chat-${n}`,
    log,
    connectionsMax: 8,
    statementMsMax: 5_000,
  });
  scope.defer('close the pool', () => postgres.close());
  await postgres.migrate(domainMigrations);
  const [appPort, httpPort] = (await claimPorts(scope, 2)) as [number, number];
  const sidecar = openSidecar({ port: httpPort, timeoutMs: 3_000, stateTimeoutMs: 3_000 });
  const { requireOwner } = openAuth({ issuer: scene.issuer.url, audience: scene.issuer.audience, log });
  const chat = openChat({ config: { languageModel: null }, sidecar, postgres, requireOwner, log });
  const app = createWeb({
    log,
    routers: [chat.router],
    readiness: [],
    stopping: () => false,
    deadlineMs: 10_000,
    appApiToken: undefined,
  });
  const server = createServer(app.callback());
  await new Promise<void>((done) => server.listen(appPort, '127.0.0.1', done));
  let isStopped = false;
  async function stop(): Promise<void> {
    if (isStopped) return;
    isStopped = true;
    server.closeAllConnections();
    await new Promise((done) => server.close(done));
    for (const background of chat.background) await background.stop();
    sidecar.close();
  }
  scope.defer('stop the chat', stop);
  for (const background of chat.background) await background.start();
  const daprd = await startSidecar(scope, {
    title: `chat-${n}-sidecar`,
    appId: 'backend',
    appPort,
    httpPort,
    components: [statestore(redis)],
  });

  const call: ChatReplica['call'] = async (userId, method, path, body, headers = {}) => {
    const sentAt = performance.now();
    const answer = await fetch(`http://127.0.0.1:${appPort}${path}`, {
      method,
      headers: { ...(await scene.headersOf(userId)), ...headers },
      ...(body !== undefined && { body: JSON.stringify(body) }),
    });
    const text = await answer.text();
    const ms = performance.now() - sentAt;
    return { status: answer.status, headers: answer.headers, body: text && JSON.parse(text), ms };
  };
  return {
    sidecar: daprd,
    stop,
    call,
    begin: (userId, body) => call(userId, 'POST', chatPath(userId), body),
    say: (userId, sessionId, content, headers) =>
      call(userId, 'POST', `${chatPath(userId)}/${sessionId}/messages`, { content }, headers),
    read: (userId, sessionId) => call(userId, 'GET', `${chatPath(userId)}/${sessionId}`),
  };
}

/** One command in Redis' own words: only this shows what really lies there. */
export async function askRedis({ address }: Redis, ...words: string[]): Promise<string> {
  const [host = '', port] = address.split(':');
  const socket = connectTcp({ host, port: Number(port) });
  socket.setTimeout(2_000, () => socket.destroy(new Error('REDIS_SILENT: no answer in 2 s')));
  socket.write(`*${words.length}\r\n${words.map((word) => `$${Buffer.byteLength(word)}\r\n${word}\r\n`).join('')}`);
  socket.write('*1\r\n$4\r\nQUIT\r\n');
  let answer = '';
  for await (const chunk of socket) answer += String(chunk);
  return answer.replace(/\+OK\r\n$/, '').trim();
}

export const words = (session: ChatSession): string[] =>
  session.messages.filter((message) => message.role === 'user').map((message) => message.content);
