/** Whatever a person may put where an experiment should be gets one sentence that names the file, without a stack trace. */
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, describe, expect, it, jest } from '@jest/globals';
import { complaintsAboutShape, isMeantAsExperiment } from '../../harness/preflight/experiment-shape.ts';
import type { Experiment } from '../../harness/experiment.ts';
import { plumbline, scratchFolder } from './plumbline.ts';

jest.setTimeout(60_000);
const scratch = scratchFolder();
afterAll(() => scratch.remove());

const good: Experiment = {
  name: 'probe',
  kind: 'check',
  suite: 'verify',
  asks: 'Does it?',
  proves: ['R-1'],
  workload: { title: 'nothing', tools: ['k6'], run: async () => undefined },
  faults: [{ do: 'kill', to: 'kafka', afterMs: 1, forMs: 1, tolerated: true }],
  slos: ['none-lost'],
  checkers: ['delivery'],
  arms: ['one'],
  sometimes: [{ name: 'seen', asks: 'Was it?', metric: 'm', labels: { a: 'b' }, rises: 1, during: 'fault' }],
  facts: [{ name: 'kept', asks: 'Is it?' }],
  stage: { replicas: { shop: 2 } },
  settleMsMax: 1_000,
};
const without = (...names: readonly (keyof Experiment)[]) =>
  Object.fromEntries(Object.entries(good).filter(([name]) => !names.includes(name as keyof Experiment)));

describe('the shape of an experiment', () => {
  it('is right with all of its slots, and with none that may be left out', () => {
    expect(complaintsAboutShape(good)).toEqual([]);
    expect(complaintsAboutShape(without('faults', 'arms', 'sometimes', 'facts', 'stage'))).toEqual([]);
  });

  it.each(['name', 'kind', 'suite', 'asks', 'proves', 'workload', 'slos', 'checkers', 'settleMsMax'] as const)(
    'lacks %s',
    (name) => {
      const lacking = without(name);
      expect(complaintsAboutShape(lacking)).toEqual([`${name} is missing`]);
      // It is not passed over because of what it lacks.
      expect(isMeantAsExperiment(lacking)).toBe(true);
    },
  );

  it.each<[string, object, string]>([
    ['a name that is a number', { name: 7 }, 'name must be string'],
    ['a name that is empty', { name: '' }, 'name must NOT have fewer than 1 characters'],
    ['a kind nobody knows', { kind: 'chek' }, 'kind must be one of check, load, drill'],
    ['a suite nobody knows', { suite: true }, 'suite must be one of verify, named'],
    ['checkers as one text', { checkers: 'delivery' }, 'checkers must be array'],
    ['an SLO twice', { slos: ['a', 'a'] }, 'slos must NOT have duplicate items (items ## 1 and 0 are identical)'],
    ['what it proves as null', { proves: null }, 'proves must be array'],
    ['seconds that are a text', { settleMsMax: '5s' }, 'settleMsMax must be integer'],
    ['a time below zero', { settleMsMax: -1 }, 'settleMsMax must be >= 0'],
    ['a time without end', { settleMsMax: Infinity }, 'settleMsMax must be integer'],
    ['microseconds', { settleMsMax: 20_000_000 }, 'settleMsMax must be <= 900000'],
    ['a workload that is a function', { workload: () => undefined }, 'workload must be object'],
    ['a workload without run', { workload: { title: 'x' } }, 'workload.run must be a function'],
    ['a run that is none', { workload: { title: 'x', run: {} } }, 'workload.run must be a function'],
    ['a workload without title', { workload: { run: good.workload.run } }, 'workload.title is missing'],
    ['one tool as a text', { workload: { ...good.workload, tools: 'k6' } }, 'workload.tools must be array'],
    ['a fault that is a text', { faults: ['kill'] }, 'faults.0 must be object'],
    [
      'a sighting without its metric',
      { sometimes: [{ ...good.sometimes?.[0], metric: undefined }] },
      'sometimes.0.metric is missing',
    ],
    [
      'a sighting at no time',
      { sometimes: [{ ...good.sometimes?.[0], during: 'never' }] },
      'sometimes.0.during must be one of fault, all',
    ],
    ['a fact that asks nothing', { facts: [{ name: 'kept' }] }, 'facts.0.asks is missing'],
    ['a misspelt slot', { sometime: [] }, 'it has a field sometime that nobody reads; did you mean sometimes?'],
    ['a word of the language', { constructor: 1 }, 'it has a field constructor that nobody reads'],
  ])('has %s', (_what, change, sentence) => {
    expect(complaintsAboutShape({ ...good, ...change })).toContain(sentence);
  });

  it.each<[string, unknown]>([
    ['a function', () => undefined],
    ['a number', 7],
    ['null', null],
    ['a list', [good]],
    ['another object', { ratePerS: 25, name: 'mornings' }],
  ])('is nothing that %s was meant to have', (_what, value) => {
    expect(isMeantAsExperiment(value)).toBe(false);
  });
});

