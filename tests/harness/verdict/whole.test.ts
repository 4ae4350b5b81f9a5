/** Evidence that was tidied up and sealed again: whatever is taken away or told otherwise is seen, and honest evidence is not suspected. */
import { describe, expect, test } from '@jest/globals';
import type { ExperimentEvidence, Run } from '../../../harness/evidence/run-folder.ts';
import type { ExperimentRecord, FaultRecord, Mark } from '../../../harness/evidence/records.ts';
import { evidenceFiles, evidenceKinds } from '../../../harness/evidence/files.ts';
import { judge } from '../../../harness/verdict/judge.ts';
import { wholeExperiment, wholeRun } from '../../../harness/verdict/whole.ts';
import { created, effect, experiment, mark, record, row, runOf, sample, scene, settledAt } from './scene.ts';

const fault: FaultRecord = { name: 'kill', do: 'kill', to: 'kafka', tolerated: false, afterMs: 1_000, forMs: 2_000, seed: 3 };
const drilled: ExperimentRecord = { ...experiment, faults: [fault], checkers: ['delivery'], proves: ['SC-1'] };
const course = [
  ...settledAt(10_000),
  mark(2_000, 'kill', 'fault-in'),
  mark(4_000, 'kill', 'fault-out'),
  mark(4_500, 'kill', 'healed'),
  mark(9_000, 'measured-end'),
];
const honest = (): Run => ({
  ...runOf(
    scene({
      record: drilled,
      marks: course,
      ops: [created('a')],
      effects: [effect('a', 1)],
      outbox: [row('a')],
      records: [record('a')],
      samples: [sample(1_000, 'outbox_unsent', 0)],
      facts: [{ at: 1_000, name: 'seen', comparison: '==', expected: 1, actual: 1 }],
      plans: [{ at: 1_000, who: 'journey', what: 'create', model: 'closed', arrivals: 1 }],
      answers: [{ at: 1_010, what: 'create', method: 'POST', path: '/x', status: 201, contentType: null, bodyBytes: 0 }],
    }),
  ),
  requirements: [{ id: 'SC-1', text: 'It holds.', shownBy: [] }],
});
type One = ExperimentEvidence & { readonly record: ExperimentRecord; readonly marks: readonly Mark[] };
const first = (run: Run) => run.experiments[0] as One;
const judgedBy = (alter: (one: One) => Partial<ExperimentEvidence>, about: Partial<Run> = {}) => {
  const run = { ...honest(), ...about };
  const one = first(run);
  return wholeExperiment({ ...one, ...alter(one) }, run);
};
const without = (name: string) => (one: One) => ({ marks: one.marks.filter((each) => each.name !== name) });
const moved = (name: string, at: number, kind?: Mark['kind']) => (one: One) => ({
  marks: one.marks.map((each) => (each.name === name && (kind === undefined || each.kind === kind) ? { ...each, at } : each)),
});
const told = (name: string, detail: object | undefined) => (one: One) => ({
  marks: one.marks.map(({ detail: old, ...each }) => {
    const wanted = each.name === name ? detail : old;
    return { ...each, ...(wanted && { detail: wanted as Record<string, unknown> }) };
  }),
});
const recorded = (rest: Partial<ExperimentRecord>) => (one: One) => ({ record: { ...one.record, ...rest } });

test('innocent: what an honest harness leaves is whole', () => {
  expect(judgedBy(() => ({}))).toBeUndefined();
  expect(wholeRun(honest())).toBeUndefined();
});

describe.each(evidenceKinds)('%s', (kind) => {
  const { name } = evidenceFiles[kind];
  test('removed', () => {
    const run = honest();
    const { [kind]: _, ...rest } = first(run);
    expect(wholeExperiment(rest, run)?.because).toContain(`${name} is missing`);
  });
  test('emptied', () => {
    const run = honest();
    const one = { ...first(run), [kind]: [] };
    expect(wholeExperiment(one, run)?.because).toMatch(
      kind === 'marks' ? /0 marks experiment-start/ : new RegExp(`${name} (has 0 rows|is empty)`),
    );
  });
});

