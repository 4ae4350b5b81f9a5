/**
 * The relay on a real Postgres while some of its topics, partitions or keys can't take anything. The sidecar is a double, because what
 * it answers and how slowly is what is asked about here; the real one: relay.stack.test.ts and the drills.
 */
import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, beforeAll, beforeEach, describe, expect, it, jest } from '@jest/globals';
import { type Logger, pino } from 'pino';
import { domainMigrations } from '#domain/migrations.ts';
import { until } from '#harness/process/until.ts';
import { eventId } from '#kit/event-id.ts';
import { enqueue } from '#kit/outbox.ts';
import { openPostgres, type Postgres } from '#kit/postgres.ts';
import { openRelay } from '#kit/relay/relay.ts';
import type { EntryOutcome, PublishEntry } from '#kit/sidecar/sidecar.ts';
import { withPostgres } from '../../scene.ts';

jest.setTimeout(60_000);
const ok: EntryOutcome = { type: 'ok', value: null };
const away: EntryOutcome = { type: 'unsure', cause: new Error('no leader') };
const forbidden: EntryOutcome = { type: 'fail', code: 'ERR_PUBSUB_FORBIDDEN', heals: true };
const tooLarge: EntryOutcome = { type: 'fail', code: 'MESSAGE_TOO_LARGE', heals: false };

/** What becomes of the entries, and after how long. */
type Way = (topic: string, entries: readonly PublishEntry[]) => { ms?: number; outcomeOf: (entry: PublishEntry) => EntryOutcome };
const well: Way = () => ({ outcomeOf: () => ok });

let postgres: Postgres;
let over: () => void;
let scene: Promise<void>;
beforeAll(async () => {
  await new Promise<void>((ready, failed) => {
    scene = withPostgres(async ({ databaseUrl }) => {
      postgres = openPostgres({
        url: databaseUrl,
        schema: 'domain',
        application: 'test',
        log: pino({ level: 'silent' }),
        connectionsMax: 8,
        statementMsMax: 5_000,
      });
      await postgres.migrate(domainMigrations);
      const ended = new Promise<void>((done) => (over = done));
      ready();
      await ended;
      await postgres.close();
    });
    scene.catch(failed);
  });
});
afterAll(async () => {
  over();
  await scene;
});
beforeEach(async () => void (await postgres.sql`truncate outbox`));

/** All that a broker would have got, in its order. */
interface Arrival {
  readonly topic: string;
  readonly key: string;
  readonly id: string;
}

async function relaying<T>(
  first: Way,
  act: (seen: { readonly arrivals: Arrival[]; goes(way: Way): void; calls: string[] }) => Promise<T>,
  log: Logger = pino({ level: 'silent' }),
) {
  const arrivals: Arrival[] = [];
  const calls: string[] = [];
  let way = first;
  const relay = openRelay({
    postgres,
    sidecar: {
      async bulkPublish(_pubsub, topic, entries) {
        calls.push(topic);
        const { ms = 0, outcomeOf } = way(topic, entries);
        const outcomes = entries.map((entry) => [entry.id, outcomeOf(entry), entry.key] as const);
        // As in a broker: what is written is there at once, and the answer waits for the slowest.
        for (const [id, { type }, key] of outcomes) if (type === 'ok') arrivals.push({ topic, key, id });
        await sleep(ms);
        return new Map(outcomes.map(([id, outcome]) => [id, outcome]));
      },
    },
    pubsub: 'p',
    bestEffort: ['updates'],
    owner: `test-${performance.now()}`,
    log,
  });
  await relay.start();
  try {
    return await act({ arrivals, calls, goes: (next) => void (way = next) });
  } finally {
    await relay.stop();
  }
}

async function write(count: number, topics: readonly string[], keyOf: (at: number) => string): Promise<string[]> {
  const ids = Array.from({ length: count }, () => eventId());
  await postgres.transaction(async (tx) => {
    for (const [at, id] of ids.entries())
      await enqueue(tx, { id, type: 'task.updated', key: keyOf(at), topics, body: { event_id: id, event_type: 'task.updated' } });
  });
  return ids;
}

const waiting = async (where = 'true'): Promise<number> =>
  Number(
    (await postgres.sql.unsafe(`select count(*) from outbox where sent_at is null and parked_at is null and ${where}`))[0]?.count,
  );
const sent = (where = 'true', giveUpMs = 15_000) =>
  until(`nothing waits where ${where}`, async () => ((await waiting(where)) === 0 ? true : undefined), { everyMs: 20, giveUpMs });
