/** A Postgres of our own, as durable as a user's: `fsync` and `synchronous_commit` stay on. */
import { spawnSync } from 'node:child_process';
import { chmodSync, chownSync, cpSync, lstatSync, mkdirSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import sql from 'postgres';
import { canReach, claimFolder } from './folder.ts';
import { type Part, startPart } from './part.ts';
import { claimPorts } from './ports.ts';
import { runOnce } from './run-once.ts';
import type { Scope, Startable } from './scope.ts';
import { until } from './until.ts';

export interface PostgresOptions {
  /** A folder with `bin/initdb` and `bin/postgres`. */
  readonly tool: { readonly path: string };
  /** The run's folder: the log goes to `<folder>/logs/postgres.log`, files to `<folder>/postgres/` if its uid gets there. */
  readonly folder: string;
  /** Claimed by the caller; without it a free one is claimed. */
  readonly port?: number;
}

export interface Postgres extends Part {
  readonly address: string;
  /** Of the database `plumbline`. */
  readonly url: string;
}

/** What differs from the server's defaults, for the manifest. */
export const postgresSettings = {
  max_connections: '200',
  // The default leaves a file in /dev/shm for good when it is killed. Only parallel queries use it.
  dynamic_shared_memory_type: 'mmap',
} as const;

interface User {
  readonly uid: number;
  readonly gid: number;
}

export function postgres({ tool, folder, port: wanted }: PostgresOptions): Startable<Postgres> {
  const title = 'postgres';
  return {
    title,
    async start(scope) {
      const port = wanted ?? ((await claimPorts(scope, 1))[0] as number);
      // It refuses to run as root.
      const user = process.getuid?.() === 0 ? unprivileged() : undefined;
      const own = ownFolder(scope, folder, user);
      const bin = join(user ? reachableTree(scope, tool.path, user) : tool.path, 'bin');
      const files = join(own, 'files');
      const logFile = join(folder, 'logs', `${title}.log`);
      const as = { title, cwd: own, env: { HOME: own }, logFile, ...user };

      const initdb = ['-D', files, '-U', 'postgres', '-A', 'trust', '-E', 'UTF8', '--locale=C', '--no-sync', '--no-instructions'];
      await runOnce(scope, { ...as, command: join(bin, 'initdb'), args: initdb });

      const settings = { ...postgresSettings, port: String(port), listen_addresses: '127.0.0.1', unix_socket_directories: '' };
      const address = `127.0.0.1:${port}`;
      const urlOf = (database: string) => `postgres://postgres@${address}/${database}`;
      let hasDatabase = false;
      const part = await startPart(scope, {
        process: {
          ...as,
          command: join(bin, 'postgres'),
          args: ['-D', files, ...Object.entries(settings).flatMap(([name, value]) => ['-c', `${name}=${value}`])],
        },
        // SIGTERM would wait for the last client to leave.
        stopSignal: 'SIGINT',
        graceMs: 10_000,
        async ready(running, signal) {
          await until(`postgres on ${address} answers`, () => ask(urlOf('postgres'), 'select 1'), {
            everyMs: 25,
            giveUpMs: 60_000,
            unless: running.exited,
            signal,
            code: 'POSTGRES_NOT_READY',
            next: 'Try: npm run doctor',
            logTail: running.logTail,
          });
          if (!hasDatabase) await ask(urlOf('postgres'), 'create database plumbline');
          hasDatabase = true;
        },
      });
      return Object.assign(part, { address, url: urlOf('plumbline') });
    },
  };
}

/** One connection for one statement: nothing is left that a kill could break. */
async function ask(url: string, statement: string): Promise<true> {
  const client = sql(url, { max: 1, connect_timeout: 2, onnotice: () => {} });
  try {
    await client.unsafe(statement);
    return true;
  } finally {
    await client.end({ timeout: 1 });
  }
}

/** `postgres` where the machine has it, else `nobody`; initdb wants a uid that has a name. */
function unprivileged(): User {
  const rows = readFileSync('/etc/passwd', 'utf8')
    .split('\n')
    .map((line) => line.split(':'));
  const row = ['postgres', 'nobody']
    .map((name) => rows.find((fields) => fields[0] === name))
    .find((fields) => fields !== undefined);
  return { uid: Number(row?.[2] ?? 65_534), gid: Number(row?.[3] ?? 65_534) };
}

function ownFolder(scope: Scope, folder: string, user: User | undefined): string {
  // TMPDIR may lie in a home folder that is closed to others.
  const under = !user || canReach(folder, user.uid) ? folder : claimFolder(scope, { name: 'postgres', under: '/tmp' });
  const own = join(under, 'postgres');
  mkdirSync(own, { recursive: true, mode: 0o700 });
  if (user) chownSync(own, user.uid, user.gid);
  return own;
}

/** The same tree, or an open copy of it when that uid can't run it where it is: in root's home, or installed with umask 077. */
function reachableTree(scope: Scope, tree: string, user: User): string {
  const runs = (from: string) =>
    ['initdb', 'postgres'].every(
      (name) => spawnSync(join(from, 'bin', name), ['--version'], { ...user, cwd: '/', stdio: 'ignore' }).status === 0,
    );
  if (runs(tree)) return tree;
  const copy = join(claimFolder(scope, { name: 'postgres-tree', under: '/tmp' }), 'native');
  cpSync(tree, copy, { recursive: true, verbatimSymlinks: true });
  open(copy);
  if (runs(copy)) return copy;
  throw new Error(
    `POSTGRES_UNREACHABLE: uid ${user.uid} can run neither ${tree}/bin/postgres nor a copy of it. Try: npm run doctor`,
  );
}

function open(path: string): void {
  const stat = lstatSync(path);
  if (stat.isSymbolicLink()) return;
  chmodSync(path, (stat.mode & 0o777) | (stat.isDirectory() || stat.mode & 0o100 ? 0o755 : 0o644));
  if (stat.isDirectory()) for (const name of readdirSync(path)) open(join(path, name));
}
