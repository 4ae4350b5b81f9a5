/** One topic as a lane sees it, without a database: which rows go out now, and what an answer changes. */
import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { backoffMs, type Destination, fitting, headsOf, openDestination } from '#kit/relay/destination.ts';
import { bucketCount, bucketOf, type OutboxRow } from '#kit/outbox.ts';
import type { EntryOutcome } from '#kit/sidecar/publish.ts';

const rowOf = (key: string, id = key, body = '{}'): OutboxRow => ({
  id,
  key,
  topics: ['t'],
  bucket: 0,
  type: 'x',
  body,
  trace: null,
  requestId: null,
  attempts: 0,
  refusals: 0,
});
const rowsOf = (...keys: string[]) => keys.map((key, at) => rowOf(key, `${key}${at}`));
const ok: EntryOutcome = { type: 'ok', value: null };
const away: EntryOutcome = { type: 'unsure', cause: new Error('away') };
const refused: EntryOutcome = { type: 'fail', code: 'MESSAGE_TOO_LARGE', heals: false };

function standing() {
  const clock = { ms: 0 };
  const topic = openDestination('t', () => clock.ms);
  const keys = (rows: readonly OutboxRow[]) => topic.pick(rows).map((batch) => batch.rows.map(({ key }) => key).join(''));
  /** Publishes what is picked; what becomes of each key. */
  const publish = (rows: readonly OutboxRow[], outcomeOf: (key: string) => EntryOutcome) => {
    const batches = topic.pick(rows);
    for (const batch of batches) topic.begin(batch);
    for (const batch of batches) topic.end(batch, ({ key }) => outcomeOf(key));
    return batches.map((batch) => batch.rows.map(({ key }) => key).join(''));
  };
  return { clock, topic, keys, publish };
}

describe('heads', () => {
  it('holds each key once, the first of it, in order', () => {
    fc.assert(
      fc.property(fc.array(fc.constantFrom('a', 'b', 'c', 'd')), (keys) => {
        const rows = rowsOf(...keys);
        const heads = headsOf(rows);
        expect(heads.map(({ key }) => key)).toEqual([...new Set(keys)]);
        for (const head of heads) expect(rows.find(({ key }) => key === head.key)).toBe(head);
      }),
    );
  });

  it('a call is never empty, however large its first row is, and stays under the size daprd takes', () => {
    const large = JSON.stringify('x'.repeat(900_000));
    expect(fitting([rowOf('a', '1', large), rowOf('b', '2', large)]).map((row) => row.id)).toEqual(['1']);
    expect(fitting(Array.from({ length: 600 }, (_, id) => rowOf(String(id))))).toHaveLength(250);
  });
});

