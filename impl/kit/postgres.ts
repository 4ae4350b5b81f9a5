/**
 * The pool of one service in its own schema: `transaction(fn)`, `migrate(folders)`. SQL itself lives with whoever owns the table. Every
 * wait for it has an end on this side (`patience.ts`), also when the server stands still.
 */
import { setTimeout as pause } from 'node:timers/promises';
import type { Logger } from 'pino';
import createPool, { type Sql as Pool, type TransactionSql } from 'postgres';
import { migrateIn } from './migrate.ts';
import { patient } from './patience.ts';

export type Transaction = TransactionSql;
/** Where a statement may run: in a transaction, or alone on the pool. */
export type Sql = Pool | Transaction;

export interface Postgres {
  /** A statement by itself: rejects with `STORE_BUSY` or `STORE_TIMEOUT` when it does not get its turn or its answer in time. */
  readonly sql: Pool;
  readonly schema: string;
  /** As above; what was refused is not done, also not later. `COMMIT_UNKNOWN`: it may have been. */
  transaction<T>(work: (tx: Transaction) => Promise<T>): Promise<T>;
  /** Applies each folder's numbered .sql files once, whoever starts first. */
  migrate(folders: readonly string[]): Promise<void>;
  /** Rejects unless the database answers. */
  ping(): Promise<void>;
  close(): Promise<void>;
}

export interface PostgresOptions {
  readonly url: string;
  readonly schema: string;
  readonly application: string;
  readonly log: Logger;
  readonly connectionsMax: number;
  /** Below the request deadline, so that the work stops before its answer is given up. */
  readonly statementMsMax: number;
}

const connectMsMax = 60_000;

export function openPostgres(options: PostgresOptions): Postgres {
  const { schema, log } = options;
  const pool = createPool(options.url, {
    max: options.connectionsMax,
    connect_timeout: 5,
    // One that only reads (a standby that was the primary) is of no use to any service.
    target_session_attrs: 'read-write',
    // A jittered lifetime is the library's default; a short backoff lets the pool notice at once that the database is back.
    backoff: (tries) => Math.min(0.1 * 2 ** tries, 1),
    connection: {
      search_path: schema,
      application_name: options.application,
      statement_timeout: options.statementMsMax,
      idle_in_transaction_session_timeout: options.statementMsMax * 2,
    },
    onnotice: (notice) => log.debug({ notice: notice.message }, 'postgres notice'),
  });
  const { sql, transaction } = patient(pool, options);
  const ping = async () => void (await sql`select 1`);
  return {
    sql,
    schema,
    transaction,
    ping,
    async migrate(folders) {
      await untilAnswers(ping, log);
      const applied = await migrateIn(pool, schema, folders, log);
      if (applied.length > 0) log.info({ schema, applied }, 'migrated');
    },
    close: () => pool.end({ timeout: 5 }),
  };
}

async function untilAnswers(ping: () => Promise<void>, log: Logger): Promise<void> {
  const giveUpAt = performance.now() + connectMsMax;
  for (;;) {
    try {
      return await ping();
    } catch (error) {
      if (performance.now() > giveUpAt) {
        throw new Error(
          `POSTGRES_NOT_READY: no answer for ${connectMsMax / 1000} s. Check DATABASE_URL and that the server runs`,
          { cause: error },
        );
      }
      log.warn({ err: error }, 'postgres does not answer yet');
      await pause(500);
    }
  }
}
