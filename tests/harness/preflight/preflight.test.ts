import { cpSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from '@jest/globals';
import { catalogue } from '../../../harness/catalogue.ts';
import type { Experiment } from '../../../harness/experiment.ts';
import { kinds } from '../../../harness/fault/kinds.ts';
import type { Fault } from '../../../harness/fault/fault.ts';
import { preflight } from '../../../harness/preflight/preflight.ts';
import { local } from '../../../harness/stage/local/local.ts';
import { scratchFolder } from '../plumbline.ts';
import { project, system } from '../../own-project.ts';

const scratch = scratchFolder();
afterAll(() => scratch.remove());

describe('preflight', () => {
  it('accepts every experiment of the catalogue', async () => {
    const experiments = await catalogue(project);
    const { records, requirements, schemas } = preflight(experiments, { system, project, stager: local });
    expect([...records.keys()]).toEqual(experiments.map(({ name }) => name));
    expect(requirements.length).toBeGreaterThan(50);
    expect(Object.keys(schemas)).toContain('task-event-v1.0');
  });

  it('names file and nearest metric of an SLO with an unknown metric', async () => {
    const contracts = join(scratch.path, 'contracts');
    cpSync(project.contracts, contracts, { recursive: true });
    const file = join(contracts, 'slos/create-response-p95.yaml');
    writeFileSync(file, readFileSync(file, 'utf8').replace('metric: latency.response', 'metric: latency.respnse'));
    const experiments = await catalogue(project);
    expect(() => preflight(experiments, { system, project: { contracts }, stager: local })).toThrow(
      /create-response-p95\.yaml.*latency\.respnse.*did you mean.*latency\.response/,
    );
  });

  it('names an objective that looks at an arm which the experiment does not have', async () => {
    const experiments = (await catalogue(project)).map((one) =>
      one.name === 'drain' ? { ...one, arms: ['ceiling', 'drian'] } : one,
    );
    expect(() => preflight(experiments, { system, project, stager: local })).toThrow(
      'experiment drain: SLO drain-ratio looks at arm drain, and its arms are ceiling, drian',
    );
  });

  it('an experiment proves what the requirements say it shows, and nothing else', async () => {
    const experiments = await catalogue(project);
    const { requirements } = preflight(experiments, { system, project, stager: local });
    for (const { name, proves } of experiments) {
      const shown = requirements
        .filter(({ shownBy }) => shownBy.some(({ experiment }) => experiment === name))
        .map(({ id }) => id);
      expect([name, [...proves].sort()]).toEqual([name, shown.sort()]);
    }
  });
});

const drill = (fault: Partial<Fault>, rest: Partial<Experiment> = {}): Experiment => ({
  name: 'a-drill',
  kind: 'drill',
  suite: 'named',
  asks: '?',
  proves: [],
  workload: { title: 'nothing', run: async () => undefined },
  faults: [{ do: 'kill', to: 'kafka', afterMs: 100, forMs: 100, tolerated: true, ...fault }],
  slos: [],
  checkers: ['healed'],
  settleMsMax: 0,
  ...rest,
});

describe('a fault, before anything is staged', () => {
  const plan = (experiment: Experiment, controls = local.controls) =>
    preflight([experiment], { system, project, stager: { ...local, controls } });

  it.each([
    [
      'an unknown kind',
      { do: 'kil' },
      new RegExp(`a-drill: fault kil kafka: there is no kind kil; did you mean kill\\? Kinds: ${Object.keys(kinds).join(', ')}$`),
    ],
    ['a wrong part', { to: 'kafak' }, /there is no part kafak; did you mean kafka\?/],
    ['a replica that its stage has not', { to: 'backend-2' }, /there is no part backend-2/],
    ['a part that only a sidecar could be', { do: 'crash', to: 'kafka' }, /there is no part kafka-sidecar/],
    ['a parameter nobody knows', { speed: 3 }, /must NOT have additional properties \(speed\)/],
    ['a time that is none', { forMs: -1 }, /forMs must be >= 0/],
    ['a time with a fraction', { afterMs: 0.5 }, /afterMs must be integer/],
    ['minutes for milliseconds', { forMs: 10 * 3_600_000 }, /forMs must be <= 900000/],
    ['a range that ends before it begins', { afterMs: { from: 9, to: 3 } }, /afterMs ends before it begins/],
  ] as const)('%s is told', (_what, fault, sentence) => {
    expect(() => plan(drill(fault as Partial<Fault>))).toThrow(sentence);
  });

  const bad = [NaN, Infinity, -Infinity, 0.5, -1, '100', true, null, [100], {}, undefined];
  const ends = [NaN, Infinity, 0.5, -1, '100', null, undefined];
  const times = [
    ...bad,
    ...ends.flatMap((end) => [
      { from: end, to: 100 },
      { from: 1, to: end },
    ]),
    { from: 1, to: 2, step: 1 },
  ];
  it.each((['afterMs', 'forMs'] as const).flatMap((name) => times.map((time) => [name, time] as const)))(
    'a time that is none is told: %s %p',
    (name, time) => {
      expect(() => plan(drill({ [name]: time } as object))).toThrow(
        new RegExp(`a-drill: fault kill kafka: (${name}[a-z.]* must|it must have required property '${name}')`),
      );
    },
  );
  it.each([0, 1, 900_000, { from: 0, to: 0 }, { from: 1, to: 900_000 }])('a time is one: %p', (time) => {
    expect(() => plan(drill({ afterMs: time, forMs: time }))).not.toThrow();
  });

  it('one that may outlast the measured part is told, one that ends with it is well', () => {
    const lasting = (measuredMs: number) =>
      plan(drill({ afterMs: { from: 1, to: 100 } }, { workload: { title: 'some', measuredMs, run: async () => undefined } }));
    expect(() => lasting(199)).toThrow(/fault kill kafka may be in until 200 ms, and the measured part ends after 199 ms/);
    expect(() => lasting(200)).not.toThrow();
  });

  const pair = (one: Partial<Fault>, other: Partial<Fault>) => {
    const base: Fault = { do: 'pause', to: 'backend-1', afterMs: 1_000, forMs: 5_000, tolerated: true };
    const faults = [one, other].map((fault): Fault => ({ ...base, ...fault }));
    return plan(drill({}, { faults, stage: { replicas: { backend: 3 } } }));
  };

  it.each([
    ['inside the other', {}, { do: 'kill', afterMs: 3_000 }, 'backend-1'],
    ['only if its range is at its widest', {}, { do: 'kill', afterMs: { from: 5_900, to: 9_000 } }, 'backend-1'],
    ['the earlier written last', { afterMs: 3_000 }, { do: 'kill', afterMs: 1_000 }, 'backend-1'],
    ['through the sidecar of a crash', { to: 'backend-1-sidecar' }, { do: 'crash', afterMs: 3_000 }, 'backend-1-sidecar'],
  ])('two faults in one part at once are told: %s', (_what, one, other, part) => {
    expect(() => pair(one, other)).toThrow(new RegExp(`faults pause .* and ${other.do} .* may both be in ${part} at once`));
  });

  it.each([
    ['one after the other', {}, { do: 'kill', afterMs: 6_001 }],
    ['in different parts', {}, { to: 'backend-2' }],
  ])('two faults that do not meet are well: %s', (_what, one, other) => {
    expect(() => pair(one, other)).not.toThrow();
  });

  it('a part of the stage it asks for is one, and a range of times is a time', () => {
    const asked = { stage: { replicas: { backend: 3 } } };
    expect(() => plan(drill({ to: 'backend-2', afterMs: { from: 10, to: 20 } }, asked))).not.toThrow();
  });

  it.each(['../../escaped', 'a/b', '', 'Über'])('a name that is no folder is told: %j', (name) => {
    expect(() => plan(drill({}, { name }))).toThrow(/a name is made of a-z/);
  });

  it('replicas of what the system has not are told', () => {
    expect(() => plan(drill({}, { stage: { replicas: { bakend: 2 } } }))).toThrow(
      /a-drill: STAGE_INVALID: there is no service bakend; did you mean backend\?/,
    );
  });

  it('a target that lacks a control of the fault or of its cure: skipped, with the reason', () => {
    const { records } = plan(drill({}), ['kill']);
    expect(records.get('a-drill')?.skipped).toBe("a local target can't revive, which its faults need");
    const needing = drill({}, { faults: [], needs: ['pause'] });
    expect(plan(needing, ['kill']).records.get('a-drill')?.skipped).toBe("a local target can't pause, which its workload needs");
    expect(plan(needing).records.get('a-drill')?.skipped).toBeUndefined();
    expect(plan(drill({})).records.get('a-drill')?.skipped).toBeUndefined();
  });
});
