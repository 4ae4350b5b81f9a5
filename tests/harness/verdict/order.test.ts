import { expect, test } from '@jest/globals';
import fc from 'fast-check';
import { order } from '../../../harness/verdict/order.ts';
import { system } from '../../evidence/system.ts';
import { created, effect, record, scene } from './scene.ts';

/** Events of one task, each answered before the next began. */
const ops = ['a', 'b', 'c'].map((id, n) => created(id, 1_000 + n * 100, 'task'));
const effectsOf = (ids: readonly string[]) => ids.map((id, n) => effect(id, n + 1, 2_000 + n, 'task'));
const recordsOf = (ids: readonly string[]) => ids.map((id, n) => record(id, { offset: n, key: 'task' }));

test('in order everywhere: pass, with the events that had a predecessor counted', () => {
  const ids = ['a', 'b', 'c'];
  expect(order(scene({ ops, effects: effectsOf(ids), records: recordsOf(ids) }))).toMatchObject({ verdict: 'pass', samples: 2 });
});

test('an effect that overtook an earlier one is named', () => {
  const found = order(scene({ ops, effects: effectsOf(['b', 'a', 'c']), records: recordsOf(['a', 'b', 'c']) }));
  expect(found).toMatchObject({ verdict: 'fail', actual: 1, examples: ['effects of key task: b came before a'] });
});

test('only the first effect counts: a late duplicate is delivery’s to report', () => {
  const effects = [...effectsOf(['a', 'b', 'c']), effect('a', 9, 3_000, 'task')];
  expect(order(scene({ ops, effects, records: recordsOf(['a', 'b', 'c']) })).verdict).toBe('pass');
});

test('a key spread over partitions has no order', () => {
  const records = recordsOf(['a', 'b', 'c']).map((one, n) => ({ ...one, partition: n % 2 }));
  expect(order(scene({ ops, effects: effectsOf(['a', 'b', 'c']), records })).because).toContain('overtook');
});

test('screens’ own topic promises no order', () => {
  const screens = recordsOf(['c', 'b', 'a']).map((one) => ({ ...one, topic: 'task-updates' }));
  expect(
    order(scene({ ops, effects: effectsOf(['a', 'b', 'c']), records: [...recordsOf(['a', 'b', 'c']), ...screens] })).verdict,
  ).toBe('pass');
});

test('operations that overlapped may take effect in either order, and then there is nothing to check', () => {
  const overlapping = [created('a', 1_000, 'task'), created('b', 1_001, 'task')];
  const found = order(scene({ ops: overlapping, effects: effectsOf(['b', 'a']), records: [] }));
  expect(found).toMatchObject({ verdict: 'unsure', because: expect.stringContaining('nothing to check') });
});

test('without the broker’s records a good order of effects is half a proof', () => {
  expect(order(scene({ ops, effects: effectsOf(['a', 'b', 'c']) })).verdict).toBe('unsure');
});

test('of every order of effects, exactly the acknowledged one passes', () => {
  const ids = ['a', 'b', 'c'];
  fc.assert(
    fc.property(fc.shuffledSubarray(ids, { minLength: 3 }), (shuffled) => {
      const found = order(scene({ ops, effects: effectsOf(shuffled), records: recordsOf(ids) }));
      expect(found.verdict).toBe(shuffled.join() === ids.join() ? 'pass' : 'fail');
    }),
  );
});

test('an event that had its effect and is not in the broker leaves its order there unknown', () => {
  const ids = ['a', 'b', 'c'];
  const found = order(scene({ ops, effects: effectsOf(ids), records: recordsOf(['a', 'b']) }));
  expect(found).toMatchObject({
    verdict: 'unsure',
    because: expect.stringContaining('1 of 3 events were not found in task-events, first: c'),
  });
});

test('nothing of it in the topics that count: nobody has looked at the broker, so it is unsure', () => {
  const ids = ['a', 'b', 'c'];
  const elsewhere = recordsOf(ids).map((one) => ({ ...one, topic: 'orders' }));
  expect(order(scene({ ops, effects: effectsOf(ids), records: elsewhere }))).toMatchObject({
    verdict: 'unsure',
    because: expect.stringContaining('nothing of it was found in task-events'),
  });
  const orders = { ...system, topics: { orders: { effects: true } } };
  expect(order(scene({ ops, effects: effectsOf(ids), records: elsewhere, system: orders })).verdict).toBe('pass');
  const none = { ...system, topics: { orders: { effects: false } } };
  expect(order(scene({ ops, effects: effectsOf(ids), records: elsewhere, system: none })).verdict).toBe('unsure');
});

test('each consumer has an order of its own: their numbers are not held against each other', () => {
  const both = [created('a', 1_000, 'k'), created('b', 2_000, 'k')];
  const by = (consumer: string, id: string, seq: number) => ({ ...effect(id, seq, 1_100, 'k'), consumer });
  const judged = (...effects: ReturnType<typeof by>[]) =>
    order(scene({ ops: both, effects, records: [record('a', { key: 'k' }), record('b', { key: 'k', offset: 1 })] })).verdict;
  expect(judged(by('notices', 'a', 7), by('notices', 'b', 8), by('deliveries', 'a', 1), by('deliveries', 'b', 2))).toBe('pass');
  expect(judged(by('notices', 'a', 7), by('notices', 'b', 8), by('deliveries', 'a', 2), by('deliveries', 'b', 1))).toBe('fail');
});
