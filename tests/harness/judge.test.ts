import { cpSync, existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from '@jest/globals';
import { judgeFolder } from '../../harness/judge.ts';
import { type Output, outputs } from '../../harness/report/outputs.ts';

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'plumbline-judge-'));
  cpSync(join(import.meta.dirname, '../evidence/lost'), folder, { recursive: true });
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

/** The outputs, one of which throws. */
const breaking = (file: string): Output[] =>
  outputs.map((one) =>
    one.file === file
      ? {
          file,
          render: () => {
            throw new Error('no ink');
          },
        }
      : one,
  );

test.each(outputs.map(({ file }) => file))('%s: should it fail, it is told, and the others are there', async (file) => {
  const { exitCode, judged, table } = await judgeFolder(folder, breaking(file));
  expect(judged.verdict).toBe('fail');
  expect(exitCode).toBe(3);
  expect(table()).toContain(`OUTPUT_BROKE: ${file} could not be written: no ink`);
  for (const other of outputs)
    expect([other.file, existsSync(join(folder, other.file))]).toEqual([other.file, other.file !== file]);
});

test('what an earlier judgement left does not pass for what could not be written', async () => {
  await judgeFolder(folder);
  writeFileSync(join(folder, 'index.html'), 'of yesterday');
  await judgeFolder(folder, breaking('index.html'));
  expect(existsSync(join(folder, 'index.html'))).toBe(false);
  expect((await judgeFolder(folder)).exitCode).toBe(1);
});

test('programs can read the verdict although the page broke', async () => {
  await judgeFolder(folder, breaking('index.html'));
  expect(JSON.parse(readFileSync(join(folder, 'verdict.json'), 'utf8'))).toMatchObject({ verdict: 'fail', exitCode: 1 });
  expect(outputs[0]?.file).toBe('verdict.json');
});
