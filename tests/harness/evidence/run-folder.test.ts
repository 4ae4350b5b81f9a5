import { appendFileSync, mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from '@jest/globals';
import { answerSampler, openJournal } from '../../../harness/evidence/journal.ts';
import { readRun, runPaths, writeJson, writeNdjson } from '../../../harness/evidence/run-folder.ts';
import { runOf } from '../verdict/scene.ts';
import { checkSeal, seal } from '../../../harness/evidence/seal.ts';

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'plumbline-run-'));
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));
const experiment = () => runPaths(folder).experiment('one');

test('what the journal wrote is what the judge reads', async () => {
  const journal = openJournal(experiment());
  journal.op({ at: 2, intendedAt: 1, startedAt: 1, who: 'journey', what: 'create', type: 'ok', eventId: 'a' });
  const answer = { at: 2, what: 'create', method: 'POST', path: '/x', status: 201, contentType: null };
  journal.answer({ ...answer, bodyBytes: 2, body: '{}' });
  journal.answer({ ...answer, bodyBytes: 20_000, body: 'x'.repeat(20_000) });
  journal.mark('mark', 'workload-start');
  await journal.close();
  const [read] = readRun(folder).experiments;
  expect(read).toMatchObject({
    name: 'one',
    folder: 'experiments/one',
    ops: [{ eventId: 'a' }],
    // The long one without its body.
    answers: [
      { ...answer, bodyBytes: 2, body: '{}' },
      { ...answer, bodyBytes: 20_000 },
    ],
    marks: [
      { name: 'workload-start' },
      { name: 'journal-end', detail: { plans: 0, invokes: 0, ops: 1, answers: 2, samples: 0, facts: 0 } },
    ],
    samples: [],
    damage: [],
  });
});

test('of many answers a few of every kind are kept, of the end as of the beginning', () => {
  const sampled = answerSampler();
  const kept = Array.from({ length: 10_000 }, (_, n) => n + 1).filter(() => sampled({ what: 'create', status: 201 }));
  expect(kept.slice(0, 32)).toEqual(Array.from({ length: 32 }, (_, n) => n + 1));
  expect(kept.slice(32, 34)).toEqual([34, 36]);
  expect(kept.length).toBeLessThan(200);
  expect(kept.at(-1)).toBeGreaterThan(9_000);
  expect(sampled({ what: 'create', status: 503 })).toBe(true);
  // However much there was of others: what is rare is kept when it comes late, and so is a body that can't be read.
  for (let n = 0; n < 50; n++) for (let m = 0; m < 100; m++) sampled({ what: `op ${n}`, status: 200 });
  expect(sampled({ what: 'op 1', status: 503 })).toBe(true);
  expect(sampled({ what: 'create', status: 201, unreadable: true })).toBe(true);
});

test('a missing file is not an empty one', () => {
  writeNdjson(join(experiment(), 'effects.ndjson'), []);
  const [read] = readRun(folder).experiments;
  expect(read?.effects).toEqual([]);
  expect(read?.outbox).toBeUndefined();
  expect(read?.record).toBeUndefined();
  const { manifest, schemas, requirements } = readRun(folder);
  expect([manifest, schemas, requirements]).toEqual([undefined, undefined, undefined]);
});

test('rows are the same wherever a piece of the file ends, in whatever alphabet, and however long a line is', () => {
  const event = (n: number) => ({ event_id: `e${n}`, title: 'ä\u{1f331}"event":'.repeat(n === 3 ? 400_000 : 9_000) });
  const records = Array.from({ length: 200 }, (_, n) => ({
    ...{ topic: 't', partition: 0, offset: n, at: n, key: 'k', contentType: 'application/json', id: `e${n}` },
    event: event(n),
  }));
  writeNdjson(join(experiment(), 'records.ndjson'), records);
  const [read] = readRun(folder).experiments;
  expect(read?.damage).toEqual([]);
  expect(read?.records?.map(({ id, offset, event: own }) => ({ id, offset, event: own }))).toEqual(
    records.map(({ id, offset, event: own }) => ({ id, offset, event: own })),
  );
});

test('an event that is not the last field of its row is read as well', () => {
  const row = { topic: 't', partition: 0, offset: 1, at: 1, event: { a: 1 }, key: 'k', contentType: null, id: 'x' };
  writeNdjson(join(experiment(), 'records.ndjson'), [row, { ...row, event: null }]);
  expect(readRun(folder).experiments[0]?.records?.map(({ event }) => event)).toEqual([{ a: 1 }, null]);
});

test('a torn last line is dropped and told', () => {
  writeNdjson(join(experiment(), 'ops.ndjson'), [op]);
  appendFileSync(join(experiment(), 'ops.ndjson'), '{"at":2,"wh');
  const [read] = readRun(folder).experiments;
  expect(read?.ops).toHaveLength(1);
  expect(read?.damage[0]).toContain('ops.ndjson has 1 line');
});

