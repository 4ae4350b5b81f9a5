/** A session without a single part: a stage that stands as soon as it is asked for, and does what a test wants of it. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Mark } from '../../../harness/evidence/records.ts';
import type { Experiment, WorkloadRun } from '../../../harness/experiment.ts';
import type { SessionOptions } from '../../../harness/run/session.ts';
import type { Staged, Stager, StagePlan } from '../../../harness/stage/stager.ts';
import type { Target } from '../../../harness/stage/target.ts';
import { local } from '../../../harness/stage/local/local.ts';
import { project, system } from '../../own-project.ts';

export const quietTarget: Target = {
  kind: 'local',
  url: () => new URL('http://127.0.0.1:9'),
  replicas: () => [],
  sidecarUrl: () => new URL('http://127.0.0.1:9'),
  authorization: async () => ({}),
  controls: {
    kill: async () => undefined,
    revive: async () => undefined,
    pause: async () => undefined,
    resume: async () => undefined,
  },
  sample: async () => [],
  effectIds: async () => new Set(),
  begin: async () => undefined,
  stillness: async () => ({ unsent: 0, lag: 0 }),
  collect: async () => ({ outbox: [], effects: [], records: [] }),
};

/** `stage` and the rest of what stands may be replaced. */
export function stagerOf({ stage, ...staged }: { stage?: (plan: StagePlan) => Promise<void> } & Partial<Staged>): Stager {
  return {
    ...local,
    tools: () => [],
    async stage(_scope, plan) {
      await stage?.(plan);
      return { target: quietTarget, pages: {}, restage: async () => false, ailments: async () => [], ...staged };
    },
  };
}

export const experimentOf = (
  name: string,
  run: (w: WorkloadRun) => Promise<void> = async () => undefined,
  rest: Partial<Experiment> = {},
): Experiment => ({
  name,
  kind: 'check',
  suite: 'named',
  asks: 'Does it go to its end?',
  proves: [],
  workload: { title: 'what the test does', run },
  slos: [],
  checkers: ['delivery'],
  settleMsMax: 1_000,
  ...rest,
});

export const optionsOf = (
  reports: string,
  experiments: readonly Experiment[],
  rest: Partial<SessionOptions> = {},
): SessionOptions => ({
  experiments,
  project: { ...project, reports },
  system,
  stager: stagerOf({}),
  command: 'run these',
  seed: 1,
  signal: new AbortController().signal,
  say: () => undefined,
  // Long enough for who listens; nobody here needs longer.
  patienceMs: 1_500,
  ...rest,
});

const marksIn = (file: string): Mark[] =>
  readFileSync(file, 'utf8')
    .split('\n')
    .filter((line) => line !== '')
    .map((line) => JSON.parse(line) as Mark);
export const marksOf = (folder: string, experiment: string): Mark[] =>
  marksIn(join(folder, 'experiments', experiment, 'journal.ndjson'));
export const sessionMarks = (folder: string): Mark[] => marksIn(join(folder, 'session.ndjson'));
export const namesOf = (marks: readonly Mark[]): string[] => marks.map(({ kind, name }) => `${kind} ${name}`);