let projects = 0;
/** A project with these experiment files, by name. */
function projectWith(files: Readonly<Record<string, string | undefined>>): string {
  const root = join(scratch.path, `p${projects++}`);
  mkdirSync(join(root, 'load'), { recursive: true });
  writeFileSync(join(root, 'package.json'), '{ "type": "module" }');
  writeFileSync(join(root, 'system.yaml'), 'system: x\n');
  for (const [name, text] of Object.entries(files))
    if (text === undefined) mkdirSync(join(root, 'load', name));
    else writeFileSync(join(root, 'load', name), text);
  return root;
}

const source = (change = '') =>
  `export const probe = { name: 'probe', kind: 'load', suite: 'named', asks: 'Does it?', proves: [], slos: [], checkers: [], settleMsMax: 0, workload: { title: 'x', async run() {} }${change} };\n`;

describe('a file of experiments', () => {
  it.each<[string, Readonly<Record<string, string | undefined>>, RegExp]>([
    [
      'that can not be parsed',
      { 'a.load.ts': 'const a = 1;\nexport const b = { x: , };\n' },
      /EXPERIMENT_BROKEN: load\/a\.load\.ts:2: Expression expected/,
    ],
    [
      'with what is more than a type',
      { 'a.load.ts': '\n\nenum A { x }\n' },
      /EXPERIMENT_BROKEN: load\/a\.load\.ts:3: TypeScript enum is not supported/,
    ],
    ['that throws', { 'a.load.ts': "export {};\nthrow new Error('boom');\n" }, /EXPERIMENT_BROKEN: load\/a\.load\.ts:2: boom/],
    ['that throws a text', { 'a.load.ts': "export {};\nthrow 'boom';\n" }, /EXPERIMENT_BROKEN: load\/a\.load\.ts: boom/],
    [
      'that throws in what it imports',
      { 'a.load.ts': "import './b.ts';\n", 'b.ts': "\n\nthrow new Error('deep');\nexport {};\n" },
      /EXPERIMENT_BROKEN: load\/b\.ts:3: deep/,
    ],
    [
      'whose import can not be parsed',
      { 'a.load.ts': "import './b.ts';\n", 'b.ts': '\nexport const = 1;\n' },
      /EXPERIMENT_BROKEN: load\/b\.ts:2: /,
    ],
    [
      'whose import is not there',
      { 'a.load.ts': "import './b.ts';\n" },
      /EXPERIMENT_BROKEN: load\/a\.load\.ts: Cannot find module .*b\.ts/,
    ],
    [
      'that imports what nobody exports',
      { 'a.load.ts': "export {};\nimport { no } from './b.ts';\n", 'b.ts': 'export {};\n' },
      /EXPERIMENT_BROKEN: load\/a\.load\.ts:2: .*does not provide an export named 'no'/,
    ],
    ['that is a folder', { 'a.load.ts': undefined }, /EXPERIMENT_BROKEN: load\/a\.load\.ts: Directory import/],
    ['that exports none', { 'a.load.ts': 'export const a = 1;\n' }, /NO_EXPERIMENT: load\/a\.load\.ts exports no Experiment/],
    [
      'one of which lacks what it asks',
      { 'a.load.ts': source() + source(", name: 'other', asks: undefined").replace('probe =', 'other =') },
      /EXPERIMENT_INVALID: load\/a\.load\.ts: put right first:\n {2}export other: asks is missing/,
    ],
    [
      'that shares a name',
      { 'a.load.ts': source(), 'b.load.ts': source() },
      /EXPERIMENT_TWICE: load\/a\.load\.ts and load\/b\.load\.ts both call one probe; rename one/,
    ],
  ])('%s', async (_what, files, sentence) => {
    const { code, stdout, stderr } = await plumbline(['list'], {}, projectWith(files));
    expect([code, stdout]).toEqual([3, '']);
    expect(stderr).toMatch(sentence);
    expect(stderr).not.toMatch(/\n\s+at /);
  });

  it('that waits for ever is given up', async () => {
    const { code, stderr } = await plumbline(
      ['list'],
      {},
      projectWith({ 'a.load.ts': 'export {};\nawait new Promise(() => {});\n' }),
    );
    expect([code, stderr]).toEqual([
      3,
      expect.stringMatching(/EXPERIMENT_BROKEN: load\/a\.load\.ts: it waits for what never comes/),
    ]);
  });

  it('may export it twice, and other things beside', async () => {
    const text = `${source()}export default probe;\nexport const ratePerS = 7;\nexport const options = { asks: 'nobody' };\n`;
    const { code, stdout } = await plumbline(['list'], {}, projectWith({ 'a.load.ts': text }));
    expect([code, stdout]).toEqual([0, expect.stringMatching(/^probe +named +Does it\?\n$/)]);
  });
});
