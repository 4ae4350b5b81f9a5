/** A real Postgres whose sessions end, that stands still, or that only reads: what callers are told, and what is done of it. */
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, describe, expect, it, jest } from '@jest/globals';
import { pino } from 'pino';
import connect from 'postgres';
import { openPostgres, type Postgres, type Transaction } from '#kit/postgres.ts';
import { until } from '#harness/process/until.ts';
import type { Part } from '#harness/process/part.ts';
import { withPostgres } from '../scene.ts';

// Each test starts a database of its own.
jest.setTimeout(60_000);

async function inScene(work: (postgres: Postgres, end: (tx: Transaction) => Promise<void>) => Promise<void>): Promise<void> {
  await withPostgres(async (scene) => {
    const admin = connect(scene.databaseUrl, { max: 1, onnotice: () => undefined });
    // One connection: whoever comes next gets the very one that broke.
    const postgres = openPostgres({
      url: scene.databaseUrl,
      schema: 'public',
      application: 'test',
      log: pino({ level: 'silent' }),
      connectionsMax: 1,
      statementMsMax: 5_000,
    });
    scene.scope.defer('close the connections', async () => {
      await Promise.all([postgres.close(), admin.end({ timeout: 1 })]);
    });
    await admin`create table seen (what text)`;
    const end = async (tx: Transaction) => {
      const [row] = await tx<{ pid: number }[]>`select pg_backend_pid() as pid`;
      await admin`select pg_terminate_backend(${row?.pid ?? 0})`;
      // Until this process has heard of it too.
      while ((await admin`select 1 from pg_stat_activity where pid = ${row?.pid ?? 0}`).count > 0) await sleep(10);
      await sleep(100);
    };
    await work(postgres, end);
  });
}

describe('a transaction whose session the server ended', () => {
  it('rejects, whatever it does next, and the process lives', () =>
    inScene(async (postgres, end) => {
      const goesOn = postgres.transaction(async (tx) => {
        await tx`insert into seen values ('half')`;
        await end(tx);
        await tx`insert into seen values ('the other half')`;
      });
      await expect(goesOn).rejects.toMatchObject({ code: 'CONNECTION_CLOSED' });
      const commits = postgres.transaction(async (tx) => {
        await tx`insert into seen values ('half')`;
        await end(tx);
      });
      await expect(commits).rejects.toMatchObject({ code: 'CONNECTION_CLOSED' });
      const nested = postgres.transaction((tx) =>
        tx.savepoint(async (inner) => {
          await end(inner);
          await inner`insert into seen values ('inner')`;
        }),
      );
      await expect(nested).rejects.toMatchObject({ code: 'CONNECTION_CLOSED' });
      expect(await postgres.sql`select what from seen`).toHaveLength(0);
    }));

  it('says and commits nothing in the transaction that has its connection next', () =>
    inScene(async (postgres, end) => {
      const late = Promise.withResolvers<void>();
      const ended = Promise.withResolvers<void>();
      const strayed = Promise.withResolvers<void>();
      const first = postgres.transaction(async (tx) => {
        await end(tx);
        ended.resolve();
        await late.promise;
        await tx`insert into seen values ('stray')`.catch(() => undefined);
        strayed.resolve();
        // Comes to its end, and with it to its commit.
      });
      const firstRejects = expect(first).rejects.toMatchObject({ code: 'CONNECTION_CLOSED' });
      await ended.promise;
      const second = postgres.transaction(async (tx) => {
        await tx`insert into seen values ('rolled back')`;
        late.resolve();
        await strayed.promise;
        // What the first one says at its end is said in this session, and so before this answer.
        await tx`select 1`;
        throw new Error('changed my mind');
      });
      await expect(second).rejects.toThrow('changed my mind');
      await firstRejects;
      expect(await postgres.sql`select what from seen`).toHaveLength(0);
    }));
});

interface Standing {
  readonly databaseUrl: string;
  readonly postgres: Postgres;
  readonly admin: connect.Sql;
  readonly database: Pick<Part, 'pause' | 'resume'>;
}

/** Two connections, a statement's limit of a second. */
async function standing(work: (scene: Standing) => Promise<void>): Promise<void> {
  await withPostgres(async ({ scope, databaseUrl, database }) => {
    const admin = connect(databaseUrl, { max: 1, onnotice: () => undefined });
    const postgres = openPostgres({
      url: databaseUrl,
      schema: 'public',
      application: 'test',
      log: pino({ level: 'silent' }),
      connectionsMax: 2,
      statementMsMax: 1_000,
    });
    scope.defer('close the connections', async () => {
      await Promise.all([postgres.close(), admin.end({ timeout: 1 })]);
    });
    await admin`create table seen (what text)`;
    await postgres.sql`select 1`;
    await work({ postgres, admin, database, databaseUrl });
  });
}