const op = { at: 2, intendedAt: 1, startedAt: 1, who: 'journey', what: 'create', type: 'ok' };
test.each<[string, string, string]>([
  ['is null', 'null', 'it must be object'],
  ['is a list', '[]', 'it must be object'],
  ['has no time', JSON.stringify({ ...op, at: undefined }), "it must have required property 'at'"],
  ['has null for a time', JSON.stringify({ ...op, at: Number.NaN }), 'at must be number'],
  ['has text for a time', JSON.stringify({ ...op, startedAt: '1' }), 'startedAt must be number'],
  [
    'ended in a way that there is not',
    JSON.stringify({ ...op, type: 'fine' }),
    'type must be equal to one of the allowed values',
  ],
])('a row that %s is left out and told, with its line', (_what, line, because) => {
  mkdirSync(experiment(), { recursive: true });
  writeFileSync(join(experiment(), 'ops.ndjson'), `${JSON.stringify(op)}\n${line}\n`);
  const [read] = readRun(folder).experiments;
  expect(read?.ops).toEqual([op]);
  expect(read?.damage).toEqual([`ops.ndjson has 1 line that is no such row, first: ops.ndjson:2: ${because}`]);
});

test.each(['experiment.json', 'manifest.json', 'system.json', 'requirements.json', 'interrupted.json'])(
  'a %s that is something else is damage, not a crash',
  (file) => {
    mkdirSync(experiment(), { recursive: true });
    const paths = runPaths(folder);
    const path = file === 'experiment.json' ? join(experiment(), file) : join(paths.root, file);
    for (const value of [
      'null',
      '7',
      '"text"',
      file === 'requirements.json' ? '{}' : '[]',
      file === 'requirements.json' ? '[{}]' : '{}',
    ]) {
      writeFileSync(path, value);
      const run = readRun(folder);
      const damage = [...run.damage, ...run.experiments.flatMap((one) => one.damage)];
      expect(damage).toEqual([expect.stringContaining(`${file} is not what it should be`)]);
    }
  },
);

test('a folder, or a link, in the place of a file is damage, not a crash', () => {
  mkdirSync(join(experiment(), 'ops.ndjson'), { recursive: true });
  symlinkSync('/etc/hostname', join(experiment(), 'effects.ndjson'));
  const [read] = readRun(folder).experiments;
  expect(read?.damage).toEqual([
    "ops.ndjson can't be read: it is no plain file",
    "effects.ndjson can't be read: it is no plain file",
  ]);
});

test('experiments come in the manifest’s order, those that never began included', () => {
  mkdirSync(runPaths(folder).experiment('b'), { recursive: true });
  mkdirSync(runPaths(folder).experiment('extra'), { recursive: true });
  writeJson(runPaths(folder).manifest, { ...runOf().manifest, experiments: ['b', 'a'] });
  expect(readRun(folder).experiments.map((one) => one.name)).toEqual(['b', 'a', 'extra']);
});

test('a manifest that is not JSON is damage, not a crash', () => {
  writeFileSync(runPaths(folder).manifest, '{');
  expect(readRun(folder).damage[0]).toContain('manifest.json is not JSON');
});

test('schemas are read by file name', () => {
  writeJson(join(runPaths(folder).schemas, 'task-event-v1.0.json'), { type: 'object' });
  expect(readRun(folder).schemas).toEqual({ 'task-event-v1.0': { type: 'object' } });
});

test('a sealed folder is intact, and derived files may come and go', async () => {
  writeNdjson(join(experiment(), 'ops.ndjson'), [{ at: 1 }]);
  await seal(folder);
  writeFileSync(join(folder, 'index.html'), '<html>');
  expect(await checkSeal(folder, ['index.html'])).toEqual({ intact: true, sealDigest: expect.stringMatching(/^[0-9a-f]{64}$/) });
  // What nobody named as derived may be evidence.
  expect(await checkSeal(folder, [])).toMatchObject({ intact: false, because: expect.stringContaining('added index.html') });
});

test.each([
  ['changed', () => appendFileSync(join(experiment(), 'ops.ndjson'), '{}\n')],
  ['missing', () => rmSync(join(experiment(), 'ops.ndjson'))],
  [
    'changed',
    () => {
      rmSync(join(experiment(), 'ops.ndjson'));
      symlinkSync('/dev/null', join(experiment(), 'ops.ndjson'));
    },
  ],
  ['added', () => writeNdjson(join(experiment(), 'more.ndjson'), [{}])],
])('%s evidence breaks the seal', async (what, alter) => {
  writeNdjson(join(experiment(), 'ops.ndjson'), [{ at: 1 }]);
  await seal(folder);
  alter();
  expect(await checkSeal(folder, [])).toMatchObject({
    intact: false,
    because: expect.stringContaining(`${what} experiments/one/`),
  });
});

test('never sealed, or a seal that can not be read', async () => {
  expect((await checkSeal(folder, [])).because).toContain('never sealed');
  writeFileSync(runPaths(folder).sealed, 'nonsense');
  expect(await checkSeal(folder, [])).toMatchObject({ intact: false, because: 'sealed.json can not be read' });
});

test('what file browsers and editors leave behind is named and left aside, before and after', async () => {
  writeNdjson(join(experiment(), 'ops.ndjson'), [op]);
  writeFileSync(join(folder, '.DS_Store'), 'Bud1');
  await seal(folder);
  for (const file of ['Thumbs.db', '._ops.ndjson', '.ops.ndjson.swp', 'ops.ndjson~'])
    writeFileSync(join(experiment(), file), 'x');
  expect(await checkSeal(folder, [])).toMatchObject({
    intact: true,
    strays: expect.arrayContaining(['.DS_Store', 'experiments/one/Thumbs.db', 'experiments/one/ops.ndjson~']),
  });
});
