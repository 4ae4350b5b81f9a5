import { describe, expect, it } from '@jest/globals';
import { contractOf, familyOf, isContract, schemaNameOf } from '../../../harness/evidence/event-contracts.ts';

const ours = { id: 'event_id', type: 'event_type', contracts: { 'task.*': 'task-event/{version}.json' } };
/** Another vocabulary: the type is `what`, and the event names its contract in one word of its own. */
const theirs = {
  id: 'nr',
  type: 'what',
  contracts: { OrderPlaced: 'orders/{shape}.json', '*': '{family}/{shape}.{revision}.json' },
};

describe('the contract that an event names', () => {
  it('is found by its type and its fields, whatever these are called', () => {
    expect(contractOf({ event_type: 'task.created', version: 'v1.2' }, ours)).toMatchObject({ path: 'task-event/v1.2.json' });
    expect(contractOf({ what: 'OrderPlaced', shape: 'placed-3' }, theirs)).toMatchObject({ path: 'orders/placed-3.json' });
    expect(contractOf({ what: 'Other', family: 'f', shape: 's', revision: '2' }, theirs)).toMatchObject({ path: 'f/s.2.json' });
  });

  it.each([
    ['no type', { version: 'v1.0' }],
    ['a type that is no text', { event_type: 7, version: 'v1.0' }],
    ['no version', { event_type: 'task.created' }],
    ['a version that would lead out of the folder', { event_type: 'task.created', version: '../../etc' }],
    ['no object at all', 'task.created'],
    ['null', null],
    ['a type inherited, not its own', Object.create({ event_type: 'task.created', version: 'v1.0' })],
  ])('%s: no event', (_what, event) => {
    expect(contractOf(event, ours)).toEqual({ because: expect.stringContaining('this is no event') });
  });

  it('a type nobody promised anything of is told apart from what is no event', () => {
    expect(contractOf({ event_type: 'taskxcreated', version: 'v1.0' }, ours)).toMatchObject({ unnamed: true });
  });
});

it('what one pattern fits is a family; what none fits is alone', () => {
  expect(['task.created', 'task.deleted'].map((type) => familyOf(type, ours))).toEqual(['task.*', 'task.*']);
  expect(familyOf('OrderPlaced', ours)).toBe('OrderPlaced');
});

it('kept are the files that an event could name, and no others', () => {
  const kept = (naming: typeof ours) =>
    ['task-event/v1.0.json', 'task-event/golden/v1.0.json', 'reminder-event/v1.0.json', 'asyncapi.json'].filter((path) =>
      isContract(path, naming),
    );
  expect(kept(ours)).toEqual(['task-event/v1.0.json']);
  expect(schemaNameOf('task-event/v1.0.json')).toBe('task-event-v1.0');
});
