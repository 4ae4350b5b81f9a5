/**
 * Where mail and web push end. A stand-in at the one boundary that can't be real here: an SMTP provider and the browser
 * vendors' push services. It speaks SMTP and web push for real, checks what they check, and delivers nothing.
 *
 * By the recipient a test chooses what happens: `*@refused.example` 550 at RCPT, `*@busy.example` 451 twice and then taken,
 * `*@slow.example` kept at once and answered after 20 s; push ids that begin with `gone-` 410, with `busy-` 503 twice, then 201.
 */
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { answers } from './http-probe.ts';
import { type Part, startPart } from './part.ts';
import { claimPorts } from './ports.ts';
import type { Mail } from './programs/sink/mails.ts';
import type { Push, PushSubscription } from './programs/sink/pushes.ts';
import type { Startable } from './scope.ts';
import { until } from './until.ts';

export interface SinkOptions {
  /** The run's folder: what came in is kept in `<folder>/sink/`, the log is `<folder>/logs/sink.log`. */
  readonly folder: string;
  /** Each: claimed by the caller; without it a free one is claimed. */
  readonly smtpPort?: number;
  readonly httpPort?: number;
  readonly pushPort?: number;
}

export interface Sink extends Part {
  /** `smtp://127.0.0.1:N`: no TLS; no name and password needed, any is right. */
  readonly smtpUrl: string;
  /** The page for people, and the API. */
  readonly url: string;
  readonly pushOrigin: string;
  /** The certificate of the push endpoint as PEM, for NODE_EXTRA_CA_CERTS. The same over a revive. */
  readonly caFile: string;
  /** The newest 2,000 in the order they came, over a revive too; with an address, those whose envelope names it. */
  messages(to?: string): Promise<Mail[]>;
  /** The newest 2,000 in the order they came; with an id, those to that subscription. */
  pushes(id?: string): Promise<Push[]>;
  /** What a browser gives to a page; the payload of a push to it can be read in `pushes`. */
  subscribe(id?: string): Promise<PushSubscription>;
}

const requestMsMax = 10_000;

export function sink(options: SinkOptions): Startable<Sink> {
  const title = 'sink';
  return {
    title,
    async start(scope) {
      const free = await claimPorts(scope, 3);
      const smtpPort = options.smtpPort ?? (free[0] as number);
      const httpPort = options.httpPort ?? (free[1] as number);
      const pushPort = options.pushPort ?? (free[2] as number);
      const own = join(options.folder, title);
      const caFile = join(own, 'push-certificate.pem');
      const url = `http://127.0.0.1:${httpPort}`;
      mkdirSync(own, { recursive: true });
      const settingsFile = join(own, 'settings.json');
      writeFileSync(settingsFile, JSON.stringify({ smtpPort, httpPort, pushPort, folder: own, caFile }));

      const part = await startPart(scope, {
        process: {
          title,
          command: process.execPath,
          args: [join(import.meta.dirname, 'programs', 'sink', 'main.ts'), settingsFile],
          cwd: own,
          env: {},
          logFile: join(options.folder, 'logs', `${title}.log`),
        },
        graceMs: 5_000,
        async ready(running, signal) {
          await until(`sink answers at ${url}`, (over) => answers(`${url}/health`, 200, over), {
            everyMs: 20,
            giveUpMs: 30_000,
            unless: running.exited,
            signal,
            code: 'SINK_NOT_READY',
            next: `Its whole log: ${running.logFile}`,
            logTail: running.logTail,
          });
        },
      });
      const ask = async (path: string, filter: Record<string, string>, method = 'GET') => {
        const query = new URLSearchParams(filter);
        const answer = await fetch(`${url}${path}?${query}`, { method, signal: AbortSignal.timeout(requestMsMax) });
        if (!answer.ok) throw new Error(`SINK_REFUSED: ${method} ${path}: ${answer.status} ${await answer.text()}`);
        return answer.json();
      };
      return Object.assign(part, {
        smtpUrl: `smtp://127.0.0.1:${smtpPort}`,
        url,
        pushOrigin: `https://127.0.0.1:${pushPort}`,
        caFile,
        messages: (to?: string) => ask('/api/messages', to === undefined ? {} : { to }) as Promise<Mail[]>,
        pushes: (id?: string) => ask('/api/pushes', id === undefined ? {} : { id }) as Promise<Push[]>,
        subscribe: (id?: string) => ask('/subscriptions', id === undefined ? {} : { id }, 'POST') as Promise<PushSubscription>,
      });
    },
  };
}
