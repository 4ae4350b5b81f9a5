/** Another system's evidence, from a run on real parts: acquitted as it is, convicted once it is spoilt, and never judged by guesswork. */
import { cpSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, describe, expect, it, jest } from '@jest/globals';
import type { BrokerRecord, Effect, Finding, Mark, SystemRecord } from '../../harness/evidence/records.ts';
import { readNdjson } from '../../harness/evidence/ndjson.ts';
import { runPaths, writeJson, writeNdjson } from '../../harness/evidence/run-folder.ts';
import { outputs } from '../../harness/report/outputs.ts';
import { seal } from '../../harness/evidence/seal.ts';
import { judgeFolder } from '../../harness/judge.ts';
import { system as todo } from '../evidence/system.ts';
import { claims, plumbline, scratchFolder } from '../harness/plumbline.ts';

jest.setTimeout(60_000);
const scratch = scratchFolder();
afterAll(() => scratch.remove());
const evidence = join(import.meta.dirname, 'evidence', 'orders');

type Rows<T> = { -readonly [K in keyof T]: T[K] };
interface Files {
  readonly folder: string;
  readonly records: Rows<BrokerRecord>[];
  readonly effects: Rows<Effect>[];
}

let copies = 0;
/** The evidence with that done to one experiment and sealed anew, as if it had been so from the beginning. */
async function judged(change: (files: Files) => void = () => {}, experiment = 'life-of-an-order') {
  const folder = join(scratch.path, `run-${copies++}`);
  cpSync(evidence, folder, { recursive: true });
  const file = (name: string) => join(runPaths(folder).experiment(experiment), `${name}.ndjson`);
  const files: Files = {
    folder,
    records: readNdjson<BrokerRecord>(file('records'), []) ?? [],
    effects: readNdjson<Effect>(file('effects'), []) ?? [],
  };
  change(files);
  writeNdjson(file('records'), files.records);
  writeNdjson(file('effects'), files.effects);
  const found = { records: files.records.length, effects: files.effects.length };
  writeNdjson(
    file('journal'),
    (readNdjson<Mark>(file('journal'), []) ?? []).map((mark) =>
      mark.name === 'collected' ? { ...mark, detail: { ...mark.detail, ...found } } : mark,
    ),
  );
  await seal(folder);
  const { judged: run, exitCode } = await judgeFolder(folder);
  return { folder, run, exitCode, findings: [...run.findings, ...run.experiments.flatMap(({ findings }) => findings)] };
}

const nameOf = ({ experiment, claim }: Finding) => `${experiment} ${claim}`;
const of = (experiment: string, ...names: string[]) => names.map((claim) => `${experiment} ${claim}`).sort();

/** The first two things that happened to one order, as the log of that topic has them. */
function twoOf(records: readonly Rows<BrokerRecord>[], topic = 'orders') {
  const perOrder = Map.groupBy(
    records.filter((record) => record.topic === topic),
    ({ key }) => key,
  );
  const [first, second] = [...perOrder.values()].find((all) => all.length > 1) ?? [];
  if (!first || !second) throw new Error(`${topic} holds no order to which two things happened`);
  return [first, second] as const;
}

function exchange<T extends object>(one: T, other: T, fields: readonly (keyof T)[]): void {
  for (const field of fields) [one[field], other[field]] = [other[field], one[field]];
}

describe('the innocent', () => {
  it('is acquitted of everything, and of nothing without having been looked at', async () => {
    const { run, findings, exitCode } = await judged();
    expect([run.verdict, exitCode]).toEqual(['pass', 0]);
    expect(findings.filter(({ verdict }) => verdict !== 'pass').map(nameOf)).toEqual([]);
    expect(findings.filter(({ claim, samples }) => claim !== 'seal' && samples === 0).map(nameOf)).toEqual([]);
    expect(claims(findings, 'pass')).toEqual(
      [
        '(run) seal',
        ...of('life-of-an-order', 'checker:crud-events', 'slo:first-things-first'),
        ...of(
          'broker-gone',
          'checker:healed',
          'slo:caught-up',
          'slo:orders-taken',
          'sometimes:publish-failed',
          'validity:generator',
        ),
        ...['life-of-an-order', 'broker-gone'].flatMap((experiment) =>
          of(
            experiment,
            ...['completions', 'delivery', 'order', 'conformance', 'answers', 'world'].map((name) => `checker:${name}`),
            ...['all-in-the-log', 'nothing-unpicked', 'picked-once', 'events-as-written', 'answers-as-written'].map(
              (name) => `slo:${name}`,
            ),
          ),
        ),
      ].sort(),
    );
  });
});

