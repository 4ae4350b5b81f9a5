/** The requirement matrix: each line of the specification, what shows it, and a link to the finding. */
import type { Judged } from '../verdict/judge.ts';
import { badge } from './html-parts.ts';
import { type Column, type Row, table } from './html-table.ts';
import { forHtml } from '../for-html.ts';
import { anchorOf, shownInWords } from './words.ts';

const columns: readonly Column[] = [{ head: 'Id', className: 'id' }, { head: 'Verdict' }, { head: 'Text' }, { head: 'Shown by' }];
const uncounted = [
  'Of what is shown “partly”, all that was judged holds, and it is not all that the row rests on.',
  '“Not run” rests on experiments that were not part of it,',
  '“by tests” on tests that a judge of evidence does not see,',
  'and “unproved” on nothing yet; none of the four counts in the verdict.',
].join(' ');

const noteOf = (text: string): string => `<p class="note">${forHtml(text)}</p>`;

export function requirementSection(judged: Judged): string {
  if (judged.requirements.length === 0) return '';
  const made = new Set(judged.experiments.flatMap(({ findings }) => findings.map(anchorOf)));
  // A claim that was never made has no evidence to lead to: the finding that says so has.
  const target = (shown: { readonly experiment: string; readonly claim: string }, id: string) =>
    made.has(anchorOf(shown)) ? anchorOf(shown) : anchorOf({ ...shown, claim: `requirement:${id}` });
  const rows = judged.requirements.map((row): Row => {
    const claims = row.shownBy.map((shown, n) => {
      const text = `${shown.claim} in ${shown.experiment}`;
      // Said once, before the first of the claims that show it.
      const sees = shown.sees === undefined || shown.sees === row.shownBy[n - 1]?.sees ? '' : noteOf(shown.sees);
      return shown.verdict === 'not run'
        ? `${sees}${forHtml(text)} ${badge('not run')}`
        : `${sees}<a href="#${target(shown, row.id)}">${forHtml(text)}</a> ${badge(shown.verdict)}`;
    });
    const proof = [...claims, ...row.tests.map((test) => `test <code>${forHtml(test)}</code>`)];
    const note = `${row.open === undefined ? '' : noteOf(`Open: ${row.open}`)}${row.note === undefined ? '' : noteOf(row.note)}`;
    const shown = proof.length > 0 ? `<ul class="plain">${proof.map((item) => `<li>${item}</li>`).join('')}</ul>` : 'nothing yet';
    return {
      id: `requirement--${encodeURIComponent(row.id)}`,
      cells: [forHtml(row.id), badge(row.verdict), `${forHtml(row.text)}${note}`, shown],
    };
  });
  return `<section aria-labelledby="requirements"><h2 id="requirements">Requirements</h2>
<p>${shownInWords(judged.requirements)}. ${uncounted}</p>
${table({ label: 'Requirement matrix', caption: 'What the specification asks, and what shows it', columns, rows })}</section>`;
}
