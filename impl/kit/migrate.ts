/**
 * Numbered .sql files, each applied once, whoever starts first. Each by itself: what others hold locked is waited for a moment at a time,
 * so that nobody queues behind a change that itself waits, and what is done stays done. A file that begins with `-- no transaction`
 * holds one statement that can't be in one (`create index concurrently ... if not exists`).
 */
import { readdirSync, readFileSync } from 'node:fs';
import { basename, join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import type { Logger } from 'pino';
import type { ReservedSql, Sql as Pool } from 'postgres';

/** Whoever needs the same table waits behind us for so long, and no longer. */
const lockMsMax = 2_000;
const pauseMs = 1_000;
const giveUpMs = 300_000;
const lockNotAvailable = '55P03';

/** The names of those it applied. */
export async function migrateIn(pool: Pool, schema: string, folders: readonly string[], log: Logger): Promise<string[]> {
  // One session: the lock that keeps other processes out is its own, and ends with it.
  const session = await pool.reserve();
  try {
    await session`set statement_timeout = 0`;
    await untilAlone(session, schema);
    await session`create schema if not exists ${session(schema)}`;
    await session`create table if not exists migrations (name text primary key, applied_at timestamptz not null default clock_timestamp())`;
    const known = new Set((await session<{ name: string }[]>`select name from migrations`).map((row) => row.name));
    const missing = folders.flatMap(filesIn).filter(({ name }) => !known.has(name));
    for (const { name, text } of missing) await patiently(() => apply(session, name, text), name, log);
    return missing.map(({ name }) => name);
  } finally {
    await session`select pg_advisory_unlock_all()`.catch(() => undefined);
    await session`reset statement_timeout`.catch(() => undefined);
    session.release();
  }
}

/**
 * The same two numbers as ever: a release that migrates in one transaction waits for us, and we for it. Asked for again and again: a
 * session that waits for a lock has a snapshot, and `create index concurrently` would wait for that.
 */
async function untilAlone(session: ReservedSql, schema: string): Promise<void> {
  for (;;) {
    const [row] = await session<{ alone: boolean }[]>`
      select pg_try_advisory_lock(hashtext('migrate'), hashtext(${schema})) as alone`;
    if (row?.alone) return;
    await pause(100);
  }
}

interface Migration {
  readonly name: string;
  readonly text: string;
}

const filesIn = (folder: string): Migration[] =>
  readdirSync(folder)
    .filter((file) => /^\d{3}-.+\.sql$/.test(file))
    .sort()
    .map((file) => ({ name: `${basename(folder)}/${file}`, text: readFileSync(join(folder, file), 'utf8') }));

async function apply(session: ReservedSql, name: string, text: string): Promise<void> {
  const done = () => session`insert into migrations (name) values (${name})`;
  if (/^-- no transaction\b/.test(text)) {
    await session.unsafe(text);
    await done();
    return;
  }
  await session`begin`;
  try {
    await session.unsafe(`set local lock_timeout = ${lockMsMax}`);
    await session.unsafe(text);
    await done();
    await session`commit`;
  } catch (error) {
    await session`rollback`;
    throw error;
  }
}

async function patiently(work: () => Promise<void>, name: string, log: Logger): Promise<void> {
  const giveUpAt = performance.now() + giveUpMs;
  for (;;) {
    try {
      return await work();
    } catch (error) {
      if ((error as { code?: unknown }).code !== lockNotAvailable || performance.now() > giveUpAt)
        throw new Error(`MIGRATION_FAILED: ${name}: ${(error as Error).message}`, { cause: error });
      log.warn({ migration: name }, 'somebody holds what this migration needs; trying again');
      await pause(pauseMs);
    }
  }
}