test.each<[string, (one: One) => Partial<ExperimentEvidence>, string]>([
  ['a row less', ({ ops = [] }) => ({ ops: ops.slice(1) }), 'ops.ndjson has 0 rows, and 1 were written'],
  ['a row more', ({ effects = [] }) => ({ effects: [...effects, ...effects] }), 'effects.ndjson has 2 rows, and 1 were written'],
  ['counts of the journal gone', told('journal-end', undefined), 'journal-end does not say how many rows ops.ndjson got'],
  ['counts of the last reads gone', told('collected', {}), 'collected does not say how many rows outbox.ndjson got'],
  ...['experiment-start', 'workload-start', 'workload-end', 'collected', 'journal-end'].map(
    (name) => [`no ${name}`, without(name), `0 marks ${name}, not one`] as [string, ReturnType<typeof without>, string],
  ),
  ['neither settled nor given up', without('settled'), '0 marks settled or settle-gave-up, not one'],
  ['settled twice', ({ marks }) => ({ marks: [...marks, mark(10_000, 'settle-gave-up')] }), '2 marks settled or settle-gave-up'],
  ['the workload ended before it began', moved('workload-end', -1), 'workload-end came before workload-start'],
  ['collected after the journal was closed', moved('collected', 20_000), 'journal-end came before collected'],
  ['a fault before the experiment', moved('kill', -1, 'fault-in'), 'fault-in kill lies outside of the experiment'],
  ['healed long after it', moved('kill', 1e9, 'healed'), 'healed kill lies outside of the experiment'],
  ['healed before it was taken out', moved('kill', 3_000, 'healed'), 'the marks of the fault kill are not in their order'],
  ['measured before the workload', moved('measured-start', -1), 'measured-start lies outside of the workload'],
  ['measured after it', moved('measured-end', 10_001), 'measured-end lies outside of the workload'],
  [
    'an arm after it',
    ({ marks }) => ({ marks: [...marks, mark(11_000, 'on', 'arm-in')] }),
    'arm-in on lies outside of the workload',
  ],
  ['quiet when it had begun', moved('quiet', 5_000), 'it was found quiet after it had begun'],
  [
    'before the run',
    ({ marks }) => ({ marks: marks.map((one) => ({ ...one, at: one.at - 1e6 })) }),
    'from before the run started',
  ],
  ['another fault', told('kill', { ...fault, to: 'redis' }), 'the fault kill that went in is not the one that was drawn'],
  ['another time', told('kill', { ...fault, forMs: 1 }), 'is not the one that was drawn'],
  ['which one it was is gone', told('kill', undefined), 'is not the one that was drawn'],
  ['a fault that nobody drew', recorded({ faults: [] }), 'experiment.json knows none of that name'],
  ['a fault that never went in', without('kill'), 'the fault kill was drawn, and never went in'],
  [
    'another stage',
    (one) => recorded({ stage: { ...one.record.stage!, traces: true } })(one),
    'and on backend 1 by manifest.json',
  ],
  ['another seed', recorded({ seed: 9 }), 'its seed 9 is not what comes of'],
  ['another experiment', recorded({ name: 'two' }), 'experiment.json is of two'],
])('guilty: %s', (_, alter, because) => {
  expect(judgedBy(alter)).toMatchObject({ verdict: 'unsure', because: expect.stringContaining(because) });
});