const soon = { everyMs: 50, giveUpMs: 15_000 };

/** No session of the pool is at work, or in a transaction. */
const atRest = (admin: connect.Sql) =>
  until(
    'the sessions are at rest',
    async () =>
      (await admin`select 1 from pg_stat_activity where application_name = 'test' and state <> 'idle'`).count === 0 || undefined,
    soon,
  );

const timed = async <T>(work: Promise<T>) => {
  const startedAt = performance.now();
  const error = await work.then(
    () => undefined,
    ({ code }: { code?: string }) => code,
  );
  return { error, ms: performance.now() - startedAt };
};

describe('a server that stands still', () => {
  it('keeps nobody waiting, and does nothing afterwards of what was refused', () =>
    standing(async ({ postgres, admin, database }) => {
      await database.pause();
      const say = (n: number) => (tx: Transaction) => tx`insert into seen values (${`task ${n}`})`;
      const all = await Promise.all(Array.from({ length: 200 }, (_, n) => timed(postgres.transaction(say(n)))));
      // Two are at work, as many wait as may, and the others hear at once that too many do.
      expect(all.filter(({ ms }) => ms < 500)).toHaveLength(200 - 2 - 128);
      expect(Math.max(...all.map(({ ms }) => ms))).toBeLessThan(4_000);
      expect(new Set(all.map(({ error }) => error))).toEqual(new Set(['STORE_BUSY', 'STORE_TIMEOUT']));
      const reads = await Promise.all(Array.from({ length: 50 }, () => timed(Promise.resolve(postgres.sql`select 1`))));
      expect(reads.every(({ error, ms }) => /^STORE_(BUSY|TIMEOUT)$/.test(error ?? '') && ms < 4_500)).toBe(true);
      await database.resume();
      // All turns are given back, and what was sent to the sessions before has been read by then.
      await Promise.all(Array.from({ length: 20 }, () => postgres.transaction((tx) => tx`insert into seen values ('again')`)));
      await atRest(admin);
      expect((await admin<{ what: string }[]>`select what from seen`).map(({ what }) => what)).toEqual(Array(20).fill('again'));
    }));

  it('does nothing of a transaction that was half way through when it was given up', () =>
    standing(async ({ postgres, admin, database }) => {
      let said = 0;
      const half = timed(
        postgres.transaction(async (tx) => {
          // The server's own limits would end it, too, when it goes on.
          await tx`set local statement_timeout = 0`;
          await tx`set local idle_in_transaction_session_timeout = 0`;
          await tx`insert into seen values ('before')`;
          await database.pause();
          await tx`insert into seen values ('while')`;
          said += 1;
          await tx`insert into seen values ('after')`;
          said += 1;
        }),
      );
      expect((await half).error).toBe('STORE_TIMEOUT');
      await database.resume();
      // It goes on, and is not heard any more: after its rollback each statement would be a transaction of its own.
      await until('it went on', () => said > 0 || undefined, soon);
      await atRest(admin);
      expect(said).toBe(1);
      expect(await admin`select what from seen`).toHaveLength(0);
    }));

  it('says that it does not know when it stood still at the commit', () =>
    standing(async ({ postgres, admin }) => {
      // A deferred constraint makes the commit itself do the waiting.
      await admin`create function wait() returns trigger language plpgsql as $$ begin perform pg_sleep(5); return null; end $$`;
      await admin`create constraint trigger slow after insert on seen deferrable initially deferred for each row execute function wait()`;
      const commits = await timed(
        postgres.transaction((tx) => tx`set local statement_timeout = 0`.then(() => tx`insert into seen values ('x')`)),
      );
      expect(commits.error).toBe('COMMIT_UNKNOWN');
      await until('it was done', async () => (await admin`select what from seen`).count === 1 || undefined, soon);
    }));
});

it('a server that is not there: told in time', async () => {
  const postgres = openPostgres({
    url: 'postgres://nobody@127.0.0.1:1/none',
    schema: 'public',
    application: 'test',
    log: pino({ level: 'silent' }),
    connectionsMax: 2,
    statementMsMax: 500,
  });
  const [read, write] = await Promise.all([
    timed(Promise.resolve(postgres.sql`select 1`)),
    timed(postgres.transaction((tx) => tx`select 1`)),
  ]);
  expect([read.error, write.error]).toEqual(['ECONNREFUSED', 'ECONNREFUSED']);
  expect(Math.max(read.ms, write.ms)).toBeLessThan(3_000);
  await postgres.close();
});