describe('a topic', () => {
  it('takes all keys side by side, and of each key one at a time', () => {
    const { topic, keys } = standing();
    const rows = rowsOf('a', 'b', 'a');
    const [batch] = topic.pick(rows);
    topic.begin(batch!);
    expect(keys(rows)).toEqual([]);
    expect(topic.heldKeys()).toEqual(['a', 'b']);
    expect(keys(rowsOf('a', 'c'))).toEqual(['c']);
  });

  it('that can not take some keys holds those, and tries them apart from the others', () => {
    const { clock, topic, keys, publish } = standing();
    publish(rowsOf('a', 'b', 'c'), (key) => (key === 'b' ? away : ok));
    expect(topic.isAway()).toBe(false);
    expect(keys(rowsOf('b', 'd'))).toEqual(['d']);
    clock.ms += backoffMs(1);
    expect(keys(rowsOf('b', 'd'))).toEqual(['d', 'b']);
  });

  it('of which one call hangs goes on with the others, up to a bound', () => {
    const { topic, keys } = standing();
    for (const key of ['a', 'b', 'c', 'd']) topic.begin(topic.pick(rowsOf(key))[0]!);
    expect(topic.rests()).toBe(true);
    expect(keys(rowsOf('e'))).toEqual([]);
  });

  it('that takes nothing is tested with few rows, later and later, and with other keys each time', () => {
    const { clock, topic, keys, publish } = standing();
    const rows = rowsOf(...'abcdefghijklmnopqrstuvwxyz');
    expect(publish(rows, () => away)).toEqual(['abcdefghijklmnopqrstuvwxyz']);
    expect([topic.isAway(), topic.rests(), topic.dueInMs()]).toEqual([true, true, 100]);
    clock.ms += 100;
    // All have failed once: none is better than the others, and waiting for a new one would be waiting for ever.
    expect(keys(rows)).toEqual([]);
    expect(publish(rows, () => away)).toEqual(['abcdefghij']);
    expect(topic.dueInMs()).toBe(200);
    clock.ms += 200;
    expect(publish(rows, () => away)).toEqual(['klmnopqrst']);
    clock.ms += 400;
    expect(publish(rows, () => away)).toEqual(['uvwxyz']);
    clock.ms += 800;
    expect(publish(rows, () => ok)).toEqual([]);
    expect(publish(rows, (key) => (key === 'a' ? away : ok))).toEqual(['abcdefghij']);
    expect(topic.isAway()).toBe(false);
    expect(keys(rowsOf('a', 'k', 'z'))).toEqual(['kz']);
  });

  it('of which nothing waits any more is not tested', () => {
    const { clock, topic, keys, publish } = standing();
    publish(rowsOf('a'), () => away);
    clock.ms += 60_000;
    topic.forget(new Set());
    expect(keys([])).toEqual([]);
    expect([topic.isAway(), topic.fails(), topic.dueInMs()]).toEqual([false, false, undefined]);
  });

  it('that refuses an event in company sees it alone before it believes it', () => {
    const { clock, publish, topic } = standing();
    const rows = rowsOf('a', 'b', 'c');
    expect(publish(rows, () => refused)).toEqual(['abc']);
    expect(topic.isAway()).toBe(false);
    clock.ms += 100;
    expect(publish(rows, (key) => (key === 'b' ? refused : ok))).toEqual(['a']);
    expect(publish(rows.slice(1), (key) => (key === 'b' ? refused : ok))).toEqual(['b']);
    expect(publish(rows.slice(1), (key) => (key === 'b' ? refused : ok))).toEqual(['c']);
  });

  it('never lets a row overtake one of its key, and leaves none out for ever', () => {
    fc.assert(
      fc.property(
        fc.array(fc.constantFrom('a', 'b', 'c'), { minLength: 1, maxLength: 12 }),
        fc.infiniteStream(fc.nat(9)),
        (keys, dice) => {
          const { clock, topic } = standing();
          let waiting = rowsOf(...keys);
          const taken: OutboxRow[] = [];
          let open: ReturnType<Destination['pick']> = [];
          const roll = () => dice.next().value as number;
          for (let step = 0; waiting.length > 0; step++) {
            expect(step).toBeLessThan(2_000);
            const picked = topic.pick(waiting);
            for (const batch of picked) topic.begin(batch);
            open = [...open, ...picked];
            const late = open.filter(() => step < 500 && roll() < 5);
            for (const batch of open.filter((each) => !late.includes(each))) {
              const good = new Set(batch.rows.filter(() => step >= 500 || roll() < 6));
              topic.end(batch, (row) => (good.has(row) ? ok : away));
              taken.push(...good);
              waiting = waiting.filter((row) => !good.has(row));
            }
            open = late;
            clock.ms += roll() * 50;
            topic.forget(new Set(waiting.map(({ key }) => key)));
          }
          for (const key of new Set(keys)) {
            const order = taken.filter((row) => row.key === key).map(({ id }) => id);
            expect(order).toEqual(
              rowsOf(...keys)
                .filter((row) => row.key === key)
                .map(({ id }) => id),
            );
          }
        },
      ),
    );
  });
});

it('backoff doubles and is bounded', () => {
  expect([1, 2, 3, 6, 1000].map(backoffMs)).toEqual([100, 200, 400, 2_000, 2_000]);
});

it('buckets depend on the key alone and use the whole range', () => {
  const used = new Set(Array.from({ length: 2_000 }, (_, id) => bucketOf(String(id))));
  expect(used.size).toBe(bucketCount);
  expect(bucketOf('42')).toBe(bucketOf('42'));
});
