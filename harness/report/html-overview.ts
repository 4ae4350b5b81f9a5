/** The page's contents: may the numbers be trusted, what was asked, and where is each experiment. */
import type { ExperimentRecord, Finding } from '../evidence/records.ts';
import type { Run } from '../evidence/run-folder.ts';
import { forHtml } from '../for-html.ts';
import { type Judged, type JudgedExperiment, WHOLE_RUN } from '../verdict/judge.ts';
import { badge, findingLink } from './html-parts.ts';
import { type Column, type Row, table } from './html-table.ts';
import { countsOf, findingsOf } from './json.ts';
import { anchorOf, anchorOfExperiment } from './words.ts';

export function overview(run: Run, judged: Judged): string {
  const strip = findingsOf(judged).filter(
    ({ experiment, claim }) => experiment === WHOLE_RUN || /^(validity|requirement):/.test(claim),
  );
  const rows = judged.experiments.map((experiment, index) => overviewRow(experiment, run.experiments[index]?.record));
  const caption = 'What was asked, and how many claims held';
  return `<section aria-labelledby="validity"><h2 id="validity">Can it be trusted?</h2>
<ul class="strip">${strip.map(trustItem).join('\n')}</ul></section>
<section aria-labelledby="experiments"><h2 id="experiments">Experiments</h2>
${table({ label: 'Experiments and their verdicts', caption, columns, rows })}</section>`;
}

/** What has no row in an experiment's table is told here in full; the rest is a link to its row. */
function trustItem(finding: Finding): string {
  const why = `<span class="why">${forHtml(finding.because)}</span>`;
  const ofRun = finding.experiment === WHOLE_RUN;
  if (!ofRun && !finding.claim.startsWith('requirement:'))
    return `<li>${badge(finding.verdict)} ${findingLink(finding)}${why}</li>`;
  const name = ofRun ? finding.claim : `${finding.experiment}: ${finding.claim}`;
  return `<li id="${anchorOf(finding)}">${badge(finding.verdict)} <b>${forHtml(name)}</b>${why}</li>`;
}

const columns: readonly Column[] = [
  { head: 'Experiment' },
  { head: 'Verdict' },
  { head: 'Kind' },
  { head: 'Question' },
  { head: 'Held', number: true },
];
const openShown = 4;

function overviewRow({ name, verdict, findings }: JudgedExperiment, record: ExperimentRecord | undefined): Row {
  const counts = countsOf(findings);
  const open = findings.filter((finding) => finding.verdict === 'fail' || finding.verdict === 'unsure');
  const links = open.slice(0, openShown).map((finding) => findingLink(finding, finding.claim));
  const more = open.length > openShown ? ` and ${open.length - openShown} more` : '';
  const asks = forHtml(record?.asks ?? 'No record of what it asked.');
  return {
    cells: [
      `<a href="#${anchorOfExperiment(name)}">${forHtml(name)}</a>`,
      badge(verdict),
      forHtml(record?.kind ?? ''),
      open.length === 0 ? asks : `${asks}<br><small>${links.join(', ')}${more}</small>`,
      `${counts.pass} of ${findings.length - counts.skipped}`,
    ],
  };
}
