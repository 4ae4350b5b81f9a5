/** A Redis of our own. It keeps its keys over a kill, up to the last second: `appendfsync everysec` is what a user has. */
import { mkdirSync } from 'node:fs';
import { Socket } from 'node:net';
import { join } from 'node:path';
import { type Part, startPart } from './part.ts';
import { claimPorts } from './ports.ts';
import type { Startable } from './scope.ts';
import { until } from './until.ts';

export interface RedisOptions {
  /** The executable. */
  readonly tool: { readonly path: string };
  /** The run's folder: files go to `<folder>/redis/`, the log to `<folder>/logs/redis.log`. */
  readonly folder: string;
  /** Claimed by the caller; without it a free one is claimed. */
  readonly port?: number;
}

export interface Redis extends Part {
  readonly address: string;
  readonly url: string;
}

export function redis({ tool, folder, port: wanted }: RedisOptions): Startable<Redis> {
  const title = 'redis';
  return {
    title,
    async start(scope) {
      const port = wanted ?? ((await claimPorts(scope, 1))[0] as number);
      const own = join(folder, title);
      mkdirSync(own, { recursive: true });
      const args = ['--bind', '127.0.0.1', '--port', String(port), '--dir', own, '--daemonize', 'no'];
      const part = await startPart(scope, {
        process: {
          title,
          command: tool.path,
          args: [...args, '--appendonly', 'yes', '--appendfsync', 'everysec', '--save', ''],
          cwd: own,
          env: {},
          logFile: join(folder, 'logs', `${title}.log`),
        },
        graceMs: 5_000,
        async ready(running, signal) {
          await until(`redis on 127.0.0.1:${port} answers PING`, (over) => ping(port, over), {
            everyMs: 20,
            giveUpMs: 15_000,
            unless: running.exited,
            signal,
            code: 'REDIS_NOT_READY',
            next: 'Try: npm run doctor',
            logTail: running.logTail,
          });
        },
      });
      return Object.assign(part, { address: `127.0.0.1:${port}`, url: `redis://127.0.0.1:${port}` });
    },
  };
}

/** While it reads its file back it accepts and answers `-LOADING`. */
function ping(port: number, signal: AbortSignal): Promise<true> {
  return new Promise((resolve, reject) => {
    const socket = new Socket({ signal: AbortSignal.any([signal, AbortSignal.timeout(1_000)]) }).connect(port, '127.0.0.1');
    socket.on('error', reject);
    socket.on('connect', () => socket.write('PING\r\n'));
    socket.on('close', () => reject(new Error('closed without an answer')));
    socket.on('data', (bytes) => {
      const answer = bytes.toString('utf8').trim();
      if (answer === '+PONG') resolve(true);
      else reject(new Error(`PING answered ${answer}`));
      socket.destroy();
    });
  });
}
