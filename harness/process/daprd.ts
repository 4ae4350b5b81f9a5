/** One sidecar per replica, on loopback only, without the control plane: no actors, no jobs, nothing else to start. */
import { join } from 'node:path';
import { answers, httpGet } from './http-probe.ts';
import { type Part, startPart } from './part.ts';
import { claimPorts } from './ports.ts';
import type { Startable } from './scope.ts';
import { until } from './until.ts';

export interface DaprdOptions {
  /** `backend-0-sidecar`: also the name of its log. */
  readonly title: string;
  /** The run's folder; the log goes to `<folder>/logs/<title>.log`. */
  readonly folder: string;
  readonly tool: { readonly path: string };
  readonly appId: string;
  readonly appPort: number;
  /** Claimed by the caller, because the service must know it too; without it a free one is claimed. */
  readonly httpPort?: number;
  readonly resourcesPath: string;
  readonly configPath?: string;
  /** Makes the sidecar stop deliveries while this path of the app does not answer 2xx. */
  readonly appHealthPath?: string;
  /** Calls to the app at once; default: as many as come. */
  readonly appMaxConcurrency?: number;
  readonly gracefulShutdownS?: number;
  readonly logLevel?: 'debug' | 'info' | 'warn' | 'error';
  /** Variables that secret stores of the components read. */
  readonly env?: Readonly<Record<string, string>>;
}

/** Resolved from start means: its API works (`/v1.0/healthz/outbound`). The app may come later. */
export interface Daprd extends Part {
  readonly httpPort: number;
  readonly grpcPort: number;
  readonly metricsPort: number;
  readonly url: string;
  /** Resolves when the app is up too (`/v1.0/healthz`). A revive after that waits for the same. */
  appReady(): Promise<void>;
  /** Prometheus text. */
  metrics(): Promise<string>;
}

export function daprd(options: DaprdOptions): Startable<Daprd> {
  const { title, folder, tool, gracefulShutdownS = 5 } = options;
  return {
    title,
    async start(scope) {
      const free = await claimPorts(scope, options.httpPort === undefined ? 4 : 3);
      const [grpcPort, internalPort, metricsPort] = free as [number, number, number];
      const httpPort = options.httpPort ?? (free[3] as number);
      const url = `http://127.0.0.1:${httpPort}`;
      let sawApp = false;
      const wait = (
        what: string,
        path: string,
        giveUpMs: number,
        running: Pick<Part, 'exited' | 'logTail'>,
        signal: AbortSignal,
      ) =>
        until(`${title}: ${what}`, (over) => answers(`${url}${path}`, 204, over), {
          everyMs: 25,
          giveUpMs,
          unless: running.exited,
          signal,
          code: 'DAPRD_NOT_READY',
          next: 'Try: npm run doctor',
          logTail: running.logTail,
        });

      const part = await startPart(scope, {
        process: {
          title,
          command: tool.path,
          args: flags(options, { httpPort, grpcPort, internalPort, metricsPort }, gracefulShutdownS),
          cwd: folder,
          // NAMESPACE must stay unset: with it, daprd skips manifests of any other namespace.
          env: options.env ?? {},
          logFile: join(folder, 'logs', `${title}.log`),
        },
        graceMs: gracefulShutdownS * 1000 + 3_000,
        // Other sidecars know it by this port. While it is gone their connections to it back off, for up to two minutes, and
        // where a Resiliency policy is defined for the app Dapr never gives such a connection up (direct_messaging.go).
        async argsElsewhere() {
          const [another] = (await claimPorts(scope, 1)) as [number];
          return flags(options, { httpPort, grpcPort, internalPort: another, metricsPort }, gracefulShutdownS);
        },
        async ready(running, signal) {
          // Its ports open only after all components are up, and Kafka's may take long when the broker is slow.
          await wait('components loaded', '/v1.0/healthz/outbound', 60_000, running, signal);
          if (sawApp) await wait('app reached', '/v1.0/healthz', 60_000, running, signal);
        },
      });
      return Object.assign(part, {
        httpPort,
        grpcPort,
        metricsPort,
        url,
        async appReady() {
          await wait('app reached', '/v1.0/healthz', 60_000, part, scope.signal);
          sawApp = true;
        },
        async metrics() {
          const { status, body } = await httpGet(`http://127.0.0.1:${metricsPort}/`, AbortSignal.timeout(2_000));
          if (status !== 200) throw new Error(`${title}: metrics answered ${status}`);
          return body;
        },
      });
    },
  };
}

interface Ports {
  readonly httpPort: number;
  readonly grpcPort: number;
  readonly internalPort: number;
  readonly metricsPort: number;
}

function flags(options: DaprdOptions, ports: Ports, gracefulShutdownS: number): string[] {
  const { appId, appPort, resourcesPath, configPath, appHealthPath, appMaxConcurrency, logLevel = 'info' } = options;
  return [
    '--mode=standalone',
    `--app-id=${appId}`,
    '--app-protocol=http',
    `--app-port=${appPort}`,
    `--dapr-http-port=${ports.httpPort}`,
    `--dapr-grpc-port=${ports.grpcPort}`,
    `--dapr-internal-grpc-port=${ports.internalPort}`,
    '--dapr-internal-grpc-listen-address=127.0.0.1',
    '--dapr-listen-addresses=127.0.0.1',
    `--metrics-port=${ports.metricsPort}`,
    '--metrics-listen-address=127.0.0.1',
    `--resources-path=${resourcesPath}`,
    ...(configPath ? [`--config=${configPath}`] : []),
    ...(appHealthPath
      ? ['--enable-app-health-check', `--app-health-check-path=${appHealthPath}`, '--app-health-probe-interval=1']
      : []),
    ...(appMaxConcurrency === undefined ? [] : [`--app-max-concurrency=${appMaxConcurrency}`]),
    `--dapr-graceful-shutdown-seconds=${gracefulShutdownS}`,
    `--log-level=${logLevel}`,
    '--log-as-json',
  ];
}
