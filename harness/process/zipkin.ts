/** A Zipkin of our own. It keeps spans in memory only: what a trace must prove is read before its life ends. */
import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { httpGet } from './http-probe.ts';
import { type Part, startPart } from './part.ts';
import { claimPorts } from './ports.ts';
import type { Startable } from './scope.ts';
import { until } from './until.ts';

export interface ZipkinOptions {
  /** The jar. `java` is taken from PATH. */
  readonly tool: { readonly path: string };
  /** The run's folder: temporary files go to `<folder>/zipkin/`, the log to `<folder>/logs/zipkin.log`. */
  readonly folder: string;
  /** Claimed by the caller; without it a free one is claimed. */
  readonly port?: number;
}

export interface Zipkin extends Part {
  /** The web page and the API: `http://127.0.0.1:29411`. */
  readonly url: string;
  /** Where spans are posted: daprd's `zipkin.endpointAddress`, the exporter's `url`. */
  readonly spansUrl: string;
  /** The spans of a trace that have come in so far; none when it knows no such trace. */
  trace(traceId: string): Promise<TraceSpan[]>;
}

/** One step of a trace, as Zipkin gives it: times in microseconds. */
export interface TraceSpan {
  readonly traceId: string;
  readonly id: string;
  readonly parentId?: string;
  readonly name?: string;
  readonly kind?: 'CLIENT' | 'SERVER' | 'PRODUCER' | 'CONSUMER';
  readonly timestamp?: number;
  readonly duration?: number;
  readonly localEndpoint?: { readonly serviceName?: string };
  readonly tags?: Readonly<Record<string, string>>;
}

/** What differs from the defaults. The oldest traces go first when the limit is reached. */
export const zipkinSettings = { STORAGE_TYPE: 'mem', MEM_MAX_SPANS: '50000' } as const;

/** It may not take what the measured system needs: one compiler, one collector, a small heap, and nothing it would not use. */
const jvm = ['-Xmx256m', '-XX:+UseSerialGC', '-XX:TieredStopAtLevel=1', '-XX:-UsePerfData'];
const unused = ['GRPC', 'ACTIVEMQ', 'KAFKA', 'RABBITMQ', 'PULSAR'].map((name) => [`COLLECTOR_${name}_ENABLED`, 'false']);

export function zipkin({ tool, folder, port: wanted }: ZipkinOptions): Startable<Zipkin> {
  const title = 'zipkin';
  return {
    title,
    async start(scope) {
      const port = wanted ?? ((await claimPorts(scope, 1))[0] as number);
      const url = `http://127.0.0.1:${port}`;
      const own = join(folder, title);
      mkdirSync(own, { recursive: true });
      // Netty's native library is unpacked at each start; in our folder it goes with the run.
      const flags = [...jvm, `-Djava.io.tmpdir=${own}`];
      const listen = { port: String(port), ip: '127.0.0.1', 'protocols[0]': 'http' };
      const part = await startPart(scope, {
        process: {
          title,
          command: 'java',
          args: [
            ...flags,
            '-jar',
            tool.path,
            ...Object.entries(listen).map(([key, value]) => `--armeria.ports[0].${key}=${value}`),
          ],
          cwd: own,
          env: {
            ...zipkinSettings,
            ...Object.fromEntries(unused),
            DISCOVERY_EUREKA_ENABLED: 'false',
            SELF_TRACING_ENABLED: 'false',
          },
          logFile: join(folder, 'logs', `${title}.log`),
        },
        // In order it takes 2.4 s to stop, and has nothing to save.
        stopSignal: 'SIGKILL',
        graceMs: 5_000,
        async ready(running, signal) {
          await until(`zipkin at ${url} is UP`, (over) => isUp(url, over), {
            everyMs: 50,
            giveUpMs: 60_000,
            unless: running.exited,
            signal,
            code: 'ZIPKIN_NOT_READY',
            next: 'Try: npm run doctor',
            logTail: running.logTail,
          });
        },
      });
      return Object.assign(part, {
        url,
        spansUrl: `${url}/api/v2/spans`,
        async trace(traceId: string) {
          const path = `${url}/api/v2/trace/${encodeURIComponent(traceId)}`;
          const { status, body } = await httpGet(path, AbortSignal.timeout(10_000));
          if (status === 404) return [];
          if (status !== 200) throw new Error(`ZIPKIN_REFUSED: GET ${path} answered ${status} ${body.slice(0, 200)}`);
          return JSON.parse(body) as TraceSpan[];
        },
      });
    },
  };
}

/** Its health names itself and its storage; the first word is the sum of both. */
async function isUp(url: string, signal: AbortSignal): Promise<true> {
  const { status, body } = await httpGet(`${url}/health`, AbortSignal.any([signal, AbortSignal.timeout(2_000)]));
  if (status !== 200 || !/^\s*\{\s*"status"\s*:\s*"UP"/.test(body))
    throw new Error(`/health answered ${status} ${body.slice(0, 200)}`);
  return true;
}
