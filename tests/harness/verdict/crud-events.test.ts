import { expect, test } from '@jest/globals';
import { crudEvents } from '../../../harness/verdict/crud-events.ts';
import { system } from '../../evidence/system.ts';
import { created, effect, gaveUpAt, op, record, row, scene } from './scene.ts';

const read = op({ what: 'read', key: 'a', startedAt: 2_000 });
const one = { ops: [created('a'), read], outbox: [row('a')], effects: [effect('a', 1)], records: [] };

test('one change, one row, one effect, right type and key', () => {
  expect(crudEvents(scene(one))).toMatchObject({ verdict: 'pass', samples: 1 });
});

test.each([
  ['no outbox row', { outbox: [] }, '0 outbox rows'],
  ['two outbox rows', { outbox: [row('a'), row('a')] }, '2 outbox rows'],
  ['no effect', { effects: [] }, '0 effects'],
  ['two effects', { effects: [effect('a', 1), effect('a', 2)] }, '2 effects'],
  ['a wrong type', { outbox: [{ ...row('a'), eventType: 'task.deleted' }] }, 'type task.deleted instead of task.created'],
  ['a wrong key', { effects: [effect('a', 1, 1_100, 'other')] }, 'key other instead of a'],
  ['no event named', { ops: [op()] }, 'without naming an event'],
  ['a read that wrote', { outbox: [row('a'), row('x', 1_050, 'a')] }, 'no operation asked for it'],
])('%s fails', (_, change, because) => {
  expect(crudEvents(scene({ ...one, ...change }))).toMatchObject({ verdict: 'fail', because: expect.stringContaining(because) });
});

test('an unanswered change may have made one event, not two', () => {
  const ops = [...one.ops, op({ what: 'update', type: 'unsure', key: 'a', startedAt: 3_000 })];
  const outbox = [row('a'), row('x', 1_050, 'a')];
  expect(crudEvents(scene({ ...one, ops, outbox })).verdict).toBe('pass');
  expect(crudEvents(scene({ ...one, ops, outbox: [...outbox, row('y', 1_050, 'a')] })).verdict).toBe('fail');
});

test('rows about other entities and of other families have their own makers', () => {
  const outbox = [row('a'), row('canary'), { ...row('r', 1_050, 'a'), eventType: 'reminder.due' }];
  expect(crudEvents(scene({ ...one, outbox })).verdict).toBe('pass');
});

test('families are those that the system names its contracts by, however its types are spelt', () => {
  const events = { id: 'nr', type: 'what', contracts: { 'Order*': 'order/{what}.json', '*': 'other/{what}.json' } };
  const orders = { ...system, events, changes: { place: 'OrderPlaced' } };
  const placed = { ...created('a'), what: 'place', eventType: 'OrderPlaced' };
  const as = (eventType: string) => ({
    ops: [placed, read],
    outbox: [
      { ...row('a'), eventType: 'OrderPlaced' },
      { ...row('x', 1_050, 'a'), eventType },
    ],
    effects: [{ ...effect('a', 1), eventType: 'OrderPlaced' }],
    system: orders,
  });
  expect(crudEvents(scene(as('OrderLookedAt')))).toMatchObject({
    verdict: 'fail',
    because: expect.stringContaining('no operation asked for it'),
  });
  expect(crudEvents(scene(as('InvoiceDue'))).verdict).toBe('pass');
});

test('of what lies only in topics that system.json does not name nobody can say which event was due', () => {
  const elsewhere = [record('a', { topic: 'orders' })];
  expect(crudEvents(scene({ ...one, records: elsewhere }))).toMatchObject({
    verdict: 'unsure',
    because: expect.stringContaining('it is in orders, which system.json does not name'),
  });
  // A record astray among others is no reason to doubt what the run says of its system.
  expect(crudEvents(scene({ ...one, records: [record('a'), ...elsewhere] })).verdict).toBe('pass');
});

test('an event still on its way is unsure', () => {
  const late = { ...one, outbox: [row('a', null)], effects: [], marks: gaveUpAt(9_000) };
  expect(crudEvents(scene(late))).toMatchObject({
    verdict: 'unsure',
    because: expect.stringContaining('still on their way: 1 event'),
  });
});

test.each(['ops', 'outbox', 'effects'])('without %s.ndjson nobody knows', (file) => {
  expect(crudEvents(scene({ ...one, [file]: undefined })).verdict).toBe('unsure');
});

test('no change at all leaves nothing to show', () => {
  expect(crudEvents(scene({ ...one, ops: [read] })).verdict).toBe('unsure');
});
