import { expect, test } from '@jest/globals';
import { checkerNames, safely } from '../../../harness/verdict/checkers.ts';
import type { Finding, Requirement } from '../../../harness/evidence/records.ts';
import { judge } from '../../../harness/verdict/judge.ts';
import { requirementMatrix } from '../../../harness/verdict/requirements.ts';
import { created, effect, experiment, record, row, runOf, scene, slo } from './scene.ts';

const intact = { intact: true, sealDigest: 'abc' };
const evidence = { ops: [created('a')], outbox: [row('a')], effects: [effect('a', 1)], records: [record('a')] };
const named = (checkers: string[], more = {}) => scene({ ...evidence, record: { ...experiment, checkers, ...more } });
const claims = (judged: ReturnType<typeof judge>) =>
  Object.fromEntries(
    [...judged.findings, ...judged.experiments.flatMap((one) => one.findings)].map((finding) => [finding.claim, finding.verdict]),
  );

test('findings fold into one verdict', () => {
  const judged = judge(runOf(named(['delivery', 'crud-events'])), intact);
  expect(judged.verdict).toBe('pass');
  const asked = { 'checker:delivery': 'pass', 'checker:crud-events': 'pass' };
  expect(claims(judged)).toEqual({ seal: 'pass', ...asked, 'checker:completions': 'pass', 'checker:world': 'pass' });
  expect(judged.because).toBe('All 5 claims in 1 experiment held.');
});

test('a part that ended by itself is convicted, whatever was asked', () => {
  const crash = {
    at: 1_500,
    kind: 'crash' as const,
    name: 'backend-1',
    detail: { code: 1, signal: null, lastWords: 'Error: boom' },
  };
  const honest = named(['delivery']);
  const judged = judge(runOf({ ...honest, marks: [...(honest.marks ?? []), crash] }), intact);
  expect(judged.verdict).toBe('fail');
  expect(claims(judged)).toMatchObject({ 'checker:crashes': 'fail', 'checker:delivery': 'pass' });
  const [finding] = judged.experiments[0]?.findings ?? [];
  expect(finding?.because).toBe('1 part crashed, first: backend-1 ended by itself (exit code 1)');
  expect(finding?.examples[0]).toContain('boom');
});

test('altered evidence convicts nobody', () => {
  const guilty = scene({ ...evidence, effects: [], record: { ...experiment, checkers: ['delivery'] } });
  expect(judge(runOf(guilty), intact).verdict).toBe('fail');
  expect(judge(runOf(guilty), { intact: false, because: 'changed' })).toMatchObject({
    verdict: 'unsure',
    worst: { claim: 'seal' },
  });
});

test('an unknown checker and one that throws are unsure, and take nobody with them', () => {
  expect(claims(judge(runOf(named(['delivery', 'astrology'])), intact))).toMatchObject({
    'checker:delivery': 'pass',
    'checker:astrology': 'unsure',
  });
  expect(
    safely(() => {
      throw new Error('boom');
    }),
  ).toMatchObject({ verdict: 'unsure', because: expect.stringContaining('boom') });
  const broken = scene({ ...evidence, effects: [null] as never, record: { ...experiment, checkers: ['delivery', 'healed'] } });
  expect(claims(judge(runOf(broken), intact))).toMatchObject({ 'checker:delivery': 'unsure', 'checker:healed': 'skipped' });
});

test('an experiment that claims nothing, and a run without experiments, prove nothing', () => {
  expect(judge(runOf(scene({ ...evidence })), intact).verdict).toBe('unsure');
  expect(judge(runOf(), intact).verdict).toBe('unsure');
});

test('an interrupted run is unsure, and what never began says so', () => {
  const never = { name: 'later', folder: 'experiments/later', damage: [] };
  const judged = judge({ ...runOf(named(['delivery']), never), interrupted: { because: 'Ctrl-C' } }, intact);
  expect(judged.verdict).toBe('unsure');
  expect(claims(judged)).toMatchObject({
    'validity:complete': 'unsure',
    'validity:evidence': 'unsure',
    'checker:delivery': 'pass',
  });
});

test('torn evidence is unsure', () => {
  expect(
    claims(judge(runOf({ ...named(['delivery']), damage: ['ops.ndjson has 1 line that is not JSON'] }), intact)),
  ).toMatchObject({ 'validity:evidence': 'unsure' });
});

const requirement = (id: string, shownBy: { experiment: string; claims: string[] }[], tests?: string[]): Requirement => ({
  id,
  text: id,
  shownBy,
  ...(tests && { tests }),
});
const matrix = (...requirements: ReturnType<typeof requirement>[]) =>
  judge({ ...runOf(named(['delivery'])), requirements }, intact);

