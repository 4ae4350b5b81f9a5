/** The closed world: for each way to make, publish or apply what should not be, a guilty scene and its innocent twin. */
import { describe, expect, it, test } from '@jest/globals';
import type { BrokerRecord, Effect, Mark, Op, OutboxRow, SystemRecord } from '../../../harness/evidence/records.ts';
import { judge } from '../../../harness/verdict/judge.ts';
import { world } from '../../../harness/verdict/world.ts';
import { system as told } from '../../evidence/system.ts';
import { created, effect, experiment, gaveUpAt, mark, op, record, row, runOf, scene, settledAt } from './scene.ts';

const system: SystemRecord = {
  ...told,
  topics: {
    'task-events': { effects: true },
    'task-updates': { effects: false, promise: 'best effort' },
    reminders: { effects: true },
    'task-events-dead': { effects: false, deadLettersOf: 'task-events' },
  },
  consumers: {
    notices: { topics: ['task-events', 'reminders'], types: ['task.*', 'reminder.due'] },
    deliveries: { topics: ['reminders'], types: ['reminder.due'] },
  },
};
const content = (id: string) => ({ event_id: id, event_type: 'task.created', version: 'v1.0', data: { id: 1 } });
const rowOf = (id: string, rest: Partial<OutboxRow> = {}): OutboxRow => ({
  ...row(id),
  topics: ['task-events', 'task-updates'],
  event: content(id),
  ...rest,
});
const recordsOf = (id: string, rest: Partial<BrokerRecord> = {}): BrokerRecord[] =>
  ['task-events', 'task-updates'].map((topic) => record(id, { topic, event: content(id), ...rest }));
const notedAs = (name: string, detail: object): Mark => ({ ...mark(500, name), detail: { ...detail } });

interface World {
  readonly ops: readonly Op[];
  readonly outbox: readonly OutboxRow[];
  readonly records: readonly BrokerRecord[];
  readonly effects: readonly Effect[];
  readonly marks?: readonly Mark[];
}
const innocent: World = {
  ops: [created('a')],
  outbox: [rowOf('a')],
  records: recordsOf('a'),
  effects: [effect('a', 1)],
};
const judged = (change: Partial<World> & Record<string, unknown> = {}) => world(scene({ ...innocent, system, ...change }));
/** The innocent world, and more in it. */
const and = ({ ops = [], outbox = [], records = [], effects = [], marks = [] }: Partial<World>) =>
  judged({
    ops: [...innocent.ops, ...ops],
    outbox: [...innocent.outbox, ...outbox],
    records: [...innocent.records, ...records],
    effects: [...innocent.effects, ...effects],
    marks: [...settledAt(10_000), ...marks],
  });
/** All that one event leaves behind. */
const whole = (id: string, rest: Partial<OutboxRow> = {}): Partial<World> => ({
  outbox: [rowOf(id, rest)],
  records: recordsOf(id, { key: rest.key ?? id }),
  effects: [effect(id, 9, 1_100, rest.key ?? id)],
});

test('one change, its row, its records, its effect', () => {
  expect(judged()).toMatchObject({
    verdict: 'pass',
    because: '1 row, 2 records and 1 effect account for each other',
  });
});

