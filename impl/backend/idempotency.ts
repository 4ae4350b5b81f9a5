/**
 * A caller that doesn't know whether its request was done sends it again, with the same `Idempotency-Key`, and gets the first
 * answer. The answer is written by the transaction that did the work, so there is no
 * moment in which one is known and the other is not. A refusal is rolled back with its transaction and not kept: repeated,
 * the request is judged anew.
 */
import { createHash } from 'node:crypto';
import type { Middleware } from 'koa';
import { AppError } from '#kit/web/errors.ts';
import { idempotencyKeyOf } from '#kit/web/idempotency-key.ts';
import { type Call, userIdOf } from '#kit/web/request.ts';
import type { Postgres, Sql, Transaction } from '#kit/postgres.ts';
import { type Answer, type RenderedAnswer, rendered, send } from './answer.ts';

export type Work = (ctx: Call, tx: Transaction) => Promise<Answer>;
/** Makes a route of the work of one request: one transaction, one answer, done once if the request has a key. */
export type Once = (work: Work) => Middleware;

interface KeptAnswer extends RenderedAnswer {
  readonly request_hash: Buffer;
}

export const answeringOnce =
  (postgres: Postgres): Once =>
  (work) =>
  async (context) => {
    const ctx = context as Call;
    const key = idempotencyKeyOf(ctx);
    const owner = userIdOf(ctx);
    const answer = await postgres.transaction(async (tx) => {
      if (key === undefined) return rendered(await work(ctx, tx));
      await claim(tx, owner, key, ctx);
      const hash = hashOf(ctx);
      const kept = await keptAnswer(tx, owner, key);
      if (kept !== undefined) return replay(kept, hash);
      const fresh = rendered(await work(ctx, tx));
      await keep(tx, owner, key, hash, fresh);
      return fresh;
    });
    send(ctx, answer);
  };

/**
 * The same for a part of a request that has no answer of its own yet: done once under this key, and what came of it is given again. Another
 * copy that does it at this moment is waited for.
 */
export async function doneOnce<T>(tx: Transaction, owner: string, key: string, work: () => Promise<T>): Promise<T> {
  await tx`select pg_advisory_xact_lock(hashtextextended(${`idempotency\n${owner}\n${key}`}, 0))`;
  const kept = await keptAnswer(tx, owner, key);
  if (kept !== undefined) return JSON.parse(kept.body) as T;
  const done = await work();
  const hash = createHash('sha256').update(key).digest();
  await keep(tx, owner, key, hash, { status: 200, headers: {}, body: JSON.stringify(done) });
  return done;
}

/** Another body under the same key is a mistake of the caller; so is another address. NUL can be in none of the three. */
const hashOf = (ctx: Call): Buffer =>
  createHash('sha256')
    .update([ctx.method, ctx.path, ctx.request.rawBody ?? ''].join('\0'))
    .digest();

/**
 * Held until commit or rollback, also when this process dies. Whoever gets it sees what the holder before it committed.
 * Not waited for: a second copy of a slow request must not take a second connection out of the pool. Two keys that share
 * the 64 bits cost one of them a needless 409.
 */
async function claim(tx: Transaction, owner: string, key: string, ctx: Call): Promise<void> {
  const name = `idempotency\n${owner}\n${key}`;
  const [row] = await tx<{ free: boolean }[]>`select pg_try_advisory_xact_lock(hashtextextended(${name}, 0)) as free`;
  if (row?.free) return;
  ctx.set('Retry-After', '1');
  throw new AppError('IDEMPOTENCY_IN_FLIGHT');
}

async function keptAnswer(tx: Transaction, owner: string, key: string): Promise<KeptAnswer | undefined> {
  const rows = await tx<KeptAnswer[]>`
    select request_hash, status, headers, body from idempotency where user_id = ${owner} and key = ${key}`;
  return rows[0];
}

function replay({ request_hash, ...answer }: KeptAnswer, hash: Buffer): RenderedAnswer {
  if (!request_hash.equals(hash)) throw new AppError('IDEMPOTENCY_MISMATCH');
  return { ...answer, headers: { ...answer.headers, 'Idempotency-Replayed': 'true' } };
}

async function keep(tx: Transaction, owner: string, key: string, hash: Buffer, answer: RenderedAnswer): Promise<void> {
  await tx`
    insert into idempotency (user_id, key, request_hash, status, headers, body)
    values (${owner}, ${key}, ${hash}, ${answer.status}, ${tx.json(answer.headers)}, ${answer.body})`;
}

/** Deletes at most `rowsMax` answers older than the moment; says how many. */
export async function pruneIdempotency(sql: Sql, beforeMs: number, rowsMax: number): Promise<number> {
  const gone = await sql`
    delete from idempotency where (user_id, key) in (
      select user_id, key from idempotency where created_at < ${new Date(beforeMs)} order by created_at limit ${rowsMax})`;
  return gone.count;
}
