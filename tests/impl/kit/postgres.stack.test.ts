/** Transactions whose session ends under them, on a real Postgres. What makes it so: impl/patches. */
import { setTimeout as sleep } from 'node:timers/promises';
import { describe, expect, it, jest } from '@jest/globals';
import { pino } from 'pino';
import connect from 'postgres';
import { openPostgres, type Postgres, type Transaction } from '#kit/postgres.ts';
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
      const first = postgres.transaction(async (tx) => {
        await end(tx);
        ended.resolve();
        await late.promise;
        await tx`insert into seen values ('stray')`.catch(() => undefined);
        // Comes to its end, and with it to its commit.
      });
      const firstRejects = expect(first).rejects.toMatchObject({ code: 'CONNECTION_CLOSED' });
      await ended.promise;
      const second = postgres.transaction(async (tx) => {
        await tx`insert into seen values ('rolled back')`;
        late.resolve();
        await sleep(200);
        throw new Error('changed my mind');
      });
      await expect(second).rejects.toThrow('changed my mind');
      await firstRejects;
      expect(await postgres.sql`select what from seen`).toHaveLength(0);
    }));
});
