/** What was claimed of an experiment, what was measured, and why that is the verdict: a table of findings. */
import { evidenceFiles, evidenceKinds } from '../evidence/files.ts';
import type { Finding, Slo } from '../evidence/records.ts';
import type { ExperimentEvidence } from '../evidence/run-folder.ts';
import { forHtml } from '../for-html.ts';
import { badge, counterExamples, evidenceLink } from './html-parts.ts';
import { type Column, type Row, table } from './html-table.ts';
import { anchorOf, measuredOf, numberOf, promiseOf } from './words.ts';

const columns: readonly Column[] = [
  { head: 'Claim' },
  { head: 'Promised', number: true },
  { head: 'Measured', number: true },
  { head: 'n', number: true },
  { head: 'Verdict' },
  { head: 'Because', className: 'because' },
];

export function claimTable(
  { title, caption }: { readonly title: string; readonly caption: string },
  findings: readonly Finding[],
  evidence: ExperimentEvidence,
): string {
  if (findings.length === 0) return '';
  const rows = findings.map((finding) => claimRow(finding, evidence));
  return `<h3>${title}</h3>\n${table({ label: `${title} of ${evidence.name}`, caption, columns, rows, className: 'claims' })}`;
}

function claimRow(finding: Finding, evidence: ExperimentEvidence): Row {
  const slo = evidence.record?.slos.find(({ name }) => `slo:${name}` === finding.claim);
  const scope = slo ? [slo.metric, slo.stat, slo.op && `of ${slo.op}`, windowsOf(slo)].filter(Boolean).join(' · ') : undefined;
  const anchor = anchorOf(finding);
  const claim = [
    `<a class="self" href="#${anchor}">${forHtml(finding.claim.replace(/^slo:/, ''))}</a>`,
    `<span class="asks">${forHtml(finding.asks)}</span>`,
    ...(scope === undefined ? [] : [`<small>${forHtml(scope)}</small>`]),
  ].join('<br>');
  const measured = finding.expected === null ? '–' : evidenceLink(placeOf(finding, evidence), measuredOf(finding));
  return {
    id: anchor,
    className: finding.verdict,
    cells: [
      claim,
      forHtml(promiseOf(finding)) || '–',
      measured,
      numberOf(finding.samples),
      badge(finding.verdict),
      `${forHtml(finding.because)}${counterExamples(finding)}`,
    ],
  };
}

const windowsOf = ({ window, against }: Slo): string =>
  against === undefined ? `${window} window` : `${window} against ${against}`;

/** The file it rests on. A link to one that was never written helps nobody: the folder then. */
function placeOf(finding: Finding, evidence: ExperimentEvidence): string {
  const [file] = finding.evidence;
  const never = evidenceKinds.some((kind) => !evidence[kind] && file === `${evidence.folder}/${evidenceFiles[kind].name}`);
  return file === undefined || never ? `${evidence.folder}/` : file;
}