test('the matrix: shown, not run, by tests, unproved', () => {
  const judged = matrix(
    requirement('A', [{ experiment: 'one', claims: ['checker:delivery'] }]),
    requirement('B', [{ experiment: 'elsewhere', claims: ['checker:delivery'] }]),
    requirement('C', [], ['tests/c.test.ts']),
    requirement('D', []),
  );
  expect(judged.requirements.map((one) => one.verdict)).toEqual(['pass', 'not run', 'by tests', 'unproved']);
  expect(judged.verdict).toBe('pass');
});

test('what is not all there is shown partly, and what fails or is unsure stays that', () => {
  const rests = { experiment: 'one', claims: ['checker:delivery'] };
  const elsewhere = { experiment: 'elsewhere', claims: ['checker:delivery'] };
  const judged = matrix(
    requirement('not all run', [rests, elsewhere]),
    requirement('on tests too', [rests], ['tests/c.test.ts']),
    { ...requirement('open', [rests]), open: 'Nobody has looked at the rest.' },
    requirement('renamed', [{ experiment: 'one', claims: ['slo:renamed'] }, elsewhere]),
    requirement('all of it', [rests]),
  );
  expect(judged.requirements.map((one) => one.verdict)).toEqual(['partly', 'partly', 'partly', 'unsure', 'pass']);
  expect(judged.requirements[2]).toMatchObject({ open: 'Nobody has looked at the rest.' });
  const broken = { ...named(['delivery']), effects: [] };
  const failed = judge({ ...runOf(broken), requirements: [requirement('A', [rests, elsewhere])] }, intact);
  expect(failed.requirements[0]?.verdict).toBe('fail');
});

test('a claim that was skipped shows nothing beside those that were judged', () => {
  const finding = { claim: 'fact:a', verdict: 'pass' } as Finding;
  const experiments = [{ name: 'one', findings: [finding, { ...finding, claim: 'fact:b', verdict: 'skipped' as const }] }];
  const rows = [requirement('A', [{ experiment: 'one', claims: ['fact:a', 'fact:b'] }])];
  expect(requirementMatrix(rows, experiments).rows[0]?.verdict).toBe('partly');
});

test('a requirement whose claim was never made is unsure, and so is the run', () => {
  const judged = matrix(requirement('A', [{ experiment: 'one', claims: ['checker:delivery', 'slo:renamed'] }]));
  expect(judged.requirements[0]?.verdict).toBe('unsure');
  expect(judged.verdict).toBe('unsure');
  expect(claims(judged)).toMatchObject({ 'requirement:A': 'unsure' });
});

test('what rests on an experiment that never began was not run', () => {
  const never = { name: 'later', folder: 'experiments/later', damage: [] };
  const run = {
    ...runOf(named(['delivery']), never),
    requirements: [requirement('A', [{ experiment: 'later', claims: ['slo:x'] }])],
  };
  expect(judge(run, intact).requirements[0]?.verdict).toBe('not run');
});

test('the worst offender: broken safety before a missed number, the widest miss before a narrow one', () => {
  const slos = [
    slo({ name: 'narrow', limit: 9, samplesMin: 1, stat: 'max' }),
    slo({ name: 'wide', limit: 0.1, samplesMin: 1, stat: 'max' }),
  ];
  const worstOf = (checkers: string[], effects = evidence.effects) =>
    judge(runOf(scene({ ...evidence, effects, record: { ...experiment, kind: 'check', slos, checkers } })), intact).worst?.claim;
  expect(worstOf(['delivery'], [])).toBe('checker:delivery');
  expect(worstOf([], [])).toBe('checker:world');
  expect(worstOf(['conformance'])).toBe('slo:wide');
});

test('latency objectives keep their histogram in the verdict', () => {
  const judged = judge(runOf(scene({ ...evidence, record: { ...experiment, slos: [slo({ samplesMin: 1 })] } })), intact);
  expect(judged.experiments[0]?.histograms['slo:fast']).toMatchObject({ unit: 'us', count: 1 });
});

test('every checker has a name an experiment may use', () => {
  expect(checkerNames()).toEqual([
    'completions',
    'delivery',
    'order',
    'crud-events',
    'conformance',
    'answers',
    'healed',
    'generator',
  ]);
});

test('skipped is believed only of a folder in which nothing was seen, and with a reason', () => {
  const skipped = (reason: unknown, rest = {}) =>
    judge(
      runOf(scene({ record: { ...experiment, skipped: reason as string }, marks: undefined, ...rest }), named(['delivery'])),
      intact,
    );
  expect(skipped("the target can't").verdict).toBe('pass');
  expect(skipped("the target can't", evidence).verdict).toBe('unsure');
  expect(skipped('').verdict).toBe('unsure');
  expect(skipped(false).verdict).toBe('unsure');
});
