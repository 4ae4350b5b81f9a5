import { appendFileSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from '@jest/globals';
import { openJournal } from '../../../harness/evidence/journal.ts';
import { readRun, runPaths, writeJson, writeNdjson } from '../../../harness/evidence/run-folder.ts';
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
  journal.mark('mark', 'workload-start');
  await journal.close();
  const [read] = readRun(folder).experiments;
  expect(read).toMatchObject({
    name: 'one',
    folder: 'experiments/one',
    ops: [{ eventId: 'a' }],
    marks: [{ name: 'workload-start' }],
    samples: [],
    damage: [],
  });
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

test('a torn last line is dropped and told', () => {
  writeNdjson(join(experiment(), 'ops.ndjson'), [{ at: 1 }]);
  appendFileSync(join(experiment(), 'ops.ndjson'), '{"at":2,"wh');
  const [read] = readRun(folder).experiments;
  expect(read?.ops).toHaveLength(1);
  expect(read?.damage[0]).toContain('ops.ndjson has 1 line');
});

test('experiments come in the manifest’s order, those that never began included', () => {
  mkdirSync(runPaths(folder).experiment('b'), { recursive: true });
  mkdirSync(runPaths(folder).experiment('extra'), { recursive: true });
  writeJson(runPaths(folder).manifest, { experiments: ['b', 'a'] });
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
  writeFileSync(runPaths(folder).derived('index.html'), '<html>');
  expect(await checkSeal(folder)).toEqual({ intact: true, sealDigest: expect.stringMatching(/^[0-9a-f]{64}$/) });
});

test.each([
  ['changed', () => appendFileSync(join(experiment(), 'ops.ndjson'), '{}\n')],
  ['missing', () => rmSync(join(experiment(), 'ops.ndjson'))],
  ['added', () => writeNdjson(join(experiment(), 'more.ndjson'), [{}])],
])('%s evidence breaks the seal', async (what, alter) => {
  writeNdjson(join(experiment(), 'ops.ndjson'), [{ at: 1 }]);
  await seal(folder);
  alter();
  expect(await checkSeal(folder)).toMatchObject({ intact: false, because: expect.stringContaining(`${what} experiments/one/`) });
});

test('never sealed, or a seal that can not be read', async () => {
  expect((await checkSeal(folder)).because).toContain('never sealed');
  writeFileSync(runPaths(folder).sealed, 'nonsense');
  expect(await checkSeal(folder)).toMatchObject({ intact: false, because: 'sealed.json can not be read' });
});