test.each<[string, (one: One) => Partial<ExperimentEvidence>]>([
  [
    'it gave up waiting',
    ({ marks }) => ({ marks: marks.map((one) => (one.name === 'settled' ? { ...one, name: 'settle-gave-up' } : one)) }),
  ],
  ['a crash that was seen later than it happened', ({ marks }) => ({ marks: [...marks, mark(-500, 'kafka', 'crash')] })],
  ['a note at the end', ({ marks }) => ({ marks: [...marks, mark(10_000, 'as a sentence', 'note')] })],
  [
    'a part killed twice by one fault',
    ({ marks }) => ({ marks: [...marks, { ...mark(6_000, 'kill', 'fault-in'), detail: fault }] }),
  ],
  [
    'broke before its end: told elsewhere',
    ({ marks }) => ({
      marks: [...marks.filter(({ kind, name }) => kind !== 'mark' || /-start$|quiet/.test(name)), mark(5_000, 'x', 'broke')],
    }),
  ],
  [
    'a fault that its control could not put in, and that says so',
    ({ marks }) => ({ marks: [...marks.filter(({ name }) => name !== 'kill'), mark(2_000, 'kill', 'not-injected')] }),
  ],
  [
    'broke before its fault',
    ({ marks }) => ({ marks: [...marks.filter(({ kind }) => kind === 'mark'), mark(1_500, 'x', 'broke')] }),
  ],
])('innocent: %s', (_, alter) => expect(judgedBy(alter)).toBeUndefined());

describe('the run', () => {
  const { session = [] } = honest();
  test.each<[string, Partial<Record<keyof Run, unknown>>, string]>([
    ['no system', { system: undefined }, 'system.json is missing'],
    ['no schemas', { schemas: undefined }, 'schemas/ is missing or empty'],
    ['no schema', { schemas: {} }, 'schemas/ is missing or empty'],
    ['a hollow schema', { schemas: { order: {} } }, 'schemas/order.json asks for nothing'],
    ['a schema that can not be read', { schemas: { order: undefined } }, 'schemas/order.json asks for nothing'],
    ['no requirements', { requirements: undefined }, 'requirements.json is missing'],
    ['an empty list of them', { requirements: [] }, 'requirements.json does not know SC-1'],
    ['no session', { session: undefined }, 'session.ndjson is missing'],
    [
      'a session of another time',
      { session: session.map((one) => ({ ...one, at: -1e6 })) },
      'session.ndjson has marks from before the run',
    ],
    [
      'an experiment that nobody announced',
      { manifest: { ...honest().manifest, experiments: [] } },
      'manifest.json does not name one',
    ],
  ])('guilty: %s', (_, alter, because) => {
    expect(wholeRun({ ...honest(), ...alter } as Run)).toMatchObject({
      verdict: 'unsure',
      because: expect.stringContaining(because),
    });
  });

  test.each<[string, Partial<Run>, string]>([
    ['an emptied session', { session: [] }, 'does not say that anything was staged'],
    [
      'staged as something else',
      {
        session: session.map((one) => ({
          ...one,
          detail: { stage: { replicas: { backend: 2 }, traces: false, profile: 'rehearsed' } },
        })),
      },
      'on something else by session.ndjson',
    ],
    ['staged afterwards', { session: session.map((one) => ({ ...one, at: 5_000 })) }, 'does not say that anything was staged'],
    ['no stages in the manifest', { manifest: { ...honest().manifest!, stages: {} } }, 'on nothing by manifest.json'],
    ['another seed', { manifest: { ...honest().manifest!, seed: 2 } }, 'is not what comes of the run'],
    ['started at no time', { manifest: { ...honest().manifest!, startedAt: 'then' } }, 'does not say when the run started'],
  ])('guilty, told of the experiment: %s', (_, about, because) => {
    expect(judgedBy(() => ({}), about)).toMatchObject({ verdict: 'unsure', because: expect.stringContaining(because) });
  });

  test('the judge tells it, of the experiment and of the run, and acquits nobody', () => {
    const run = honest();
    expect(judge(run, { intact: true }).verdict).toBe('pass');
    const { system: _, ...gone } = { ...run, experiments: [{ ...first(run), ops: [] }] };
    const judged = judge(gone, { intact: true });
    const whole = [...judged.findings, ...judged.experiments.flatMap(({ findings }) => findings)].filter(
      ({ claim }) => claim === 'validity:whole',
    );
    expect(whole.map(({ experiment: of, verdict }) => [of, verdict])).toEqual([
      ['(run)', 'unsure'],
      ['one', 'unsure'],
    ]);
    expect(judged.verdict).not.toBe('pass');
  });
});
