/** `todo-admin`: what a person does about events that wait for one: those that were parked, and those that were dropped. */
import { pino } from 'pino';
import { deadLetters, discard, redrive } from '#kit/receive/dead-letters.ts';
import { parkedRows, release } from '#kit/outbox.ts';
import { openPostgres, type Postgres } from '#kit/postgres.ts';

type Say = (line: string) => void;
/** Ids, or all there are. */
type Which = readonly string[] | undefined;

const usage = `todo-admin: events that wait for a person. DATABASE_URL names the database.

  todo-admin parked list                    events that no topic takes as they are, of all services
  todo-admin parked release <id...|--all>   put them back in line, after what was wrong is right
  todo-admin dead-letters list              events that a subscriber dropped, and why
  todo-admin dead-letters redrive <id...|--all>   send them to their topics again; who has applied one passes it over
  todo-admin dead-letters discard <id...>   forget them for good

Exit codes: 0 done, 1 an id was not among them or can't be sent, 2 not understood or no database.`;

const rowsMax = 1_000;
/** Whoever has an outbox, by schema; the last one takes events, too. */
const schemas = ['domain', 'notification'] as const;

export async function admin(
  words: readonly string[],
  env: Readonly<Record<string, string | undefined>>,
  say: Say,
  complain: Say,
): Promise<number> {
  const [room, deed, ...rest] = words;
  const job = jobs[`${room} ${deed}`];
  if (words.length === 0 || words.includes('--help')) {
    say(usage);
    return words.length === 0 ? 2 : 0;
  }
  const url = env.DATABASE_URL;
  const strange = rest.find((word) => word.startsWith('-') && word !== '--all');
  if (!job || strange !== undefined || (job.wants === 'nothing' && rest.length > 0))
    return misused(`not understood: ${words.join(' ')}`, complain);
  const ids = rest.filter((word) => word !== '--all');
  const all = rest.includes('--all');
  if (job.wants !== 'nothing' && (all ? ids.length > 0 || job.wants === 'ids' : ids.length === 0))
    return misused(`${room} ${deed} wants ${job.wants === 'ids' ? 'ids' : 'either ids or --all'}`, complain);
  if (!url) return misused('DATABASE_URL is not set', complain);
  const stores = schemas.map((schema) => openStore(url, schema));
  try {
    return await job.run(stores as [Postgres, Postgres], all ? undefined : ids, say);
  } catch (error) {
    return misused(`the database did not do it: ${(error as Error).message}`, complain);
  } finally {
    await Promise.all(stores.map((store) => store.close()));
  }
}

interface Job {
  readonly wants: 'nothing' | 'ids' | 'ids or all';
  run(stores: readonly [Postgres, Postgres], ids: Which, say: Say): Promise<number>;
}

const jobs: Readonly<Record<string, Job>> = {
  'parked list': {
    wants: 'nothing',
    async run(stores, _ids, say) {
      const rows = (
        await Promise.all(
          stores.map(async ({ sql, schema }) => (await parkedRows(sql, rowsMax)).map((row) => ({ ...row, schema }))),
        )
      ).flat();
      for (const { id, schema, type, key, topics, error, parkedAt } of rows)
        say(
          [id, schema, type, `key ${key}`, `for ${topics.join(', ')}`, `since ${parkedAt.toISOString()}`, error ?? ''].join('  '),
        );
      if (rows.length === 0) say('no event is parked');
      return 0;
    },
  },
  'parked release': {
    wants: 'ids or all',
    async run(stores, ids, say) {
      const released = (await Promise.all(stores.map(({ sql }) => release(sql, ids)))).flat();
      return told(ids, released, 'released', 'is not parked', say);
    },
  },
  'dead-letters list': {
    wants: 'nothing',
    async run([, { sql }], _ids, say) {
      const letters = await deadLetters(sql, rowsMax);
      for (const { id, topic, eventType, key, times, firstAt, redrivenAt, because } of letters)
        say(
          [
            id,
            topic,
            eventType ?? 'no event',
            `key ${key ?? '-'}`,
            `${times}x since ${firstAt.toISOString()}`,
            redrivenAt ? `sent again ${redrivenAt.toISOString()}` : 'waits',
            because,
          ].join('  '),
        );
      if (letters.length === 0) say('no event was dropped');
      return 0;
    },
  },
  'dead-letters redrive': {
    wants: 'ids or all',
    async run([, store], ids, say) {
      const { sent, refused } = await store.transaction((tx) => redrive(tx, ids));
      for (const id of refused) say(`${id}: can't be sent, it is no event of ours; discard it when nobody needs it`);
      const code = told(
        ids?.filter((id) => !refused.includes(id)),
        sent,
        'goes to its topic again',
        'is no dead letter that waits',
        say,
      );
      return refused.length > 0 ? 1 : code;
    },
  },
  'dead-letters discard': {
    wants: 'ids',
    async run([, { sql }], ids = [], say) {
      const count = await discard(sql, ids);
      say(`${count} forgotten`);
      return count >= ids.length ? 0 : 1;
    },
  },
};

/** A line for each; 1 when one that was named is missing. */
function told(ids: Which, done: readonly string[], deed: string, otherwise: string, say: Say): number {
  for (const id of done) say(`${id}: ${deed}`);
  const missing = ids?.filter((id) => !done.includes(id)) ?? [];
  for (const id of missing) say(`${id}: ${otherwise}`);
  if (done.length + missing.length === 0) say('there is none');
  return missing.length > 0 ? 1 : 0;
}

function misused(sentence: string, complain: Say): 2 {
  complain(`todo-admin: ${sentence}. See: npx todo-admin --help`);
  return 2;
}

const openStore = (url: string, schema: string): Postgres =>
  openPostgres({
    url,
    schema,
    application: 'todo-admin',
    log: pino({ level: 'silent' }),
    connectionsMax: 1,
    statementMsMax: 30_000,
  });