const of = (arrivals: readonly Arrival[], topic: string) => arrivals.filter((each) => each.topic === topic).map(({ id }) => id);
const inOrder = (arrivals: readonly Arrival[], topic: string, ids: readonly string[]) => {
  const firsts = [...new Set(of(arrivals, topic))];
  const keyOf = new Map(arrivals.map(({ id, key }) => [id, key]));
  for (const key of new Set(keyOf.values())) {
    const mine = (id: string) => keyOf.get(id) === key;
    expect(firsts.filter(mine)).toEqual(ids.filter(mine));
  }
  expect(firsts.toSorted()).toEqual(ids.toSorted());
};

describe('a topic that takes nothing', () => {
  it('is told in the log, also when it says so later than anybody waits for', async () => {
    const lines: { level: number; msg: string; error?: string }[] = [];
    const log = pino({ level: 'info' }, { write: (line: string) => void lines.push(JSON.parse(line)) });
    await write(3, ['events'], (at) => `t${at}`);
    const told = (sentence: string) =>
      until(sentence, () => lines.find(({ msg }) => msg.startsWith(sentence)), { everyMs: 20, giveUpMs: 10_000 });
    await relaying(
      () => ({ ms: 1_500, outcomeOf: () => away }),
      async ({ goes }) => {
        expect(await told('publishing fails')).toMatchObject({ level: 40, error: 'events: unsure: no leader' });
        goes(well);
        await told('publishing works again');
      },
      log,
    );
  });

  it('holds up no other, however much waits for it and however slowly it says so', async () => {
    const sick: Way = (topic) => (topic === 'reminders' ? { ms: 1_500, outcomeOf: () => away } : well(topic, []));
    await write(2_000, ['reminders'], (at) => `r${at}`);
    await relaying(sick, async ({ arrivals, goes }) => {
      await until('it is known to be sick', async () => ((await waiting('attempts > 0')) > 0 ? true : undefined), {
        everyMs: 20,
        giveUpMs: 10_000,
      });
      const startedAt = performance.now();
      const ids = await write(400, ['events', 'updates'], (at) => `t${at % 100}`);
      await sent(`'events' = any (topics)`, 5_000);
      expect(performance.now() - startedAt).toBeLessThan(3_000);
      for (const topic of ['events', 'updates']) inOrder(arrivals, topic, ids);
      expect(arrivals).toHaveLength(800);
      expect(await waiting()).toBe(2_000);
      goes(well);
      await sent();
      expect(new Set(of(arrivals, 'reminders')).size).toBe(2_000);
    });
  });

  it('keeps no other topic of the same event waiting, and the others get it once', async () => {
    const sick: Way = (topic) => (topic === 'updates' ? { ms: 300, outcomeOf: () => away } : well(topic, []));
    const ids = await write(400, ['events', 'updates'], (at) => `t${at % 100}`);
    await relaying(sick, async ({ arrivals, goes }) => {
      await until('all are in events', () => (of(arrivals, 'events').length >= 400 ? true : undefined), {
        everyMs: 20,
        giveUpMs: 5_000,
      });
      await until('and that is written down', async () => ((await waiting(`pending is null`)) === 0 ? true : undefined), {
        everyMs: 20,
        giveUpMs: 5_000,
      });
      inOrder(arrivals, 'events', ids);
      expect(arrivals).toHaveLength(400);
      goes(well);
      await sent();
      inOrder(arrivals, 'updates', ids);
      expect(of(arrivals, 'events')).toHaveLength(400);
    });
  });

  it('lets go what is old when it promises no more than its best effort, and nothing else does', async () => {
    const sick: Way = () => ({ outcomeOf: () => away });
    await write(20, ['events', 'updates'], (at) => `t${at}`);
    const only = await write(10, ['updates'], (at) => `u${at}`);
    await postgres.sql`update outbox set created_at = created_at - interval '1 minute'`;
    await relaying(sick, async ({ goes, arrivals }) => {
      await sent(`not 'events' = any (topics)`);
      const rows = await postgres.sql<{ id: string; let_go: string[] }[]>`
        select id::text, let_go from outbox where sent_at is not null`;
      expect(rows.map(({ id }) => id).sort()).toEqual(only.toSorted());
      expect(new Set(rows.map((row) => row.let_go.join()))).toEqual(new Set(['updates']));
      goes((topic) => ({ outcomeOf: () => (topic === 'events' ? ok : away) }));
      await sent();
      expect(new Set(of(arrivals, 'events')).size).toBe(20);
      expect(await postgres.sql`select 1 from outbox where let_go = '{updates}'`).toHaveLength(30);
    });
  });
});

