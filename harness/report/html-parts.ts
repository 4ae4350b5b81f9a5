/** The few shapes every section of the page is made of. */
import type { Finding } from '../evidence/records.ts';
import { titleOf } from '../verdict/judge.ts';
import { forHtml } from '../for-html.ts';
import { anchorOf, GLYPHS, type Shown } from './words.ts';

export const badge = (verdict: Shown): string =>
  `<span class="badge ${verdict.replaceAll(' ', '-')}"><span aria-hidden="true">${GLYPHS[verdict]}</span> ${verdict}</span>`;

export const findingLink = (finding: Finding, text: string = titleOf(finding)): string =>
  `<a href="#${anchorOf(finding)}">${forHtml(text)}</a>`;

/** A wide table scrolls inside its own frame, which the keyboard can reach. */
export const scrolling = (label: string, table: string): string =>
  `<div class="scroll" role="region" tabindex="0" aria-label="${forHtml(label)}">${table}</div>`;

/** `path`: in the run folder. */
export const evidenceLink = (path: string, text: string): string =>
  `<a href="${forHtml(path.split('/').map(encodeURIComponent).join('/'))}">${forHtml(text)}</a>`;

export function counterExamples(finding: Finding): string {
  if (finding.examples.length === 0) return '';
  const items = finding.examples.map((example) => `<li><code>${forHtml(example)}</code></li>`).join('');
  return `<details><summary>${finding.examples.length} to start from</summary><ul>${items}</ul></details>`;
}
