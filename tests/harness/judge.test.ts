import { execFileSync } from 'node:child_process';
import { cpSync, existsSync, lstatSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { basename, join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it, test } from '@jest/globals';
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
  const { exitCode, judged, table } = await judgeFolder(folder, { outputs: breaking(file) });
  expect(judged.verdict).toBe('fail');
  expect(exitCode).toBe(3);
  expect(table()).toContain(`OUTPUT_BROKE: ${file} could not be written: no ink`);
  for (const other of outputs)
    expect([other.file, existsSync(join(folder, other.file))]).toEqual([other.file, other.file !== file]);
});

test('what an earlier judgement left does not pass for what could not be written', async () => {
  await judgeFolder(folder);
  writeFileSync(join(folder, 'index.html'), 'of yesterday');
  await judgeFolder(folder, { outputs: breaking('index.html') });
  expect(existsSync(join(folder, 'index.html'))).toBe(false);
  expect((await judgeFolder(folder)).exitCode).toBe(1);
});

test('programs can read the verdict although the page broke', async () => {
  await judgeFolder(folder, { outputs: breaking('index.html') });
  expect(JSON.parse(readFileSync(join(folder, 'verdict.json'), 'utf8'))).toMatchObject({ verdict: 'fail', exitCode: 1 });
  expect(outputs[0]?.file).toBe('verdict.json');
});

const everything = (root: string) =>
  readdirSync(root, { recursive: true, encoding: 'utf8' })
    .sort()
    .map((path) => [path, lstatSync(join(root, path)).mtimeMs]);

test('another place for the reports: the folder stays as it is, and they say the same', async () => {
  const [before, out] = [everything(folder), `${folder}-reports`];
  try {
    const { judged } = await judgeFolder(folder, { out });
    expect(everything(folder)).toEqual(before);
    await judgeFolder(folder);
    for (const { file } of outputs)
      expect([file, readFileSync(join(out, file), 'utf8')]).toEqual([file, readFileSync(join(folder, file), 'utf8')]);
    expect(judged.judge).toMatch(/^plumbline \d/);
  } finally {
    rmSync(out, { recursive: true, force: true });
  }
});

describe('a seal that somebody wrote down', () => {
  it.each([64, 12])('is the one it has, by %i digits: judged', async (digits) => {
    const { judged } = await judgeFolder(folder);
    const expected = await judgeFolder(folder, { expect: String(judged.sealDigest).slice(0, digits) });
    expect(expected.exitCode).toBe(1);
  });

  it('is another: whoever sealed it anew convicts and acquits nobody', async () => {
    const { judged, exitCode, table } = await judgeFolder(folder, { expect: 'f'.repeat(64) });
    expect([judged.verdict, exitCode]).toEqual(['unsure', 2]);
    expect(table()).toContain(`its seal is ${judged.sealDigest}, and ${'f'.repeat(64)} was expected`);
  });

  it.each(['', 'f', 'F'.repeat(64), 'x'.repeat(64), 'f'.repeat(65)])('that is none (%j) is told', async (none) => {
    await expect(judgeFolder(folder, { expect: none })).rejects.toThrow('SEAL_INVALID');
  });

  it('stands wherever a log may keep it', async () => {
    const { judged, table } = await judgeFolder(folder);
    const seal = String(judged.sealDigest);
    expect(seal).toMatch(/^[0-9a-f]{64}$/);
    expect(table()).toContain(seal);
    for (const { file } of outputs)
      if (file !== 'findings.json') expect([file, readFileSync(join(folder, file), 'utf8').includes(seal)]).toEqual([file, true]);
  });
});

test('the same bytes on another machine: time zone, language, folder', () => {
  const elsewhere = mkdtempSync(join(tmpdir(), 'plumbline-elsewhere-'));
  try {
    const copy = join(elsewhere, basename(folder));
    cpSync(folder, copy, { recursive: true });
    const cli = join(import.meta.dirname, '../../harness/cli.ts');
    const judgedBy = (cwd: string, of: string, env: object) =>
      execFileSync(process.execPath, [cli, 'judge', of, '--out', `${of}-reports`], {
        cwd,
        env: { ...process.env, ...env },
        stdio: ['ignore', 'pipe', 'pipe'],
      });
    // Guilty: it ends with 1, which execFileSync throws.
    expect(() => judgedBy('/', folder, { TZ: 'UTC', LANG: 'C', LC_ALL: 'C' })).toThrow();
    expect(() => judgedBy(elsewhere, copy, { TZ: 'Asia/Tokyo', LANG: 'de_DE.UTF-8', LC_ALL: 'de_DE.UTF-8' })).toThrow();
    const read = (root: string, file: string) => readFileSync(join(`${root}-reports`, file), 'utf8');
    for (const { file } of outputs) expect([file, read(folder, file)]).toEqual([file, read(copy, file)]);
  } finally {
    rmSync(elsewhere, { recursive: true, force: true });
    rmSync(`${folder}-reports`, { recursive: true, force: true });
  }
});
