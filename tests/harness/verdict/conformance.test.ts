import { expect, test } from '@jest/globals';
import { conformance } from '../../../harness/verdict/conformance.ts';
import { created, mark, record, row, scene, settledAt } from './scene.ts';

const schemas = {
  'task-event-v1.0': {
    $schema: 'http://json-schema.org/draft-07/schema#',
    type: 'object',
    required: ['event_id', 'data'],
    properties: { event_id: { type: 'string' }, data: { type: 'object', properties: { id: { type: 'integer' } } } },
  },
};
const judge = (change: Parameters<typeof record>[1], more: Record<string, unknown> = {}) =>
  conformance(scene({ ops: [created('a')], outbox: [row('a')], records: [record('a', change)], ...more }), schemas);
const event = { event_id: 'a', event_type: 'task.created', version: 'v1.0', data: { id: 1 } };

test('a record that keeps schema and envelope passes', () => {
  expect(judge({ event })).toMatchObject({ verdict: 'pass', samples: 1 });
});

test.each([
  ['its schema', { event: { ...event, data: { id: 'one' } } }, '/data/id must be integer'],
  ['the event id', { id: 'b', event }, 'CloudEvent id b is not event_id a'],
  ['the content type', { event, contentType: 'text/plain' }, 'is not JSON'],
  ['a missing content type', { event, contentType: null }, 'is not JSON'],
  ['the key', { event, key: 'other' }, 'record key other is not the entity'],
  ['an unpromised version', { event: { ...event, version: 'v9.0' } }, 'was never promised'],
  ['a missing version', { event: { ...event, version: undefined } }, 'this is no event'],
])('breaking %s convicts', (_, change, because) => {
  expect(judge(change)).toMatchObject({ verdict: 'fail', because: expect.stringContaining(because) });
});

test('a type that nobody promised convicts; one whose contract was not kept can not be judged', () => {
  expect(judge({ event: { ...event, event_type: 'note.made' } })).toMatchObject({
    verdict: 'fail',
    because: expect.stringContaining('no contract is named for events of type note.made'),
  });
  expect(conformance(scene({ ops: [created('a')], records: [record('a', { event })] }), {})).toMatchObject({
    verdict: 'unsure',
    because: expect.stringContaining('kept no schema task-event-v1.0'),
  });
});

test('without the system nobody knows how an event names its contract', () => {
  const evidence = scene({ ops: [created('a')], records: [record('a', { event })], system: undefined });
  expect(conformance(evidence, {})).toMatchObject({ verdict: 'unsure', because: expect.stringContaining('system.json') });
});

test('records in topics that system.json does not name are not held against the names it gives', () => {
  expect(judge({ topic: 'orders', event: { nr: 'a', what: 'OrderPlaced' } })).toMatchObject({
    verdict: 'unsure',
    because: expect.stringContaining('it is in orders, which system.json does not name'),
  });
});

test('every record is held to a contract, whoever made it: but for what was spoilt or planted on purpose', () => {
  const stranger = { id: 'stranger', event: { ...event, event_id: 'stranger', data: 7 } };
  expect(judge(stranger)).toMatchObject({ verdict: 'fail', because: expect.stringContaining('/data must be object') });
  const seenWith = (name: string, detail: object) =>
    judge(stranger, {
      records: [record('a', { event }), record('stranger', stranger)],
      marks: [...settledAt(10_000), { ...mark(5, name), detail }],
    });
  expect(seenWith('poison', { topic: 'task-events', id: 'stranger' })).toMatchObject({ verdict: 'pass', samples: 1 });
  expect(seenWith('planted', { topic: 'task-events', idPrefix: 'stra' })).toMatchObject({ verdict: 'pass', samples: 1 });
  expect(seenWith('planted', { topic: 'reminders', idPrefix: 'stra' }).verdict).toBe('fail');
});

test("a row's own event is held to its contract, whether it was published or not", () => {
  const kept = { ...row('a', null), event };
  expect(judge({ event }, { outbox: [kept] })).toMatchObject({ verdict: 'pass', samples: 2 });
  const broken = { ...kept, outbox: 'domain', event: { ...event, data: { id: 'one' } } };
  expect(judge({ event }, { outbox: [broken] })).toMatchObject({
    verdict: 'fail',
    because: expect.stringContaining('/data/id must be integer'),
    examples: [expect.stringContaining('outbox domain a')],
  });
});

test('both dialects of JSON Schema are spoken, with formats', () => {
  const modern = {
    'task-event-v1.0': {
      $schema: 'https://json-schema.org/draft/2020-12/schema',
      type: 'object',
      properties: { event_id: { type: 'string', format: 'uuid' } },
    },
  };
  expect(conformance(scene({ ops: [created('a')], records: [record('a', { event })] }), modern).because).toContain(
    'must match format "uuid"',
  );
});

test('missing evidence, missing schemas: unsure', () => {
  expect(judge({}, { records: undefined }).verdict).toBe('unsure');
  expect(judge({}, { ops: undefined }).verdict).toBe('unsure');
  expect(conformance(scene({ ops: [created('a')], records: [] }), undefined).because).toContain('no copies of the schemas');
});