describe('asked for', () => {
  const unanswered = (what: string, rest: Partial<Op> = {}) => op({ what, type: 'unsure', startedAt: 900, ...rest });
  const guilty: [string, Partial<World>, string][] = [
    ['a second task of one create', whole('b'), 'nobody asked for it'],
    ['a second row of one unanswered create', { ...twice('b', 'c'), ops: [unanswered('create')] }, 'nobody asked for it'],
    ['what an unanswered delete can not have made', { ...whole('b'), ops: [unanswered('delete')] }, 'nobody asked for it'],
    ['a row from before the unanswered create', { ...whole('b'), ops: [unanswered('create', { startedAt: 5_000 })] }, 'nobody'],
    ['a change of another task than the unanswered one', { ...whole('b'), ops: [unanswered('create', { key: 'x' })] }, 'nobody'],
    ['a refused change that was made', { ...whole('b'), ops: [op({ type: 'fail', status: 404, key: 'b' })] }, 'refused (404)'],
    [
      'a refused change that names its event',
      { ...whole('b'), ops: [{ ...created('b'), type: 'fail', status: 409 }] },
      'refused (409)',
    ],
    ['two rows of one cause', causes('template 1 at noon', 'template 1 at noon'), '2 rows of one cause'],
    ['an acknowledged change without a row', { ops: [created('b')] }, 'acknowledged, and in no outbox'],
    ['two rows with one id', { outbox: [rowOf('a')] }, '2 rows in the outboxes'],
    ['another key than was told', { ...whole('b'), ops: [created('b', 1_000, 'other')] }, 'made under the key b'],
  ];
  it.each(guilty)('convicts %s', (_, more, because) => {
    expect(and(more)).toMatchObject({ verdict: 'fail', because: expect.stringContaining(because) });
  });

  const innocents: [string, Partial<World>][] = [
    ['a create that was never answered and did happen', { ...whole('b'), ops: [unanswered('create')] }],
    ['a create answered twice with one event', { ops: [created('a', 2_000)] }],
    ['what a tick made, each of its own cause', causes('template 1 at noon', 'template 2 at noon')],
    ['what was asked for by other means', { ...whole('b'), marks: [notedAs('asked', { type: 'task.created', key: 'b' })] }],
    ['a warm-up', { ...whole('b'), ops: [{ ...created('b'), warmup: true }] }],
    ['a canary from before the experiment', whole('b', { createdAt: -5 })],
    ['a refused change that was not made', { ops: [op({ type: 'fail', status: 404, key: 'b' })] }],
  ];
  it.each(innocents)('acquits %s', (_, more) => {
    expect(and(more)).toMatchObject({ verdict: 'pass' });
  });

  it('takes one mark for one row', () => {
    const marks = [notedAs('asked', { type: 'task.created', key: 'b' })];
    expect(and({ ...twice('b', 'c', 'b'), marks }).verdict).toBe('fail');
  });

  it('does not know of what was asked for when the workload was cut short', () => {
    const marks = settledAt(10_000).filter(({ name }) => name !== 'workload-end');
    const more = whole('b');
    const change = {
      outbox: [...innocent.outbox, ...(more.outbox ?? [])],
      records: [...innocent.records, ...(more.records ?? [])],
      effects: [...innocent.effects, ...(more.effects ?? [])],
    };
    expect(judged({ ...change, marks }).verdict).toBe('unsure');
  });
});

function twice(one: string, other: string, key?: string): Partial<World> {
  const [a, b] = [whole(one, { key: key ?? one }), whole(other, { key: key ?? other })];
  const both = <K extends 'outbox' | 'records' | 'effects'>(kind: K) => [...(a[kind] ?? []), ...(b[kind] ?? [])];
  return { outbox: both('outbox'), records: both('records'), effects: both('effects') } as Partial<World>;
}
function causes(one: string, other: string): Partial<World> {
  const both = twice('b', 'c');
  return { ...both, outbox: [rowOf('b', { cause: one }), rowOf('c', { cause: other })] };
}

