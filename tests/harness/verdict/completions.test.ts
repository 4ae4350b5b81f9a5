/** The defendant does not set the denominator: what was planned, sent and promised counts, whatever came back of it. */
import { describe, expect, it } from '@jest/globals';
import type { Invoke, Op, Plan } from '../../../harness/evidence/records.ts';
import { completions } from '../../../harness/verdict/completions.ts';
import { judge } from '../../../harness/verdict/judge.ts';
import { created, invokesOf, mark, op, type Partly, row, record, runOf, sample, scene } from './scene.ts';

const creates = Array.from({ length: 6 }, (_, n) => ({ ...created(`e${n}`, 1_000 + n, String(n)), who: 'k6', invoke: `r${n}` }));
const plan = (rest: Partial<Plan> = {}): Plan => ({ at: 1, who: 'k6', what: 'create', model: 'open', arrivals: 6, ...rest });
const evidence = (ops: readonly Op[] = creates, rest: Partly = {}) =>
  scene({ ops, plans: [plan()], outbox: creates.map(({ eventId = '', key }) => row(eventId, 1_050, key)), ...rest });
const told = (...of: Parameters<typeof evidence>) => {
  const { verdict, because } = completions(evidence(...of));
  return [verdict, because];
};
const without = <T extends object>(one: T, ...names: (keyof T)[]): T =>
  Object.fromEntries(Object.entries(one).filter(([name]) => !names.includes(name as keyof T))) as T;
const sent = (more: Partial<Invoke> = {}) => invokesOf(creates).map((invoke) => ({ ...invoke, ...more }));

it('passes what was planned, sent, answered for once and named', () => {
  expect(told()).toEqual(['pass', '6 requests sent as planned, each answered for once, and every promised event named']);
});

it('is asked of every experiment, and does not count as what it claims', () => {
  const judged = judge(runOf(evidence()), { intact: true });
  const found = judged.experiments[0]?.findings.map(({ claim, verdict }) => [claim, verdict]);
  expect(found).toContainEqual(['checker:completions', 'pass']);
  // Of an experiment that claims nothing, nothing else is asked.
  expect(found?.find(([claim]) => claim === 'validity:claims')).toEqual(['validity:claims', 'unsure']);
});

describe('the system is convicted', () => {
  const refused = creates.map((one) => ({ ...without(one, 'eventId'), type: 'unsure' as const, status: 503 }));
  it.each<[string, readonly Op[], Partly, string]>([
    ['of a kind that never succeeded', refused, {}, 'of 6 requests create none succeeded (6 × 503)'],
    [
      'of acknowledgements that name no event',
      creates.map((one, n) => (n % 3 === 0 ? without(one, 'eventId', 'eventType') : one)),
      {},
      '2 of 6 acknowledged changes named no event',
    ],
    [
      'of one event for two requests',
      creates.map((one, n) => (n === 5 ? { ...one, eventId: 'e4', key: '4' } : one)),
      {},
      '1 event was named by more than one acknowledgement',
    ],
    [
      "of naming another's event",
      creates.map((one, n) => (n === 5 ? { ...one, key: '99' } : one)),
      {},
      "1 acknowledgement named another's event",
    ],
    [
      'of an event of another type',
      creates.map((one, n) => (n === 5 ? { ...one, eventType: 'task.deleted' } : one)),
      {},
      "1 acknowledgement named another's event",
    ],
    [
      'the same by the broker alone',
      creates,
      { outbox: undefined, records: creates.map(({ eventId = '' }) => record(eventId, { key: 'x' })) },
      "6 acknowledgements named another's event",
    ],
    [
      'of granting what should be refused',
      creates,
      { invokes: sent({ expects: 'refusal' }) },
      '6 requests that should have been refused were acknowledged',
    ],
  ])('%s', (_what, ops, rest, because) => expect(told(ops, rest)).toEqual(['fail', because]));

  it('but not of refusing what was sent to be refused', () => {
    expect(told(refused, { invokes: sent({ expects: 'refusal' }) })[0]).toBe('pass');
  });

  it('nor of answering one request, sent again, with the same event', () => {
    const again = creates.map((one) => ({ ...one, eventId: 'e1', key: '1' }));
    expect(told(again, { invokes: sent({ idempotencyKey: 'k' }) })[0]).toBe('pass');
    expect(told(again, { invokes: sent().map((one, n) => ({ ...one, idempotencyKey: `k${n}` })) })[0]).toBe('fail');
  });
});

describe('nobody knows', () => {
  const half = creates.slice(0, 3);
  it.each<[string, readonly Op[], Partly, string]>([
    ['how requests without an end ended', half, { invokes: sent() }, 'of 3 requests nobody knows how they ended'],
    ['which of two ends is one', [...creates, creates[0] as Op], { invokes: sent() }, '1 request ended more than once'],
    ['what was asked for', creates, { invokes: sent().slice(1) }, '1 end without a request that was sent'],
    ['what became of half the plan', half, {}, '3 arrivals that k6 had planned were neither sent nor counted as dropped'],
    ['why more came than was planned', creates, { plans: [plan({ arrivals: 5 })] }, 'k6 sent 6 create, and 5 were planned'],
    [
      'what a plan without a request meant',
      creates,
      { plans: [plan(), plan({ what: 'read', model: 'closed', arrivals: 0 })] },
      'k6 was to send read, and sent none',
    ],
    ['what was sent, without the file', creates, { invokes: undefined }, 'invokes.ndjson is missing'],
    ['what was planned, without the file', creates, { plans: undefined }, 'plans.ndjson is missing'],
    ['what came of it, without the file', creates, { ops: undefined, invokes: sent() }, 'ops.ndjson is missing'],
  ])('%s', (_what, ops, rest, because) => {
    const [verdict, why] = told(ops, rest);
    expect([verdict, why]).toEqual(['unsure', expect.stringContaining(because)]);
  });

  it('of what broke off whether it would have gone on like that', () => {
    const refused = creates.map((one) => op({ ...without(one, 'eventId'), type: 'unsure' }));
    expect(told(refused, { marks: [mark(0, 'measured-start')] })[0]).toBe('unsure');
  });
});

it('counts what the generator dropped, and no more', () => {
  const dropped = (n: number) => ({ samples: [sample(1, 'generator_dropped_iterations', n, { generator: 'k6' })] });
  expect(told(creates.slice(0, 3), dropped(3))[0]).toBe('pass');
  expect(told(creates.slice(0, 3), dropped(2))[0]).toBe('unsure');
});
