/** The requirement matrix: what each line of the specification rests on in this run, and what it does not rest on yet. */
import type { Finding, Requirement, Verdict } from '../evidence/records.ts';
import { unsure } from './judgement.ts';
import { merge } from './merge.ts';

export interface RequirementRow {
  readonly id: string;
  readonly text: string;
  /**
   * `not run`: proved by experiments that were not part of this run. `by tests`: only tests can show it, and a judge of
   * evidence has not seen them. `unproved`: nothing shows it. None of the three touches the run's verdict.
   */
  readonly verdict: Verdict | 'not run' | 'by tests' | 'unproved';
  readonly shownBy: readonly { readonly experiment: string; readonly claim: string; readonly verdict: Verdict | 'not run' }[];
  readonly tests: readonly string[];
  readonly note?: string;
}

export function requirementMatrix(
  requirements: readonly Requirement[],
  experiments: readonly { readonly name: string; readonly findings: readonly Finding[] }[],
): { readonly rows: readonly RequirementRow[]; readonly unshown: readonly Finding[] } {
  const ran = new Map(experiments.map((experiment) => [experiment.name, experiment.findings]));
  const unshown: Finding[] = [];
  const rows = requirements.map((requirement): RequirementRow => {
    const shownBy = requirement.shownBy.flatMap(({ experiment, claims }) =>
      claims.map((claim) => {
        const findings = ran.get(experiment);
        if (findings === undefined) return { experiment, claim, verdict: 'not run' as const };
        const found = findings.find((finding) => finding.claim === claim);
        if (found === undefined) unshown.push(neverMade(requirement, experiment, claim));
        return { experiment, claim, verdict: found?.verdict ?? ('unsure' as const) };
      }),
    );
    const tests = requirement.tests ?? [];
    const { id, text, note } = requirement;
    return { id, text, shownBy, tests, verdict: verdictOf(shownBy, tests), ...(note !== undefined && { note }) };
  });
  return { rows, unshown };
}

function verdictOf(shownBy: RequirementRow['shownBy'], tests: readonly string[]): RequirementRow['verdict'] {
  if (shownBy.length === 0) return tests.length > 0 ? 'by tests' : 'unproved';
  const judged = shownBy.flatMap(({ verdict }) => (verdict === 'not run' ? [] : [verdict]));
  return judged.length === 0 ? 'not run' : merge(judged);
}

/** The matrix promises a claim the experiment never made: a renamed objective must not turn into silence. */
const neverMade = (requirement: Requirement, experiment: string, claim: string): Finding => ({
  experiment,
  claim: `requirement:${requirement.id}`,
  asks: requirement.text,
  proves: [requirement.id],
  evidence: ['requirements.json'],
  ...unsure(`${requirement.id} rests on ${claim} of ${experiment}, which ran but made no such claim`),
});