describe('published', () => {
  const guilty: [string, Partial<World>, string][] = [
    ['a record of nobody', { records: recordsOf('x') }, 'in no outbox'],
    ['garbage', { records: [record('x', { id: null, event: '!' })] }, 'no event at all'],
    ['an event on a topic of others', { records: [record('a', { topic: 'reminders', event: content('a') })] }, 'its row goes to'],
    ['another key', { records: [record('a', { key: 'b', event: content('a') })] }, "its key is b, its row's a"],
    ['other content than its row', { records: [record('a', { event: { ...content('a'), data: { id: 2 } } })] }, 'its content'],
    ['a good event that was dead-lettered', { records: [record('a', { topic: 'task-events-dead' })] }, 'a dead letter'],
    ['a poison nobody planned, dead-lettered', { records: [record('x', { topic: 'task-events-dead' })] }, 'a dead letter'],
    [
      'a row that was given up',
      { outbox: [rowOf('b', { sentAt: null, givenUpAt: 1_200, error: 'refused', cause: 'x' })] },
      'given up: refused',
    ],
  ];
  it.each(guilty)('convicts %s', (_, more, because) => {
    expect(and(more)).toMatchObject({ verdict: 'fail', because: expect.stringContaining(because) });
  });

  it('convicts nothing at all on a topic', () => {
    expect(judged({ records: recordsOf('a').slice(0, 1) })).toMatchObject({
      verdict: 'fail',
      because: expect.stringContaining('marked sent, and not in task-updates'),
    });
  });

  describe('let go', () => {
    const gone = (topic: string, marks: readonly Mark[]) =>
      judged({
        outbox: [rowOf('a', { letGo: [topic] })],
        records: recordsOf('a').filter((each) => each.topic !== topic),
        marks: [...settledAt(10_000), ...marks],
      });
    const broken = (at: number) => [
      mark(at, 'f', 'fault-in'),
      mark(at, 'f', 'injected'),
      mark(5_000, 'f', 'fault-out'),
      mark(5_100, 'f', 'healed'),
    ];

    it('is excused on a topic of best effort, while something was broken', () => {
      expect(gone('task-updates', broken(1_000))).toMatchObject({ verdict: 'pass' });
    });
    it('is not when nothing was, or only later', () => {
      expect(gone('task-updates', []).because).toContain('let go by task-updates, and nothing was broken');
      expect(gone('task-updates', broken(2_000)).verdict).toBe('fail');
    });
    it('is never where every event is promised', () => {
      expect(gone('task-events', broken(1_000)).because).toContain('let go by task-events, which promises every event');
    });
    it('excuses only what was', () => {
      const marks = [...settledAt(10_000), ...broken(1_000)];
      expect(judged({ records: recordsOf('a').slice(0, 1), marks }).because).toContain('marked sent, and not in task-updates');
    });
  });

  it('follows what was committed and never answered like any other', () => {
    const ops = [...innocent.ops, op({ what: 'create', type: 'unsure' })];
    const outbox = [...innocent.outbox, rowOf('b')];
    expect(judged({ ops, outbox }).because).toContain('b (task.created, key b): marked sent, and not in task-events');
    const records = [...innocent.records, ...recordsOf('b')];
    expect(judged({ ops, outbox, records }).because).toContain('in the broker, for notices, and without effect');
  });

  it('convicts the same event with other content, where no row says what it was', () => {
    const { event: _, ...bare } = rowOf('a');
    const again = record('a', { offset: 7, event: { ...content('a'), data: { id: 2 } } });
    expect(judged({ outbox: [bare], records: [...recordsOf('a'), again] }).because).toContain('with other content');
    expect(
      judged({ outbox: [bare], records: [...recordsOf('a'), record('a', { offset: 7, event: content('a') })] }).verdict,
    ).toBe('pass');
  });

  it('counts what the broker has more than once, and convicts nobody of it', () => {
    expect(and({ records: recordsOf('a', { offset: 5 }) })).toMatchObject({
      verdict: 'pass',
      because: expect.stringContaining('2 records came again, as they may'),
    });
  });

  it('acquits a planned poison and its dead letter, and what was planted for nobody', () => {
    const bad = [record('x', { event: 'bad' }), record('x', { topic: 'task-events-dead', event: 'bad' })];
    expect(and({ records: bad, marks: [notedAs('poison', { topic: 'task-events', id: 'x' })] }).verdict).toBe('pass');
    const planted = { records: [record('ce-1', { topic: 'task-updates' })] };
    expect(and({ ...planted, marks: [notedAs('planted', { topic: 'task-updates', idPrefix: 'ce-' })] }).verdict).toBe('pass');
    expect(and({ ...planted, marks: [notedAs('planted', { topic: 'task-events', idPrefix: 'ce-' })] }).verdict).toBe('fail');
  });

  it('acquits what was made while the last look was under way, and says that it was not followed', () => {
    const late = rowOf('b', { cause: 'tick', createdAt: 9_990, sentAt: null });
    expect(and({ outbox: [late] })).toMatchObject({ verdict: 'pass', because: expect.stringContaining('were not followed') });
    // Of what had long been there the mark says that it was sent.
    expect(and({ outbox: [{ ...late, createdAt: 1_000 }] }).verdict).toBe('unsure');
  });

  it('does not know of what is still to be sent when waiting ended', () => {
    const waiting = { outbox: [rowOf('a', { sentAt: null })], records: [], effects: [], marks: gaveUpAt(10_000) };
    expect(judged(waiting)).toMatchObject({ verdict: 'unsure', because: expect.stringContaining('still to be sent') });
  });

  it('does not convict a later experiment of what an earlier one gave up', () => {
    const old = rowOf('b', { createdAt: -9_000, givenUpAt: -5_000, sentAt: null });
    expect(and({ outbox: [old] }).verdict).toBe('pass');
  });
});

