/** Config, then app, then a listening service; and the one order in which everything stops. `main.ts` of each service calls this. */
import { createServer, type Server } from 'node:http';
import type Router from '@koa/router';
import { type Logger, pino } from 'pino';
import { type Config, ConfigError, readConfig } from './config.ts';
import { type Check, createWeb } from './web.ts';

/** Something that works beside requests: the relay, a sweep. */
export interface Background {
  readonly name: string;
  start(): Promise<void>;
  /** Resolves when its current piece of work is finished. */
  stop(): Promise<void>;
}

export interface Parts {
  readonly routers: readonly Router[];
  readonly readiness: readonly Check[];
  readonly background: readonly Background[];
  /** Pools and agents, closed last. */
  close(): Promise<void>;
}

/** sysexits.h EX_CONFIG: restarting won't help. */
const exitConfig = 78;
const deadlineMs = 10_000;
const stopMsMax = 25_000;

export async function runService(name: string, build: (config: Config, log: Logger) => Promise<Parts>): Promise<void> {
  const boot = pino({ base: { service: name } });
  try {
    const config = readConfig(process.env, name);
    const log = pino({ level: config.logLevel, base: { service: config.service, replica: config.replica } });
    await serve(config, log, await build(config, log));
  } catch (error) {
    if (error instanceof ConfigError) {
      for (const complaint of error.complaints) boot.fatal(complaint);
      process.exit(exitConfig);
    }
    boot.fatal({ err: error }, 'could not start');
    process.exit(1);
  }
}

async function serve(config: Config, log: Logger, parts: Parts): Promise<void> {
  let stopping = false;
  const app = createWeb({ log, routers: parts.routers, readiness: parts.readiness, stopping: () => stopping, deadlineMs });
  const server = createServer(app.callback());
  // daprd reuses idle connections for 90 s; closing first would break the POST it is about to send, and it is not repeated.
  server.keepAliveTimeout = 100_000;
  server.headersTimeout = 110_000;
  server.requestTimeout = 30_000;

  for (const signal of ['SIGTERM', 'SIGINT'] as const) {
    process.on(signal, () => {
      if (stopping) process.exit(1); // asked twice: at once
      stopping = true;
      log.info({ signal }, 'stopping');
      setTimeout(() => {
        log.fatal(`not stopped after ${stopMsMax / 1000} s; exiting`);
        process.exit(1);
      }, stopMsMax).unref();
      stop(server, log, parts).then(
        () => process.exit(0),
        (error) => {
          log.fatal({ err: error }, 'stopped with an error');
          process.exit(1);
        },
      );
    });
  }

  // Routes are mounted: the sidecar asks for subscriptions at the first accepted connection.
  await listen(server, config);
  log.info({ host: config.host, port: config.appPort }, 'listening');
  for (const background of parts.background) await background.start();
}

function listen(server: Server, config: Config): Promise<void> {
  return new Promise((done, failed) => {
    server.once('error', failed);
    server.listen(config.appPort, config.host, done);
  });
}

/** Readiness went off with the flag. Then: no new connections, requests in flight, background work, pools. */
async function stop(server: Server, log: Logger, parts: Parts): Promise<void> {
  // Again and again: a connection whose last answer left just before the flag was set turns idle only now.
  const closingIdle = setInterval(() => server.closeIdleConnections(), 20);
  await new Promise<void>((done) => void server.close(() => done()));
  clearInterval(closingIdle);
  for (const background of [...parts.background].reverse()) await background.stop();
  await parts.close();
  log.info('stopped');
}
