/** Step 7 alone: reads a run's folder, judges it, writes every report. Repeatable, and never touches the evidence. */
import { existsSync, realpathSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { readRun, runPaths, SEAL_FILE } from './evidence/run-folder.ts';
import { checkSeal } from './evidence/seal.ts';
import { html } from './report/html.ts';
import { findingsJson, verdictJson } from './report/json.ts';
import { junit } from './report/junit.ts';
import { markdown } from './report/markdown.ts';
import { terminal } from './report/terminal.ts';
import { type Judged, judge } from './verdict/judge.ts';
import { exitCodeOf } from './verdict/merge.ts';

export interface JudgedFolder {
  readonly judged: Judged;
  /** 0 pass, 1 fail, 2 unsure. */
  readonly exitCode: 0 | 1 | 2;
  /** The table for the end of `verify`. */
  readonly table: (options?: { readonly colour?: boolean }) => string;
  /** The page for a reviewer. */
  readonly page: string;
}

export async function judgeFolder(folder: string): Promise<JudgedFolder> {
  // Through a link like `latest` too, the run keeps its own name: the same evidence gives the same bytes.
  if (!existsSync(join(folder, 'manifest.json')) && !existsSync(join(folder, SEAL_FILE))) {
    throw new Error(
      `NO_RUN: ${folder} holds no run (neither manifest.json nor ${SEAL_FILE}). Try: npx plumbline judge reports/latest`,
    );
  }
  const own = realpathSync(folder);
  const paths = runPaths(own);
  const seal = await checkSeal(own);
  const run = readRun(own);
  const judged = judge(run, seal);
  // The machine-readable verdict first: should a page fail to render, the judgement is already on disk.
  writeFileSync(paths.derived('findings.json'), findingsJson(judged));
  writeFileSync(paths.derived('verdict.json'), verdictJson(judged));
  writeFileSync(paths.derived('junit.xml'), junit(judged));
  writeFileSync(paths.derived('summary.md'), markdown(run, judged));
  writeFileSync(paths.derived('index.html'), html(run, judged));
  return {
    judged,
    exitCode: exitCodeOf(judged.verdict),
    table: (options) => terminal(run, judged, options),
    page: paths.derived('index.html'),
  };
}
