/**
 * Waits for Postgres that end on this side. The driver waits for ever: for a connection, for a server that stands still, for one that
 * refuses; and does, when all is well again, what was long refused. Here whoever gets no turn or no answer in time is told so, and what
 * has not begun by then never does. A statement that has been sent is the server's (`statement_timeout`).
 */
import type { Logger } from 'pino';
import type { Sql as Pool, TransactionSql } from 'postgres';
import { openTurns } from './turns.ts';

export interface PatienceOptions {
  readonly connectionsMax: number;
  readonly statementMsMax: number;
  readonly log: Logger;
}

/** Short: whoever waits is asked by somebody who waits. */
const turnMsMax = 2_000;
/** A burst of hundreds is served within that time; what is more would not be. */
const waitingPerConnection = 64;
/** The server's own limit should be heard first. */
const answerMs = 1_000;
const transactionMs = 2_000;

const storeError = (code: 'STORE_BUSY' | 'STORE_TIMEOUT' | 'COMMIT_UNKNOWN', because: string): Error =>
  Object.assign(new Error(`${code}: ${because}`), { code });

type Query = Promise<unknown> & { readonly state: unknown; cancel(): unknown };
type Transact = <T>(work: (tx: TransactionSql) => Promise<T>) => Promise<T>;

export function patient(
  pool: Pool,
  { connectionsMax, statementMsMax, log }: PatienceOptions,
): { sql: Pool; transaction: Transact } {
  const turns = openTurns({
    max: connectionsMax,
    waitingMax: connectionsMax * waitingPerConnection,
    waitMsMax: turnMsMax,
    refusal: (because) => storeError('STORE_BUSY', because),
  });
  const leave = leaver(pool, connectionsMax, log);

  /** Sends it when it has its turn, which ends with the server's answer, whoever still waits for that. */
  async function answered(query: Query, send: Query['then']): Promise<unknown> {
    const giveBack = await turns.take();
    return new Promise((done, failed) => {
      const timer = setTimeout(() => {
        failed(storeError('STORE_TIMEOUT', `no answer in ${statementMsMax + answerMs} ms`));
        // Still in the driver's line, for want of a connection: it leaves that.
        if (query.state === null) query.cancel();
      }, statementMsMax + answerMs);
      const over = () => {
        clearTimeout(timer);
        giveBack();
      };
      void send(
        (rows) => {
          over();
          done(rows);
        },
        (error: Error) => {
          over();
          leave(error);
          failed(error);
        },
      );
    });
  }

  const sql = new Proxy(pool, {
    apply(target, self, words: never) {
      const made: unknown = Reflect.apply(target, self, words);
      // Names, values; and parts of other statements, which nobody awaits.
      if (!(made instanceof Promise)) return made;
      const query = made as Query;
      const send = query.then.bind(query) as Query['then'];
      let answer: Promise<unknown> | undefined;
      query.then = (...heard) => (answer ??= answered(query, send)).then(...heard) as never;
      return query;
    },
  });

  return {
    sql,
    async transaction<T>(work: (tx: TransactionSql) => Promise<T>): Promise<T> {
      const giveBack = await turns.take();
      const patience = statementMsMax + transactionMs;
      let givenUp: Error | undefined;
      let commits = false;
      const done = pool.begin(async (tx) => {
        if (givenUp) throw givenUp;
        const result = await work(whileWanted(tx, () => givenUp));
        if (givenUp) throw givenUp;
        commits = true;
        return result;
      }) as Promise<T>;
      // Its connection is free again; not before, whoever still waits.
      done.then(giveBack, (error: Error) => {
        giveBack();
        leave(error);
      });
      let timer: NodeJS.Timeout | undefined;
      const late = new Promise<never>((_, failed) => {
        timer = setTimeout(() => {
          givenUp = storeError(commits ? 'COMMIT_UNKNOWN' : 'STORE_TIMEOUT', `no end in ${patience} ms`);
          failed(givenUp);
        }, patience);
      });
      try {
        return await Promise.race([done, late]);
      } finally {
        clearTimeout(timer);
      }
    },
  };
}

/** A transaction in which nothing more is said once it was given up: what comes after its rollback would be done by itself. */
function whileWanted(tx: TransactionSql, givenUp: () => Error | undefined): TransactionSql {
  return new Proxy(tx, {
    apply(target, self, words: never) {
      const error = givenUp();
      if (error) throw error;
      return Reflect.apply(target, self, words);
    },
    get(target, name) {
      if (name !== 'savepoint') return Reflect.get(target, name);
      return (...words: unknown[]) => {
        const inner = words.pop() as (tx: TransactionSql) => Promise<unknown>;
        const whole = [...words, (nested: TransactionSql) => inner(whileWanted(nested, givenUp))];
        return Reflect.apply(target.savepoint, target, whole as never);
      };
    },
  });
}

/** A server that only reads from now on is left: all connections are closed, and the next are made where there is one that writes. */
function leaver(pool: Pool, connectionsMax: number, log: Logger): (error: Error) => void {
  let leaving = false;
  return (error) => {
    if (leaving || (error as { code?: unknown }).code !== '25006') return;
    leaving = true;
    log.warn('the database only reads; looking for one that writes');
    const endOne = () => pool.unsafe('select pg_terminate_backend(pg_backend_pid())').catch(() => undefined);
    void Promise.all(Array.from({ length: connectionsMax }, endOne)).finally(() => (leaving = false));
  };
}
