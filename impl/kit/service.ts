/** Config, then app, then a listening service; and the one order in which everything stops. `main.ts` of each service calls this. */
import { createServer, type Server } from 'node:http';
import type Router from '@koa/router';
import type { Middleware } from 'koa';
import type { Logger } from 'pino';
import { ConfigError, type Environment, type KitConfig, readConfig } from './config.ts';
import { openLog } from './log.ts';
import { openDrain } from './web/drain.ts';
import { collectProcessMetrics } from './metrics.ts';
import { openTelemetry, type Telemetry } from './telemetry.ts';
import { type Check, createWeb } from './web/web.ts';

/** Something that works beside requests: the relay, a sweep. */
export interface Background {
  readonly name: string;
  start(): Promise<void>;
  /** Resolves when its current piece of work is finished. */
  stop(): Promise<void>;
}

export interface Parts {
  /** What every answer gets, the refusals too: security headers. */
  readonly before?: readonly Middleware[];
  readonly routers: readonly Router[];
  readonly readiness: readonly Check[];
  readonly background: readonly Background[];
  /** Of a request; 10 s where nothing is said. */
  readonly deadlineMs?: number;
  /** Called when stopping begins: answers that would never end by themselves end now. */
  closing?(): void;
  /** Pools and agents, closed last. */
  close(): Promise<void>;
}

/** sysexits.h EX_CONFIG: restarting won't help. */
const exitConfig = 78;
const deadlineMsDefault = 10_000;
/** Beyond the longest request, which is given its time to end. */
const stopMsAfterDeadline = 15_000;

/** `own` reads what only this service needs; `build` gets everything read and returns a service that is ready to listen. */
export async function runService<Own>(
  name: string,
  own: (environment: Environment) => Own,
  build: (config: KitConfig & Own, log: Logger) => Promise<Parts>,
): Promise<void> {
  const boot = openLog({ level: 'info', base: { service: name } });
  try {
    const config = readConfig(process.env, name, own);
    const log = openLog({ level: config.logLevel, base: { service: config.service, replica: config.replica } });
    const telemetry = openTelemetry(config);
    collectProcessMetrics();
    await serve(config, log, telemetry, await build(config, log));
  } catch (error) {
    if (error instanceof ConfigError) {
      for (const complaint of error.complaints) boot.fatal(complaint);
      process.exit(exitConfig);
    }
    boot.fatal({ err: error }, 'could not start');
    process.exit(1);
  }
}

async function serve(config: KitConfig, log: Logger, telemetry: Telemetry, parts: Parts): Promise<void> {
  let stopping = false;
  const { deadlineMs = deadlineMsDefault, before = [], routers, readiness } = parts;
  const stopMsMax = deadlineMs + stopMsAfterDeadline;
  const { appApiToken } = config;
  const app = createWeb({ log, before, routers, readiness, stopping: () => stopping, deadlineMs, appApiToken });
  const server = createServer(app.callback());
  // daprd reuses idle connections for 90 s; closing first would break the POST it is about to send, and it is not repeated.
  server.keepAliveTimeout = 100_000;
  server.headersTimeout = 110_000;
  server.requestTimeout = 30_000;
  const drain = openDrain(server);

  for (const signal of ['SIGTERM', 'SIGINT'] as const) {
    process.on(signal, () => {
      if (stopping) process.exit(1); // asked twice: at once
      stopping = true; // and with it readiness is off
      log.info({ signal }, 'stopping');
      setTimeout(() => {
        log.fatal(`not stopped after ${stopMsMax / 1000} s; exiting`);
        process.exit(1);
      }, stopMsMax).unref();
      stop(drain, telemetry, parts).then(
        () => {
          log.info('stopped');
          process.exit(0);
        },
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

function listen(server: Server, config: KitConfig): Promise<void> {
  return new Promise((done, failed) => {
    server.once('error', failed);
    server.listen(config.appPort, config.host, done);
  });
}

/** Nothing new comes in, requests in flight are answered, what works beside them ends, and only then what all of it stood on. */
async function stop(drain: () => Promise<void>, telemetry: Telemetry, parts: Parts): Promise<void> {
  try {
    const drained = drain();
    parts.closing?.();
    await drained;
    for (const background of [...parts.background].reverse()) await background.stop();
    await parts.close();
  } finally {
    await telemetry.close();
  }
}
