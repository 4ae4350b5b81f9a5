import { execFileSync } from 'node:child_process';
import {
  cpSync,
  existsSync,
  lstatSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
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
    // Under another name, too: only the manifest says how the run is called.
    const copy = join(elsewhere, 'renamed');
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

test('a document that lies there unsealed, as a file browser would leave it, vouches for nothing', async () => {
  rmSync(folder, { recursive: true });
  cpSync(join(import.meta.dirname, '../evidence/wrong-answer'), folder, { recursive: true });
  const loose = JSON.stringify(JSON.parse(readFileSync(join(folder, 'schemas/openapi.json'), 'utf8')), (key, value: unknown) =>
    key === 'schema' ? {} : value,
  );
  const before = (await judgeFolder(folder)).judged;
  expect(before.verdict).toBe('fail');
  writeFileSync(join(folder, 'schemas/._openapi.json'), loose);
  expect((await judgeFolder(folder)).judged.experiments).toEqual(before.experiments);
  // The crime it would have hidden: read as a document, it vouches for the answer.
  writeFileSync(join(folder, 'schemas/openapi-2.json'), loose);
  const { judged } = await judgeFolder(folder);
  expect(judged.experiments.flatMap(({ findings }) => findings).find(({ claim }) => claim === 'checker:answers')?.verdict).toBe(
    'pass',
  );
  expect(judged.verdict).toBe('unsure');
});

test.each<[string, (file: string) => void]>([
  ['a folder', (file) => mkdirSync(file)],
  ['a pipe', (file) => void execFileSync('mkfifo', [file])],
  ['a link', (file) => symlinkSync('manifest.json', file)],
])('a seal that is %s is told, and waited for by nobody', async (_, replace) => {
  rmSync(join(folder, 'sealed.json'));
  replace(join(folder, 'sealed.json'));
  const { judged, exitCode } = await judgeFolder(folder);
  expect(judged.because).toContain('sealed.json can not be read');
  expect(exitCode).toBe(2);
});

test.each<[string, () => string]>([
  ['in the run folder', () => join(folder, 'again')],
  ['in a folder of the evidence', () => join(folder, 'experiments')],
  [
    'in the run folder by a link',
    () => {
      symlinkSync(join(folder, 'experiments'), `${folder}-link`);
      return `${folder}-link`;
    },
  ],
  ['in a file', () => join(folder, 'manifest.json')],
])('reports %s: refused, and nothing is written', async (_, out) => {
  const named = out();
  const before = everything(folder);
  try {
    await expect(judgeFolder(folder, { out: named })).rejects.toThrow(/^OUT_UNUSABLE: /);
    expect(everything(folder)).toEqual(before);
  } finally {
    rmSync(`${folder}-link`, { force: true });
  }
});
