/** What an experiment left behind: each file, what it holds, and which claims were read from it. */
import { type EvidenceKind, evidenceFiles, evidenceKinds } from '../evidence/files.ts';
import type { Finding } from '../evidence/records.ts';
import type { ExperimentEvidence } from '../evidence/run-folder.ts';
import { forHtml } from '../for-html.ts';
import { evidenceLink, findingLink } from './html-parts.ts';
import { type Column, type Row, table } from './html-table.ts';

const columns: readonly Column[] = [{ head: 'File' }, { head: 'Holds' }, { head: 'Lines', number: true }, { head: 'Read for' }];

export function evidenceTable(evidence: ExperimentEvidence, findings: readonly Finding[]): string {
  const rows = evidenceKinds.flatMap((kind) => fileRow(kind, evidence, findings));
  if (rows.length === 0) return '<p class="evidence">It left no evidence.</p>';
  const caption = 'Each file, what it holds, and what was read from it';
  return [
    `<details class="evidence"><summary>Evidence: ${rows.length} files</summary>`,
    table({ label: `Evidence of ${evidence.name}`, caption, columns, rows }),
    '</details>',
  ].join('');
}

/** None where nothing was kept and nobody missed it: not every experiment asks for facts. */
function fileRow(kind: EvidenceKind, evidence: ExperimentEvidence, findings: readonly Finding[]): Row[] {
  const { name, holds } = evidenceFiles[kind];
  const path = `${evidence.folder}/${name}`;
  const lines = evidence[kind]?.length;
  const readers = findings.filter((finding) => finding.evidence.includes(path));
  if (lines === undefined && readers.length === 0) return [];
  const file = lines === undefined ? `<span class="absent">${name} is missing</span>` : evidenceLink(path, name);
  const claims = readers.map((finding) => findingLink(finding, finding.claim)).join(', ');
  return [{ cells: [file, forHtml(holds), lines?.toLocaleString('en-US') ?? '–', claims || '–'] }];
}