describe('applied', () => {
  const due: OutboxRow = { ...rowOf('r', { key: '1' }), eventType: 'reminder.due', topics: ['reminders'], event: undefined };
  const came = record('r', { topic: 'reminders', key: '1' });
  const reminded = (consumer: string, part?: string, rest: Partial<Effect> = {}): Effect => ({
    ...effect('r', 5, 1_100, '1'),
    eventType: 'reminder.due',
    consumer,
    ...(part !== undefined && { part }),
    ...rest,
  });
  const all = [reminded('notices'), reminded('deliveries', 'email'), reminded('deliveries', 'push')];
  const remindedBy = (effects: Effect[]) => and({ outbox: [due], records: [came], effects });

  it('acquits one effect with each consumer, in each of its parts', () => {
    expect(remindedBy(all).verdict).toBe('pass');
  });
  const guilty: [string, Effect[], string][] = [
    ['a reminder without a delivery', [reminded('notices')], 'for deliveries, and without effect'],
    ['a reminder without any effect', [], 'without effect'],
    ['one part twice', [...all, reminded('deliveries', 'push', { seq: 8 })], '2 effects'],
    ['an effect under another key', [...all.slice(1), reminded('notices', undefined, { key: '2' })], 'the key of its event is 1'],
    [
      'an effect of another type',
      [...all.slice(1), reminded('notices', undefined, { eventType: 'task.created' })],
      'its event is a reminder.due',
    ],
    ['an effect of an unknown event', [...all, effect('x', 9)], 'in no outbox'],
    ['an effect with somebody unknown', [...all, reminded('others')], 'system.json does not name'],
    [
      'an effect with one it does not concern',
      [...all, { ...effect('a', 9), consumer: 'deliveries' }],
      'nothing that this consumer',
    ],
  ];
  it.each(guilty)('convicts %s', (_, effects, because) => {
    expect(remindedBy(effects)).toMatchObject({ verdict: 'fail', because: expect.stringContaining(because) });
  });

  it('convicts an effect of what was spoilt on purpose', () => {
    const marks = [notedAs('poison', { topic: 'task-events', id: 'x' })];
    expect(and({ records: [record('x')], effects: [effect('x', 2)], marks }).because).toContain('spoilt on purpose');
  });

  it('acquits what came when the last look had begun', () => {
    const settled = settledAt(10_000).map((one) => (one.name === 'settled' ? { ...one, detail: { from: 9_900 } } : one));
    const at = (ms: number) => judged({ records: recordsOf('a', { at: ms }), effects: [], marks: settled }).verdict;
    expect([at(9_950), at(9_850)]).toEqual(['pass', 'fail']);
  });

  it('convicts, when waiting ended, only what had all the time to be applied', () => {
    const at = (ms: number) => judged({ records: recordsOf('a', { at: ms }), effects: [], marks: gaveUpAt(10_000) }).verdict;
    expect([at(9_000), at(4_000)]).toEqual(['unsure', 'fail']);
  });
});