describe('a part of a topic that takes nothing', () => {
  const isSick = (key: string) => Number(key.slice(1)) % 5 < 2;

  it('holds up only its own keys, and does not trap the test of the way', async () => {
    // Forty in a hundred, and each call that holds one of them takes a second.
    const partly: Way = (_topic, entries) => ({
      ms: entries.some(({ key }) => isSick(key)) ? 1_000 : 0,
      outcomeOf: ({ key }) => (isSick(key) ? away : ok),
    });
    // The oldest of all: whoever tests the way with the same ten again and again sees nothing else.
    const old = await write(60, ['events'], (at) => `k${at * 5}`);
    await relaying(partly, async ({ arrivals, goes }) => {
      const ids = await write(600, ['events'], (at) => `k${1_000 + at}`);
      await sent(`substr(key, 2)::int % 5 > 1`, 10_000);
      expect(await waiting()).toBe(60 + 240);
      goes(well);
      await sent();
      inOrder(arrivals, 'events', [...old, ...ids]);
    });
  });

  it('keeps the order of its keys when it is well again', async () => {
    const partly: Way = () => ({ ms: 20, outcomeOf: ({ key }) => (isSick(key) ? away : ok) });
    await relaying(partly, async ({ arrivals, goes }) => {
      const ids: string[] = [];
      for (let round = 0; round < 8; round++) ids.push(...(await write(50, ['events', 'updates'], (at) => `k${at}`)));
      await sent(`substr(key, 2)::int % 5 > 1`);
      goes(well);
      await sent();
      for (const topic of ['events', 'updates']) inOrder(arrivals, topic, ids);
    });
  });
});

describe('refusals', () => {
  it('of the way (403, a component that is missing) park nothing, however long they last and whatever was before', async () => {
    const ids = await write(40, ['events', 'updates'], (at) => `t${at}`);
    await relaying(
      () => ({ outcomeOf: () => away }),
      async ({ arrivals, goes, calls }) => {
        await until('many tries were in vain', () => (calls.length > 30 ? true : undefined), { everyMs: 20, giveUpMs: 20_000 });
        goes(() => ({ outcomeOf: () => forbidden }));
        const before = calls.length;
        await until('and refused', () => (calls.length > before + 12 ? true : undefined), { everyMs: 20, giveUpMs: 20_000 });
        expect(await waiting()).toBe(40);
        goes(well);
        await sent();
        inOrder(arrivals, 'events', ids);
      },
    );
  });

  it.each([[['events', 'updates']], [['events', 'others']]])(
    'of an event by %j park that one, after it was seen alone, and no neighbour',
    async (topics) => {
      const [bad] = await write(1, topics, () => 'bad');
      const ids = await write(60, ['events', 'updates'], (at) => `t${at}`);
      const after = await write(1, ['events', 'updates'], () => 'bad');
      const choosy: Way = (_topic, entries) => ({ outcomeOf: () => (entries.some(({ id }) => id === bad) ? tooLarge : ok) });
      await relaying(choosy, async ({ arrivals }) => {
        await sent(`key <> 'bad'`);
        inOrder(
          arrivals.filter(({ key }) => key !== 'bad'),
          'events',
          ids,
        );
        await until('it is parked', async () => ((await waiting()) === 0 ? true : undefined), { everyMs: 20, giveUpMs: 20_000 });
        const parked = await postgres.sql`select id::text, refusals, last_error from outbox where parked_at is not null`;
        expect(parked).toEqual([
          { id: bad, refusals: expect.any(Number), last_error: expect.stringMatching(/^\w+: MESSAGE_TOO_LARGE$/) },
        ]);
        expect(parked[0]?.refusals).toBeGreaterThanOrEqual(5);
        expect(of(arrivals, 'events')).toContain(after[0]);
      });
    },
  );
});

it('whatever fails, and however slowly, each topic gets all events of a key in their order', async () => {
  let seed = 42;
  const roll = () => (seed = (seed * 1_103_515_245 + 12_345) % 2 ** 31) / 2 ** 31;
  const wild: Way = (topic) => {
    const bad = roll();
    const all = roll() < 0.1;
    return {
      ms: roll() < 0.2 ? 400 : 5,
      outcomeOf: () => (all || roll() < bad / 3 ? away : topic === 'updates' && roll() < 0.1 ? tooLarge : ok),
    };
  };
  await relaying(wild, async ({ arrivals, goes }) => {
    const ids: string[] = [];
    for (let round = 0; round < 20; round++) {
      ids.push(...(await write(40, round % 3 === 0 ? ['events'] : ['events', 'updates'], (at) => `k${(at * 7 + round) % 25}`)));
      await sleep(50);
    }
    goes(well);
    await sent();
    inOrder(arrivals, 'events', ids);
    expect(await postgres.sql`select 1 from outbox where parked_at is not null`).toHaveLength(0);
  });
});
