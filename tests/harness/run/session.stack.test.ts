/** A session on real parts: what breaks in one experiment, or dies between two, does not end the others. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it, jest } from '@jest/globals';
import type { ExperimentRecord, Finding, Mark } from '../../../harness/evidence/records.ts';
import type { Experiment } from '../../../harness/experiment.ts';
import { judgeFolder } from '../../../harness/judge.ts';
import { ownerOf } from '../../../harness/process/port-owner.ts';
import { openSession } from '../../../harness/run/session.ts';
import { local } from '../../../harness/stage/local/local.ts';
import { journeyTo } from '../../../harness/workload/journey.ts';
import { project, system } from '../../own-project.ts';
import { scratchFolder } from '../plumbline.ts';

jest.setTimeout(240_000);
const scratch = scratchFolder();
afterAll(() => scratch.remove());

let notificationPort: number;
const create = (name: string, rest: Partial<Experiment> = {}): Experiment => ({
  name,
  kind: 'check',
  suite: 'named',
  asks: 'Does a create have its effect?',
  proves: [],
  workload: {
    title: 'one create',
    async run(w) {
      notificationPort = Number(w.target.url('notification').port);
      const user = `session-${w.seed}`;
      await journeyTo(
        'backend',
        w,
      )({
        what: 'create',
        user,
        method: 'POST',
        path: `/api/${user}/tasks`,
        body: { title: `drawn ${w.random()}` },
        keyOf: (task) => String((task as { id: number }).id),
      });
    },
  },
  slos: [],
  checkers: ['delivery', 'crud-events'],
  settleMsMax: 20_000,
  ...rest,
});
const breaks = create('breaks', {
  workload: { title: 'an error', run: () => Promise.reject(new Error('a mistake of its author')) },
});
const scaled = create('scaled', { stage: { replicas: { backend: 2 } } });
/** A target that could kill, and never revive. */
const noCure = { ...local, controls: local.controls.filter((control) => control !== 'revive') };
const hurt = create('hurt', {
  kind: 'drill',
  faults: [{ do: 'kill', to: 'redis', afterMs: 0, forMs: 0, tolerated: true }],
});

let folder: string;
let findings: readonly Finding[];
const said: string[] = [];
const experiments = [create('before'), breaks, create('after'), hurt, create('bereaved'), scaled];

beforeAll(async () => {
  const session = await openSession({
    experiments,
    project: { ...project, reports: scratch.path },
    system,
    stager: noCure,
    command: 'run these',
    seed: 7,
    signal: new AbortController().signal,
    say: (text) => void said.push(text),
  });
  folder = session.folder;
  try {
    for (const experiment of experiments) {
      if (experiment.name === 'bereaved') process.kill(listenerOn(notificationPort), 'SIGKILL');
      await session.perform(experiment);
    }
  } finally {
    await session.close();
  }
  const { judged } = await judgeFolder(folder);
  findings = [...judged.findings, ...judged.experiments.flatMap((one) => one.findings)];
});

function listenerOn(port: number): number {
  const pid = Number(/\d+/.exec(ownerOf(port) ?? '')?.[0]);
  if (!(pid > 1)) throw new Error(`nobody owns port ${port}`);
  return pid;
}
const verdicts = (experiment: string) => findings.filter((one) => one.experiment === experiment).map((one) => one.verdict);
const recordOf = (name: string) =>
  JSON.parse(readFileSync(join(folder, 'experiments', name, 'experiment.json'), 'utf8')) as ExperimentRecord;

describe('an experiment that breaks', () => {
  it('is unsure, with its own words, and says nothing of the system', () => {
    expect(findings.find(({ experiment, claim }) => experiment === 'breaks' && claim === 'validity:complete')).toMatchObject({
      verdict: 'unsure',
      because: 'it broke: a mistake of its author',
    });
    expect(verdicts('breaks')).not.toContain('fail');
  });

  it.each(['before', 'after', 'scaled'])('does not touch another one: %s passes', (name) => {
    expect(verdicts(name).length).toBeGreaterThanOrEqual(2);
    expect(new Set(verdicts(name))).toEqual(new Set(['pass']));
  });
});

describe('a part that dies between two experiments', () => {
  it('is found before the next one, staged anew, and told as a crash of nobody\u2019s experiment', () => {
    expect(new Set(verdicts('bereaved'))).toEqual(new Set(['pass']));
    expect(findings.find(({ claim }) => claim === 'checker:crashes')).toMatchObject({
      experiment: '(run)',
      verdict: 'fail',
      because: expect.stringContaining('notification ended by itself (SIGKILL)'),
    });
    const marks = readFileSync(join(folder, 'session.ndjson'), 'utf8')
      .trim()
      .split('\n')
      .map((line) => JSON.parse(line) as Mark);
    expect(marks.map(({ kind, name }) => `${kind} ${name}`)).toEqual([
      'mark staged',
      'crash notification',
      'mark unwell',
      'mark staged',
      'mark restaged',
      'mark secrets-sought',
    ]);
  });
});

describe('an experiment whose target lacks a control', () => {
  it('is skipped, with the reason, and weighs nothing', () => {
    expect(findings.filter(({ experiment }) => experiment === 'hurt')).toEqual([
      expect.objectContaining({
        claim: 'validity:controls',
        verdict: 'skipped',
        because: "a local target can't revive, which its faults need",
      }),
    ]);
  });
});

describe('the evidence', () => {
  it('has the stage of each, and what was drawn of it', () => {
    expect(recordOf('scaled').stage?.replicas['backend']).toBe(2);
    expect(recordOf('after').stage?.replicas['backend']).toBe(1);
    expect(recordOf('hurt').faults).toEqual([
      expect.objectContaining({ name: 'kill-redis', do: 'kill', to: 'redis', afterMs: 0, forMs: 0, tolerated: true }),
    ]);
    const seeds = ['before', 'after', 'scaled'].map((name) => recordOf(name).seed);
    expect(new Set(seeds).size).toBe(3);
    const manifest = JSON.parse(readFileSync(join(folder, 'manifest.json'), 'utf8')) as { stages: Record<string, string> };
    expect(manifest.stages['scaled']).toBe('backend 2, frontend 1, notification 1, recurring 1');
  });
});