const crimes: readonly [string, string, (files: Files) => void, { fail: string[]; unsure?: string[] }][] = [
  [
    'two events of an order have changed places in the log',
    'life-of-an-order',
    ({ records }) => exchange(...twoOf(records), ['id', 'event']),
    // The later one is in the log before its request was sent now.
    { fail: ['checker:order'], unsure: ['slo:all-in-the-log'] },
  ],
  [
    'the same in the log of a drill, by their offsets',
    'broker-gone',
    ({ records }) => exchange(...twoOf(records), ['offset']),
    { fail: ['checker:order'] },
  ],
  [
    'the logs of the two topics are exchanged',
    'life-of-an-order',
    ({ records }) => {
      for (const record of records) record.topic = record.topic === 'orders' ? 'order-changes' : 'orders';
    },
    { fail: ['slo:all-in-the-log', 'checker:world'], unsure: ['checker:order'] },
  ],
  [
    'one record of the other topic lies in the place of one of these',
    'life-of-an-order',
    ({ records }) => {
      const [placed] = twoOf(records);
      const other = records.find(({ topic, key }) => topic === 'order-changes' && key !== placed.key);
      if (!other) throw new Error('order-changes is empty');
      Object.assign(placed, { key: other.key, id: other.id, event: other.event });
    },
    // That event is in the log twice now, in two partitions or in a place where it does not belong; and one is not there at all.
    { fail: ['slo:all-in-the-log', 'checker:order', 'checker:world'] },
  ],
  [
    'an event keeps no schema of its kind',
    'life-of-an-order',
    ({ records }) => void Object.assign(records[0]?.event as object, { shape: '1' }),
    { fail: ['slo:events-as-written', 'checker:conformance', 'checker:world'] },
  ],
  [
    'a slip is printed twice',
    'life-of-an-order',
    ({ effects }) => void effects.push({ ...(effects[0] as Effect), seq: 1e6 }),
    { fail: ['slo:picked-once', 'checker:delivery', 'checker:crud-events', 'checker:world'] },
  ],
  [
    'a slip is missing',
    'life-of-an-order',
    ({ effects }) => void effects.splice(3, 1),
    { fail: ['slo:nothing-unpicked', 'checker:delivery', 'checker:crud-events', 'checker:world'] },
  ],
  [
    'two slips of an order are printed the wrong way round',
    'life-of-an-order',
    ({ effects }) => {
      const [first, second] = effects.filter(({ key }) => key === effects[0]?.key);
      exchange(first as Effect, second as Effect, ['seq']);
    },
    { fail: ['slo:first-things-first', 'checker:order'] },
  ],
];

describe('the guilty', () => {
  it.each(crimes)('%s, in %s: convicted of that and of nothing else', async (_what, experiment, change, expected) => {
    const { run, exitCode, findings } = await judged(change, experiment);
    expect([run.verdict, exitCode]).toEqual(['fail', 1]);
    expect({ fail: claims(findings, 'fail'), unsure: claims(findings, 'unsure') }).toEqual({
      fail: of(experiment, ...expected.fail),
      unsure: of(experiment, ...(expected.unsure ?? [])),
    });
  });
});

const doubts: readonly [string, (folder: string) => void][] = [
  ['is not there', (folder) => rmSync(runPaths(folder).system)],
  ['tells of another system', (folder) => writeJson(runPaths(folder).system, todo)],
  [
    'has its topics by other names',
    (folder) => {
      const topics = { purchases: { effects: true }, 'purchase-changes': { effects: false } };
      rewrite(folder, (system) => ({ ...system, topics }));
    },
  ],
];

function rewrite(folder: string, change: (system: SystemRecord) => SystemRecord): void {
  const { system: file } = runPaths(folder);
  writeJson(file, change(JSON.parse(readFileSync(file, 'utf8')) as SystemRecord));
}

