/** A service under test: whatever `system.yaml` says starts it. */
import { join } from 'node:path';
import { answers } from './http-probe.ts';
import { type Part, startPart } from './part.ts';
import type { Startable } from './scope.ts';
import { until } from './until.ts';

export interface ServiceOptions {
  /** `backend-0`: also the name of its log, `<folder>/logs/backend-0.log`. */
  readonly title: string;
  readonly folder: string;
  /** From `system.yaml`; the word `node` is this very Node, not whichever is on PATH. */
  readonly command: readonly string[];
  readonly cwd: string;
  /** APP_PORT, DAPR_HTTP_PORT, DATABASE_URL, SERVICE, REPLICA, LOG_LEVEL... */
  readonly env: Readonly<Record<string, string>>;
  /** Ready when this answers 200. */
  readonly healthUrl: string;
  /** How long it may finish what it is doing after SIGTERM. */
  readonly graceMs?: number;
}

export interface Service extends Part {
  readonly healthUrl: string;
}

export function service({ title, folder, command, cwd, env, healthUrl, graceMs = 10_000 }: ServiceOptions): Startable<Service> {
  return {
    title,
    async start(scope) {
      const [program = '', ...args] = command;
      const part = await startPart(scope, {
        process: {
          title,
          command: program === 'node' ? process.execPath : program,
          args,
          cwd,
          env,
          logFile: join(folder, 'logs', `${title}.log`),
        },
        graceMs,
        async ready(running, signal) {
          await until(`${title} answers 200 at ${healthUrl}`, (over) => answers(healthUrl, 200, over), {
            everyMs: 25,
            giveUpMs: 30_000,
            unless: running.exited,
            signal,
            code: 'SERVICE_NOT_READY',
            next: `Its whole log: ${running.logFile}`,
            logTail: running.logTail,
          });
        },
      });
      return Object.assign(part, { healthUrl });
    },
  };
}
