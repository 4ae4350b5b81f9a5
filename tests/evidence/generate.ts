/**
 * Writes the sealed run folders beside this file: one innocent run, and for each way to be guilty one that differs from
 * it in exactly that. Seeded, with a fixed clock: the same bytes each time.
 *   node tests/evidence/generate.ts [into]
 */
import { copyFileSync, mkdirSync, readFileSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import type { Interruption, Manifest, Mark, Requirement } from '../../harness/evidence/records.ts';
import { runPaths, writeJson, writeNdjson } from '../../harness/evidence/run-folder.ts';
import { seal } from '../../harness/evidence/seal.ts';
import { stageInWords } from '../../harness/evidence/in-words.ts';
import { BEGAN, drill, load, SEED, stage, type Story } from './stories.ts';
import { system } from './system.ts';

interface Case {
  /** What was looked through for what, where somebody looked: the older cases are from before that was done. */
  readonly logs?: { readonly files: number; readonly lines: number; readonly secrets: readonly string[] };
  readonly name: string;
  readonly stories: readonly Story[];
  readonly interrupted?: Interruption;
  /** What somebody does to the folder after it was sealed. */
  readonly afterwards?: (folder: string) => void;
}

const requirements: readonly Requirement[] = [
  {
    id: 'SC-007',
    text: 'CRUD stays fast while events are published.',
    shownBy: [{ experiment: 'steady-load', claims: ['slo:answer-p50'] }],
  },
  {
    id: 'SC-006',
    text: 'Each event takes effect exactly once.',
    shownBy: [{ experiment: 'broker-killed', claims: ['checker:delivery'] }],
  },
  {
    id: 'FR-024',
    text: 'Task events keep their schema.',
    shownBy: [{ experiment: 'steady-load', claims: ['checker:conformance', 'slo:contract-kept'] }],
  },
  {
    id: 'US1.2',
    text: 'Completing a task says so.',
    shownBy: [{ experiment: 'not-in-this-run', claims: ['checker:crud-events'] }],
  },
  { id: 'EDGE-kafka', text: 'Nothing stops when the broker does.', shownBy: [], note: 'Rests on SC-006 here.' },
  { id: 'FR-012', text: 'Sidecars are called through axios only.', shownBy: [], tests: ['tests/doors.test.ts'] },
  { id: 'SC-013', text: 'A local cluster runs everything.', shownBy: [], note: 'Nothing proves it yet.' },
];

export const cases: readonly Case[] = [
  { name: 'good', stories: [load(), drill()] },
  { name: 'lost', stories: [drill((s) => s.loseEffect(17))] },
  { name: 'twice', stories: [drill((s) => s.repeatEffect(23))] },
  { name: 'out-of-order', stories: [drill((s) => s.swapEffects(4))] },
  { name: 'too-few-vus', stories: [load((s) => s.starveGenerator())] },
  { name: 'fault-did-nothing', stories: [drill((s) => s.silenceCounter())] },
  { name: 'still-on-its-way', stories: [drill((s) => s.leaveInOutbox(3))] },
  { name: 'second-task', stories: [load((s) => s.secondTask(4))] },
  {
    name: 'given-up',
    stories: [
      drill((s) => {
        s.leaveInOutbox(3);
        s.giveUp();
      }),
    ],
  },
  {
    name: 'tampered',
    stories: [drill((s) => s.loseEffect(17))],
    // Somebody puts the lost effect back by hand. Without the seal this run would pass.
    afterwards: (folder) => {
      const rows = (file: string) =>
        readFileSync(join(folder, 'experiments', 'broker-killed', file), 'utf8')
          .trimEnd()
          .split('\n')
          .map((line) => JSON.parse(line));
      const effects = rows('effects.ndjson');
      const applied = new Set(effects.map((effect) => effect.eventId));
      const index = rows('outbox.ndjson').findIndex((row) => !applied.has(row.eventId));
      const { eventId, eventType, key, sentAt } = rows('outbox.ndjson')[index];
      effects.splice(17, 0, { seq: 18, eventId, eventType, key, at: sentAt + 12, consumer: 'notices' });
      writeNdjson(join(folder, 'experiments', 'broker-killed', 'effects.ndjson'), effects);
    },
  },
  {
    name: 'missing-effects-file',
    stories: [drill((s) => s.forget('effects'))],
  },
  { name: 'wrong-event', stories: [load((s) => s.breakEvent(9))] },
  { name: 'wrong-answer', stories: [load((s) => s.breakAnswer(7))] },
  { name: 'slower-arm', stories: [load((s) => s.slowArm())] },
  { name: 'never-completed', stories: [drill((s) => s.refuseCompletions())] },
  { name: 'nameless', stories: [drill((s) => s.muteCreates())] },
  { name: 'vanished', stories: [load((s) => s.loseCompletions())] },
  { name: 'never-healed', stories: [drill((s) => s.neverHeal())] },
  { name: 'interrupted', stories: [load((s) => s.cutShort())], interrupted: { because: 'Ctrl-C while steady-load was running' } },
];

/** Of the end of the journal: how many rows each file got, as the harness tells it. What was cut short was never told. */
function counted(files: Story['files']): Mark[] {
  const { journal } = files;
  const collected = journal.find(({ name }) => name === 'collected');
  if (!collected) return journal;
  const sizes = (kinds: readonly (keyof Story['files'])[]) =>
    Object.fromEntries(kinds.map((kind) => [kind, files[kind]?.length ?? 0]));
  return [
    ...journal.map((mark) => (mark === collected ? { ...mark, detail: sizes(['outbox', 'effects', 'records']) } : mark)),
    {
      at: collected.at + 1,
      kind: 'mark',
      name: 'journal-end',
      detail: sizes(['plans', 'invokes', 'ops', 'answers', 'samples', 'facts']),
    },
  ];
}

export async function write(one: Case, into: string): Promise<void> {
  const folder = join(into, one.name);
  rmSync(folder, { recursive: true, force: true });
  const paths = runPaths(folder);
  const manifest: Manifest = {
    format: 1,
    run: one.name,
    repeat: `npm run verify -- --seed 7 --only ${one.stories.map((story) => story.record.name).join(',')}`,
    startedAt: '2026-03-02T08:59:30.000Z',
    seed: SEED,
    commit: '0123456789abcdef0123456789abcdef01234567',
    dirty: false,
    target: 'local',
    ...(one.logs && { logsSearched: true }),
    experiments: one.stories.map((story) => story.record.name),
    stages: Object.fromEntries(one.stories.map(({ record }) => [record.name, stageInWords(stage)])),
    tools: { daprd: { version: '1.16.1', from: 'release' }, kafka: { version: '4.1.0', from: 'maven', flavour: 'kraft' } },
    machine: { cpu: 'generated', cores: 2, memoryGiB: 24 },
    settings: { ratePerSecond: 20 },
  };
  writeJson(paths.manifest, manifest);
  writeJson(paths.system, system);
  writeJson(paths.requirements, requirements);
  const staged = { at: BEGAN - 1_000, kind: 'mark', name: 'staged', detail: { stage, tookMs: 5_000 } } satisfies Mark;
  const sought = {
    at: BEGAN + 3_600_000,
    kind: 'mark',
    name: 'secrets-sought',
    detail: { ...one.logs, told: 0, where: [] },
  } satisfies Mark;
  writeNdjson(paths.session, one.logs ? [staged, sought] : [staged]);
  mkdirSync(paths.schemas, { recursive: true });
  for (const schema of ['task-event-v1.0.json', 'openapi.json'])
    copyFileSync(join(import.meta.dirname, schema), join(paths.schemas, schema));
  if (one.interrupted) writeJson(paths.interrupted, one.interrupted);
  for (const { record, files } of one.stories) {
    writeJson(join(paths.experiment(record.name), 'experiment.json'), record);
    for (const [file, rows] of Object.entries({ ...files, journal: counted(files) }))
      if (rows) writeNdjson(join(paths.experiment(record.name), `${file}.ndjson`), rows);
  }
  await seal(folder);
  one.afterwards?.(folder);
}

if (import.meta.main) {
  for (const one of cases) await write(one, process.argv[2] ?? import.meta.dirname);
}