it('a server that only reads from now on is left', () =>
  standing(async ({ postgres, admin }) => {
    const pids = async () => (await postgres.sql<{ pid: number }[]>`select pg_backend_pid() as pid`).map(({ pid }) => pid);
    const [before] = await pids();
    await admin.unsafe('alter system set default_transaction_read_only = on');
    await admin`select pg_reload_conf()`;
    const readOnly = async () =>
      (await postgres.sql<{ is: string }[]>`select current_setting('default_transaction_read_only') as is`)[0]?.is;
    await until('it only reads', async () => (await readOnly()) === 'on' || undefined, soon);
    const write = () => timed(postgres.transaction((tx) => tx`insert into seen values ('x')`));
    expect((await write()).error).toBe('25006');
    // Nobody is asked who can't do it: the connections are closed, and no other is to be had.
    const left = await until(
      'it was left',
      async () => {
        const { error } = await write();
        return error === '25006' ? undefined : String(error);
      },
      soon,
    );
    expect(left).toMatch(/^(STORE_TIMEOUT|CONNECTION_\w+)$/);
    await admin.unsafe('set default_transaction_read_only = off');
    await admin.unsafe('alter system reset default_transaction_read_only');
    await admin`select pg_reload_conf()`;
    await until('it is found again', async () => (await write()).error === undefined || undefined, soon);
    expect(await pids()).not.toContain(before);
  }));

it('parts of a statement, names and values are as they were', () =>
  standing(async ({ postgres: { sql } }) => {
    const where = sql`where what = ${'x'}`;
    await sql`insert into ${sql('seen')} ${sql([{ what: 'x' }, { what: 'y' }])}`;
    expect(await sql`select what from seen ${where}`).toEqual([{ what: 'x' }]);
    await expect(sql`select nothing`).rejects.toMatchObject({ code: '42703' });
  }));

describe('migrations', () => {
  const scratch = mkdtempSync(join(tmpdir(), 'plumbline-test-'));
  afterAll(() => rmSync(scratch, { recursive: true, force: true }));
  let made = 0;
  const folderOf = (files: Readonly<Record<string, string>>) => {
    const folder = join(scratch, String(made++), 'some');
    mkdirSync(folder, { recursive: true });
    for (const [name, text] of Object.entries(files)) writeFileSync(join(folder, name), text);
    return folder;
  };
  const applied = async ({ sql }: Postgres) =>
    (await sql<{ name: string }[]>`select name from migrations order by name`).map(({ name }) => name);

  it('are applied once each, by whoever is first, and go on after the last that was done', () =>
    standing(async ({ postgres }) => {
      const folder = folderOf({
        '001-a.sql': 'create table a (n int)',
        '002-b.sql': 'create table b (n int); insert into b values (1); nonsense',
      });
      await expect(postgres.migrate([folder])).rejects.toThrow('MIGRATION_FAILED: some/002-b.sql: syntax error');
      expect(await applied(postgres)).toEqual(['some/001-a.sql']);
      writeFileSync(join(folder, '002-b.sql'), 'create table b (n int); insert into b values (1)');
      writeFileSync(
        join(folder, '003-c.sql'),
        '-- no transaction: nobody waits for it\ncreate index concurrently if not exists on_b on b (n)',
      );
      await Promise.all(Array.from({ length: 2 }, () => postgres.migrate([folder])));
      expect(await applied(postgres)).toEqual(['some/001-a.sql', 'some/002-b.sql', 'some/003-c.sql']);
      expect(await postgres.sql`select n from b`).toEqual([{ n: 1 }]);
      // The limits of the pool are back.
      expect(await postgres.sql`show statement_timeout`).toEqual([{ statement_timeout: '1s' }]);
    }));

  it('wait for a lock only a moment at a time, so that nobody queues behind them for long', () =>
    standing(async ({ postgres, admin, databaseUrl }) => {
      const folder = folderOf({ '001-seen.sql': 'alter table seen add column more text' });
      const free = Promise.withResolvers<void>();
      const held = admin.begin(async (tx) => {
        await tx`select * from seen`;
        await free.promise;
      });
      const migrated = postgres.migrate([folder]);
      await sleep(500);
      // A reader comes behind the change that waits; it is let through when that steps back.
      const startedAt = performance.now();
      const other = connect(databaseUrl, { max: 1 });
      await other`select * from public.seen`;
      expect(performance.now() - startedAt).toBeLessThan(3_500);
      await other.end();
      free.resolve();
      await held;
      await migrated;
      expect(await applied(postgres)).toEqual(['some/001-seen.sql']);
    }));
});
