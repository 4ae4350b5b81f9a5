/** Everything a judged run is rendered to, in the order in which it is written. Add one: its file, its line here. */
import type { Run } from '../evidence/run-folder.ts';
import type { Judged } from '../verdict/judge.ts';
import { html } from './html.ts';
import { findingsJson, verdictJson } from './json.ts';
import { junit } from './junit.ts';
import { markdown } from './markdown.ts';

export interface Output {
  /** In the run folder. */
  readonly file: string;
  readonly render: (run: Run, judged: Judged) => string;
}

/** For programs, and first: should the page fail to render, the judgement is already on disk. */
const plain: readonly Output[] = [
  { file: 'verdict.json', render: (_, judged) => verdictJson(judged) },
  { file: 'findings.json', render: (_, judged) => findingsJson(judged) },
  { file: 'junit.xml', render: (_, judged) => junit(judged) },
  { file: 'summary.md', render: markdown },
];

const besidePage = plain.map(({ file }) => file);
export const outputs: readonly Output[] = [
  ...plain,
  { file: 'index.html', render: (run, judged) => html(run, judged, besidePage) },
];
