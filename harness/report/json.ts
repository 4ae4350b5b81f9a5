/** verdict.json and findings.json: the same judgement for programs. */
import type { Finding } from '../evidence/records.ts';
import type { Judged } from '../verdict/judge.ts';
import { exitCodeOf } from '../verdict/merge.ts';

export const findingsOf = (judged: Judged): Finding[] => [
  ...judged.findings,
  ...judged.experiments.flatMap((experiment) => experiment.findings),
];

export const findingsJson = (judged: Judged): string => `${JSON.stringify(findingsOf(judged), null, 2)}\n`;

export function verdictJson(judged: Judged): string {
  const findings = findingsOf(judged);
  const verdict = {
    format: 1,
    judge: judged.judge,
    run: judged.run,
    verdict: judged.verdict,
    exitCode: exitCodeOf(judged.verdict),
    because: judged.because,
    worst: judged.worst && { experiment: judged.worst.experiment, claim: judged.worst.claim },
    sealDigest: judged.sealDigest,
    counts: countsOf(findings),
    experiments: judged.experiments.map(({ name, verdict, findings: own, histograms }) => ({
      name,
      verdict,
      counts: countsOf(own),
      histograms,
    })),
    requirements: judged.requirements,
  };
  return `${JSON.stringify(verdict, null, 2)}\n`;
}

export function countsOf(findings: readonly Finding[]): Record<Finding['verdict'], number> {
  const counts = { pass: 0, fail: 0, unsure: 0, skipped: 0 };
  for (const finding of findings) counts[finding.verdict] += 1;
  return counts;
}
