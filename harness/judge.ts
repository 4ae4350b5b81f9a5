/** Step 7 alone: reads a run's folder, judges it, writes every report. Repeatable, and never touches the evidence. */
import { existsSync, realpathSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { readRun, SEAL_FILE } from './evidence/run-folder.ts';
import { checkSeal } from './evidence/seal.ts';
import { type Output, outputs as allOutputs } from './report/outputs.ts';
import { terminal } from './report/terminal.ts';
import { type Judged, judge } from './verdict/judge.ts';
import { exitCodeOf } from './verdict/merge.ts';

export interface JudgedFolder {
  readonly judged: Judged;
  /** 0 pass, 1 fail, 2 unsure; 3 when an output could not be written, whatever the verdict: the harness broke. */
  readonly exitCode: 0 | 1 | 2 | 3;
  /** The table for the end of `verify`, and below it what could not be written. */
  readonly table: (options?: { readonly colour?: boolean }) => string;
}

export async function judgeFolder(folder: string, outputs: readonly Output[] = allOutputs): Promise<JudgedFolder> {
  // Through a link like `latest` too, the run keeps its own name: the same evidence gives the same bytes.
  if (!existsSync(join(folder, 'manifest.json')) && !existsSync(join(folder, SEAL_FILE))) {
    throw new Error(
      `NO_RUN: ${folder} holds no run (neither manifest.json nor ${SEAL_FILE}). Try: npx plumbline judge reports/latest`,
    );
  }
  const own = realpathSync(folder);
  const seal = await checkSeal(
    own,
    outputs.map(({ file }) => file),
  );
  const run = readRun(own);
  const judged = judge(run, seal);
  const unwritten = outputs.flatMap(({ file, render }) => {
    const path = join(own, file);
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
