/** One experiment: its question, its objectives as a table, its plots, the invariants with their counter-examples, its evidence. */
import { faultInWords, stageInWords } from '../evidence/in-words.ts';
import type { ExperimentRecord } from '../evidence/records.ts';
import type { ExperimentEvidence } from '../evidence/run-folder.ts';
import { forHtml } from '../for-html.ts';
import type { Judged } from '../verdict/judge.ts';
import { claimTable } from './html-claims.ts';
import { evidenceTable } from './html-evidence.ts';
import { figures } from './html-figures.ts';
import { badge } from './html-parts.ts';
import type { Series } from './series.ts';
import { anchorOfExperiment } from './words.ts';

const objectiveTable = {
  title: 'Objectives',
  caption: 'The objective, what was promised and what was measured',
};
const otherTable = {
  title: 'Invariants, sightings and validity',
  caption: 'What must always hold, what must have been seen, and whether the experiment itself was sound',
};

export function experimentSection(
  evidence: ExperimentEvidence,
  judged: Judged,
  index: number,
  series: Series | undefined,
): string {
  const experiment = judged.experiments[index];
  if (!experiment) return '';
  const { record, name } = evidence;
  const { findings, verdict } = experiment;
  const anchor = anchorOfExperiment(name);
  const isObjective = ({ claim }: { readonly claim: string }) => claim.startsWith('slo:');
  return `<section class="experiment" aria-labelledby="${anchor}">
<h2 id="${anchor}"><a class="self" href="#${anchor}">${forHtml(name)}</a> ${badge(verdict)}</h2>
<p class="question">${forHtml(record?.asks ?? 'It left no record of what it asked.')}</p>
<p class="terms">${terms(record)}</p>
${claimTable(objectiveTable, findings.filter(isObjective), evidence)}
${claimTable(
  otherTable,
  findings.filter((one) => !isObjective(one)),
  evidence,
)}
${series ? figures(series, index, evidence) : '<p class="note">It left no operation and no mark, so there is nothing to plot.</p>'}
${evidenceTable(evidence, findings)}
</section>`;
}

/** Its kind, how it was loaded, what was broken, what it stood on, what it is for. */
function terms(record: ExperimentRecord | undefined): string {
  if (!record) return '';
  const said = [
    record.kind,
    record.workload,
    ...(record.faults.length > 0 ? [`faults: ${record.faults.map(faultInWords).join('; ')}`] : []),
    ...(record.stage ? [`on ${stageInWords(record.stage)}`] : []),
    ...(record.proves.length > 0 ? [`for ${record.proves.join(', ')}`] : []),
  ];
  return said.map(forHtml).join(' <span aria-hidden="true">·</span> ');
}
