/** The table at the end of `verify`: every claim that did not hold, one line for each experiment that did. */
import type { Verdict } from '../evidence/records.ts';
import type { Run } from '../evidence/run-folder.ts';
import { type Judged, repeatLine } from '../verdict/judge.ts';
import { countsOf } from './json.ts';
import { forTerminal, GLYPHS, measuredOf, promiseOf, shownInWords } from './words.ts';

const COLOURS: Readonly<Record<Verdict, string>> = { pass: '32', fail: '31', unsure: '33', skipped: '90' };

export function terminal(run: Run, judged: Judged, { colour = false }: { readonly colour?: boolean } = {}): string {
  const badge = (verdict: Verdict) => {
    const text = `${GLYPHS[verdict]} ${verdict}`.padEnd(9);
    return colour ? `\u001b[${COLOURS[verdict]}m${text}\u001b[0m` : text;
  };
  const width = Math.max(10, ...judged.experiments.map((experiment) => experiment.name.length));
  const lines: string[] = [''];
  for (const { name, verdict, findings } of judged.experiments) {
    const counts = countsOf(findings);
    const rest = [
      counts.fail && `${counts.fail} fail`,
      counts.unsure && `${counts.unsure} unsure`,
      counts.skipped && `${counts.skipped} skipped`,
    ];
    lines.push(
      `${badge(verdict)} ${forTerminal(name).padEnd(width)}  ${[`${counts.pass} pass`, ...rest.filter(Boolean)].join(', ')}`,
    );
    for (const finding of findings.filter((one) => one.verdict === 'fail' || one.verdict === 'unsure')) {
      const numbers =
        promiseOf(finding) === ''
          ? ''
          : `  (promised ${promiseOf(finding)}, measured ${measuredOf(finding)}, n = ${finding.samples})`;
      lines.push(
        `  ${badge(finding.verdict)} ${forTerminal(finding.claim)}${forTerminal(numbers)}`,
        `            ${forTerminal(finding.because)}`,
      );
    }
  }
  for (const finding of judged.findings.filter((one) => one.verdict !== 'pass')) {
    lines.push(`${badge(finding.verdict)} ${forTerminal(finding.claim)}`, `            ${forTerminal(finding.because)}`);
  }
  lines.push('', `${badge(judged.verdict)} ${forTerminal(judged.because)}`);
  if (judged.requirements.length > 0) lines.push(`          ${shownInWords(judged.requirements)}`);
  if (judged.sealDigest) lines.push(`          seal: ${judged.sealDigest}`);
  lines.push(`          repeat: ${forTerminal(repeatLine(run.manifest))}`, '');
  return lines.join('\n');
}
