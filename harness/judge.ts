/** Step 7 alone: reads a run's folder, judges it, writes every report. Repeatable, and never touches the evidence. */
import { existsSync, mkdirSync, realpathSync, rmSync, writeFileSync } from 'node:fs';
import { isAbsolute, join, relative, resolve, sep } from 'node:path';
import { readRun, SEAL_FILE } from './evidence/run-folder.ts';
import { checkSeal } from './evidence/seal.ts';
import { type Output, outputs as allOutputs } from './report/outputs.ts';
import { terminal } from './report/terminal.ts';
import { type Judged, judge } from './verdict/judge.ts';
import { exitCodeOf } from './verdict/merge.ts';
import { EVIDENCE_FORMAT, VERSION } from './version.ts';

const by = `plumbline ${VERSION}, evidence ${EVIDENCE_FORMAT}`;

export interface JudgedFolder {
  readonly judged: Judged;
  /** 0 pass, 1 fail, 2 unsure; 3 when an output could not be written, whatever the verdict: the harness broke. */
  readonly exitCode: 0 | 1 | 2 | 3;
  /** The table for the end of `verify`, and below it what could not be written. */
  readonly table: (options?: { readonly colour?: boolean }) => string;
}

export interface JudgeOptions {
  /** The seal that somebody wrote down (in a CI log, say), or how it begins: other evidence decides nothing. */
  readonly expect?: string;
  /** Where the reports go; default: into the run's folder. */
  readonly out?: string;
  readonly outputs?: readonly Output[];
}

export async function judgeFolder(
  folder: string,
  { expect, out, outputs = allOutputs }: JudgeOptions = {},
): Promise<JudgedFolder> {
  if (expect !== undefined && !/^[0-9a-f]{12,64}$/.test(expect))
    throw new Error(`SEAL_INVALID: --expect ${expect}: a seal is 64 digits 0-9 a-f, of which the first 12 or more will do`);
  // Through a link like `latest` too, the run keeps its own name: the same evidence gives the same bytes.
  if (!existsSync(join(folder, 'manifest.json')) && !existsSync(join(folder, SEAL_FILE))) {
    throw new Error(
      `NO_RUN: ${folder} holds no run (neither manifest.json nor ${SEAL_FILE}). Try: npx plumbline judge reports/latest`,
    );
  }
  const own = realpathSync(folder);
  const into = out === undefined ? own : claimed(out, own);
  const checked = await checkSeal(
    own,
    outputs.map(({ file }) => file),
  );
  const seal =
    expect === undefined || checked.sealDigest?.startsWith(expect)
      ? checked
      : { ...checked, intact: false, because: `its seal is ${checked.sealDigest ?? 'missing'}, and ${expect} was expected` };
  const run = readRun(own);
  const judged = judge(run, seal, by);
  const unwritten = outputs.flatMap(({ file, render }) => {
    const path = join(into, file);
    try {
      // Nothing is better than what an earlier judgement left.
      rmSync(path, { force: true });
      writeFileSync(path, render(run, judged));
      return [];
    } catch (cause) {
      return [`${file} could not be written: ${cause instanceof Error ? cause.message : String(cause)}`];
    }
  });
  return {
    judged,
    exitCode: unwritten.length > 0 ? 3 : exitCodeOf(judged.verdict),
    table: (options) => [terminal(run, judged, options), ...unwritten.map((sentence) => `OUTPUT_BROKE: ${sentence}\n`)].join(''),
  };
}

/** Elsewhere means elsewhere: what was written among the evidence would break its seal. */
function claimed(out: string, run: string): string {
  const refuseWithin = (folder: string) => {
    const way = relative(run, folder);
    if (way !== '' && way.split(sep)[0] !== '..' && !isAbsolute(way))
      throw new Error(
        `OUT_UNUSABLE: ${out} lies in the run folder, where it would be taken for evidence. Name another with --out`,
      );
    return folder;
  };
  refuseWithin(resolve(out));
  try {
    mkdirSync(out, { recursive: true });
  } catch (cause) {
    throw new Error(`OUT_UNUSABLE: ${out} is no folder to write to: ${(cause as Error).message}. Name another with --out`, {
      cause,
    });
  }
  return refuseWithin(realpathSync(out));
}