test.each(['ops', 'outbox', 'records', 'effects'])('without %s.ndjson nobody knows', (file) => {
  expect(judged({ [file]: undefined })).toMatchObject({ verdict: 'unsure', because: expect.stringContaining(`${file}.ndjson`) });
});

test('without its system.json, or by that of another system, nobody is convicted', () => {
  const guilty = { effects: [effect('x', 1)] };
  expect(judged({ ...guilty, system: undefined }).because).toContain('system.json is missing');
  const foreign = { ...system, topics: { orders: { effects: true } } };
  expect(judged({ ...guilty, system: foreign }).because).toContain('which system.json does not name');
});

test('an outbox that does not say where its rows go leaves that open', () => {
  const { topics: _, ...bare } = rowOf('a');
  expect(judged({ outbox: [bare] })).toMatchObject({ verdict: 'unsure', because: expect.stringContaining('system.yaml') });
});

describe('one experiment after the other', () => {
  const named = (name: string, fromMs: number, rest: object) =>
    scene({
      ...innocent,
      system,
      name,
      folder: `experiments/${name}`,
      record: { ...experiment, name, checkers: ['delivery'] },
      marks: settledAt(fromMs + 10_000).map((one) =>
        /^(experiment|workload|measured)-start$/.test(one.name) ? { ...one, at: fromMs } : one,
      ),
      ...rest,
    });
  const first = named('first', 0, {});
  const own = {
    ops: [created('b', 20_500)],
    outbox: [rowOf('b', { createdAt: 20_500, sentAt: 20_600 })],
    records: recordsOf('b'),
  };
  const second = (effects: Effect[]) => named('second', 20_000, { ...own, effects: [effect('b', 2, 20_700), ...effects] });
  const verdicts = (effects: Effect[]) => {
    // In the folder the later one comes first.
    const run = judge(runOf(second(effects), first), { intact: true });
    const about = (name: string) => run.experiments.find((one) => one.name === name)?.verdict;
    return { first: about('first'), second: about('second'), run: run.findings.find(({ claim }) => claim === 'checker:world') };
  };

  it('acquits those that keep apart', () => {
    expect(verdicts([])).toEqual({ first: 'pass', second: 'pass', run: undefined });
  });

  it('convicts the run of an effect that came again later, and not the experiment in whose time it came', () => {
    expect(verdicts([effect('a', 3, 20_800)])).toMatchObject({
      first: 'pass',
      second: 'pass',
      run: { verdict: 'fail', because: '1 late repetition, first: a of first had its effect again during second' },
    });
  });

  it('takes one row that both saw for one', () => {
    expect(verdicts([effect('a', 1)])).toMatchObject({ run: undefined });
  });

  it('convicts the run of a cause that made something again', () => {
    const caused = (id: string, at: number) => [rowOf(id, { cause: 'template 1 at noon', createdAt: at, sentAt: at + 1 })];
    const run = judge(
      runOf(named('first', 0, { outbox: caused('a', 10) }), named('second', 20_000, { ...own, outbox: caused('b', 20_500) })),
      {
        intact: true,
      },
    );
    expect(run.findings.find(({ claim }) => claim === 'checker:world')?.because).toContain(
      'template 1 at noon made a in first, and b during second',
    );
  });
});

describe('quiet', () => {
  const of = (marks: readonly Mark[]) =>
    judge(runOf(scene({ ...innocent, system, record: { ...experiment, checkers: ['delivery'] }, marks })), {
      intact: true,
    }).experiments[0]?.findings.find(({ claim }) => claim === 'validity:quiet');
  const loud = { ...mark(0, 'not-quiet'), detail: { because: '7 rows wait in the outboxes' } };

  it('is told of only when it was not', () => {
    expect(of(settledAt(10_000))).toBeUndefined();
    expect(of(settledAt(10_000).map((one) => (one.name === 'quiet' ? loud : one)))).toMatchObject({
      verdict: 'unsure',
      because: 'when it began, 7 rows wait in the outboxes',
    });
    expect(of(settledAt(10_000).filter(({ name }) => name !== 'quiet'))?.because).toContain('nobody looked');
  });
});
