import { expect, test } from '@jest/globals';
import { delivery } from '../../../harness/verdict/delivery.ts';
import { created, effect, gaveUpAt, op, record, row, scene, settledAt } from './scene.ts';

const one = { ops: [created('a')], outbox: [row('a')], effects: [effect('a', 1)], records: [record('a')] };

test('one acknowledged event with one effect passes', () => {
  expect(delivery(scene(one))).toMatchObject({ verdict: 'pass', samples: 1, actual: 0 });
});

test('a warm-up operation is a promise too', () => {
  expect(delivery(scene({ ...one, ops: [{ ...created('a'), warmup: true }], effects: [] })).verdict).toBe('fail');
});

test('lost: everything settled, and no effect', () => {
  expect(delivery(scene({ ...one, effects: [] }))).toMatchObject({ verdict: 'fail', actual: 1 });
});

test('lost: acknowledged, but never in the outbox', () => {
  expect(delivery(scene({ ...one, outbox: [], effects: [], marks: gaveUpAt(9_000) })).because).toContain('never in the outbox');
});

test('waiting was given up, and the row is unsent: still on its way, so unsure', () => {
  const found = delivery(scene({ ...one, outbox: [row('a', null)], effects: [], records: [], marks: gaveUpAt(9_000) }));
  expect(found).toMatchObject({ verdict: 'unsure', actual: 0 });
  expect(found.because).toContain('still on its way: 1 in the outbox');
});

test('marked sent, and the broker has no such record: lost', () => {
  const found = delivery(scene({ ...one, effects: [], records: [], marks: gaveUpAt(9_000) }));
  expect(found).toMatchObject({ verdict: 'fail' });
  expect(found.because).toContain('marked sent, but never published');
});

test('in the broker, and not applied in the time it was given: lost', () => {
  expect(delivery(scene({ ...one, effects: [], marks: gaveUpAt(9_000) })).because).toContain('not applied within 5 s');
});

test.each(['ops', 'effects'])('without %s.ndjson nobody knows', (file) => {
  expect(delivery(scene({ ...one, [file]: undefined }))).toMatchObject({
    verdict: 'unsure',
    because: expect.stringContaining(`${file}.ndjson is missing`),
  });
});

test.each(['outbox', 'records'])('without %s.ndjson a missing effect may still come', (file) => {
  const found = delivery(scene({ ...one, effects: [], marks: gaveUpAt(9_000), [file]: undefined }));
  expect(found).toMatchObject({ verdict: 'unsure', because: expect.stringContaining(`${file}.ndjson is missing`) });
});

test('two effects of one event fail', () => {
  expect(delivery(scene({ ...one, effects: [effect('a', 1), effect('a', 2)] })).because).toContain('more than one effect');
});

test('an unanswered operation may have its effect, or not, but not twice', () => {
  const unanswered = op({ type: 'unsure', eventId: 'b', key: 'b', startedAt: 2_000 });
  const ops = [created('a'), unanswered];
  const outbox = [row('a'), row('b')];
  const with_ = (effects: ReturnType<typeof effect>[]) => delivery(scene({ ...one, ops, outbox, effects })).verdict;
  expect(with_([effect('a', 1)])).toBe('pass');
  expect(with_([effect('a', 1), effect('b', 2)])).toBe('pass');
  expect(with_([effect('a', 1), effect('b', 2), effect('b', 3)])).toBe('fail');
});

test('an effect that is in no outbox is nobody’s; one of other traffic is ignored', () => {
  const effects = [effect('a', 1), effect('canary', 2)];
  expect(delivery(scene({ ...one, effects })).because).toContain('nobody asked for');
  expect(delivery(scene({ ...one, effects, outbox: [row('a'), row('canary')] })).verdict).toBe('pass');
});

test('a refused operation must have no effect', () => {
  const refused = op({ type: 'fail', eventId: 'b', startedAt: 2_000 });
  const found = delivery(scene({ ...one, ops: [created('a'), refused], effects: [effect('a', 1), effect('b', 2)] }));
  expect(found).toMatchObject({ verdict: 'fail', examples: [expect.stringContaining('refused')] });
});

test('nothing acknowledged, or never settled: unsure', () => {
  expect(delivery(scene({ ...one, ops: [op()], effects: [] })).verdict).toBe('unsure');
  expect(delivery(scene({ ...one, marks: settledAt(9_000).filter((mark) => mark.name !== 'settled') })).verdict).toBe('unsure');
});

test('a row that was given up is lost, however long one waits; one that still waits is not', () => {
  const waits = { ...row('a', null), attempts: 5, error: 'forbidden' };
  const left = (one: typeof waits) =>
    delivery(scene({ ops: [created('a')], outbox: [one], effects: [], records: [], marks: gaveUpAt(10_000) }));
  expect(left({ ...waits, givenUpAt: 1_200 })).toMatchObject({
    verdict: 'fail',
    because: expect.stringContaining('given up: forbidden'),
  });
  expect(left(waits).verdict).toBe('unsure');
});

test('an event has one effect with each consumer, in each part', () => {
  const judged = (...consumers: [string, string?][]) =>
    delivery(
      scene({
        ops: [created('a')],
        outbox: [row('a')],
        records: [],
        effects: consumers.map(([consumer, part], n) => ({ ...effect('a', n), consumer, ...(part && { part }) })),
      }),
    ).verdict;
  expect(judged(['notices'], ['deliveries', 'email'], ['deliveries', 'push'])).toBe('pass');
  expect(judged(['notices'], ['deliveries', 'email'], ['deliveries', 'email'])).toBe('fail');
});

test('an effect of an event of an earlier experiment is no stranger', () => {
  const evidence = { ops: [created('a')], outbox: [row('a')], records: [], effects: [effect('a', 1), effect('old', 2)] };
  expect(delivery(scene(evidence)).verdict).toBe('fail');
  expect(delivery(scene({ ...evidence, earlier: new Map([['old', row('old')]]) })).verdict).toBe('pass');
});