describe('when system.json', () => {
  const topical = ['checker:order', 'checker:conformance', 'checker:world', 'slo:all-in-the-log', 'slo:events-as-written'];
  const doubted = [...of('life-of-an-order', ...topical, 'checker:crud-events'), ...of('broker-gone', ...topical)].sort();

  it.each(doubts)('%s, nobody is convicted, and nobody acquitted of what it would tell', async (what, spoil) => {
    const { run, exitCode, findings } = await judged(({ folder }) => spoil(folder));
    expect([run.verdict, exitCode]).toEqual(['unsure', 2]);
    const missing = what === 'is not there' ? ['(run) validity:whole'] : [];
    expect({ fail: claims(findings, 'fail'), unsure: claims(findings, 'unsure') }).toEqual({
      fail: [],
      unsure: [...missing, ...doubted],
    });
  });

  it('names no topic with effects, nobody knows where to look', async () => {
    const topics = { orders: { effects: false }, 'order-changes': { effects: false } };
    const { findings } = await judged(({ folder }) => rewrite(folder, (system) => ({ ...system, topics })));
    expect({ fail: claims(findings, 'fail'), unsure: claims(findings, 'unsure') }).toEqual({
      fail: [],
      unsure: ['broker-gone', 'life-of-an-order'].flatMap((experiment) => of(experiment, 'checker:order', 'slo:all-in-the-log')),
    });
  });

  it('tells of another system and an effect is lost, the loss is told all the same', async () => {
    const { run, findings } = await judged(({ folder, effects }) => {
      writeJson(runPaths(folder).system, todo);
      effects.pop();
    });
    expect(run.verdict).toBe('fail');
    expect(claims(findings, 'fail')).toEqual(of('life-of-an-order', 'checker:delivery', 'slo:nothing-unpicked'));
  });
});

describe('its reports', () => {
  /** Of the drawing library: it asks the browser for a turn. */
  const inLibraries = /queueMicrotask/g;

  it.each([
    ['innocent', undefined],
    ['guilty', ({ effects }: Files) => void effects.push({ ...(effects[0] as Effect), seq: 1e6 })],
  ])('of the %s speak of orders, and never of tasks', async (_what, change) => {
    const { folder } = await judged(change);
    const texts = outputs.map(({ file }) => readFileSync(join(folder, file), 'utf8').replaceAll(inLibraries, ''));
    for (const [n, text] of texts.entries())
      expect([outputs[n]?.file, text.match(/.{0,40}(task|todo|reminder|event_id).{0,40}/i)?.[0]]).toEqual([
        outputs[n]?.file,
        undefined,
      ]);
    for (const text of texts) expect(text).toContain('life-of-an-order');
    expect(texts.join()).toContain('A customer can place, amend and cancel an order');
  });
});

describe('its project', () => {
  const here = ['--project', join(import.meta.dirname, 'orders')];

  it('has its contracts checked, as far as it has them', async () => {
    const { code, stdout } = await plumbline([...here, 'contracts', 'check']);
    const lines = stdout.trim().split('\n');
    expect([code, lines.filter((line) => /^– .*: there is no \S+, so nothing was judged$/.test(line)).length]).toEqual([0, 4]);
    expect(lines.filter((line) => line.startsWith('✓')).map((line) => /^✓ ([^:]+):/.exec(line)?.[1])).toEqual([
      'OpenAPI',
      'components',
    ]);
  });

  it('is told what is wrong with its OpenAPI document', async () => {
    const project = join(scratch.path, 'project');
    cpSync(join(import.meta.dirname, 'orders'), project, { recursive: true });
    const file = join(project, 'contracts/http/shop.json');
    writeFileSync(file, readFileSync(file, 'utf8').replace('"responses"', '"answers"'));
    const { code, stdout } = await plumbline(['--project', project, 'contracts', 'check']);
    expect([code, stdout]).toEqual([1, expect.stringMatching(/shop\.json:1: error openapi-invalid/)]);
  });

  it('has its components checked, its experiments listed, and its page made', async () => {
    const page = join(scratch.path, 'page.html');
    const [components, list, made] = await Promise.all([
      plumbline([...here, 'components', 'validate']),
      plumbline([...here, 'list']),
      plumbline([...here, 'contracts', 'page', '--out', page]),
    ]);
    expect([components.code, components.stdout]).toEqual([0, expect.stringContaining('2 resources, 0 errors, 0 warnings')]);
    expect(list.stdout.split('\n').map((line) => line.split(' ')[0])).toEqual([
      'life-of-an-order',
      'busy-morning',
      'broker-gone',
      '',
    ]);
    expect([made.code, readFileSync(page, 'utf8')]).toEqual([0, expect.stringContaining('placeOrder')]);
  });
});
