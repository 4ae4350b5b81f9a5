/** A step summary for a pull request: the verdict, what did not hold, one table an experiment. */
import type { Run } from '../evidence/run-folder.ts';
import { type Judged, repeatLine } from '../verdict/judge.ts';
import { countsOf } from './json.ts';
import { forMarkdown, GLYPHS, measuredOf, promiseOf } from './words.ts';

/** GitHub refuses a summary of a megabyte; a reader refuses one long before. */
const CHARACTERS_MAX = 200_000;

export function markdown(run: Run, judged: Judged): string {
  const sections = judged.experiments.map((experiment) => {
    const asks =
      run.experiments.find((evidence) => evidence.name === experiment.name)?.record?.asks ??
      'It left no record of what it asked.';
    const rows = experiment.findings.map((finding) => {
      const cells = [
        `${GLYPHS[finding.verdict]} ${finding.verdict}`,
        finding.claim,
        promiseOf(finding),
        measuredOf(finding),
        finding.samples,
        finding.because,
      ];
      return `| ${cells.map(forMarkdown).join(' | ')} |`;
    });
    return [
      `### ${GLYPHS[experiment.verdict]} ${forMarkdown(experiment.name)}: ${experiment.verdict}`,
      '',
      forMarkdown(asks),
      '',
      '| verdict | claim | promised | measured | n | because |',
      '|---|---|--:|--:|--:|---|',
      ...rows,
      '',
    ].join('\n');
  });
  const counts = countsOf([...judged.findings, ...judged.experiments.flatMap((experiment) => experiment.findings)]);
  const head = [
    `## ${GLYPHS[judged.verdict]} ${judged.verdict}: ${forMarkdown(judged.because)}`,
    '',
    `Run ${forMarkdown(judged.run)}: ${counts.pass} pass, ${counts.fail} fail, ${counts.unsure} unsure, ${counts.skipped} skipped.`,
    '',
    ...(judged.sealDigest ? [`Seal of its evidence: \`${judged.sealDigest}\``, ''] : []),
    'The line that repeats it:',
    '',
    `    ${repeatLine(run.manifest).replace(/\s+/g, ' ')}`,
    '',
    ...judged.findings
      .filter((finding) => finding.verdict !== 'pass')
      .map((finding) => `- ${GLYPHS[finding.verdict]} ${forMarkdown(finding.claim)}: ${forMarkdown(finding.because)}`),
    '',
  ].join('\n');
  // Whole experiments are left out, never half a table.
  let text = head;
  for (const [index, section] of sections.entries()) {
    if (text.length + section.length > CHARACTERS_MAX)
      return `${text}\n${sections.length - index} more experiments are in index.html.\n`;
    text += `${section}\n`;
  }
  return text;
}
