/** The requirement matrix: what each line of the specification rests on in this run, and what it does not rest on yet. */
import type { Finding, Requirement, Verdict } from '../evidence/records.ts';
import { unsure } from './judgement.ts';
import { merge } from './merge.ts';

export interface RequirementRow {
  readonly id: string;
  readonly text: string;
  /**
   * `partly`: what was judged holds, but it is not all that the row rests on: a claim was not run or skipped, a test is not for
   * a judge of evidence to see, or the row itself says what is open. `not run`: proved by experiments that were not part of
   * this run. `by tests`: only tests can show it. `unproved`: nothing shows it. None of the four touches the run's verdict.
   */
  readonly verdict: Verdict | 'partly' | 'not run' | 'by tests' | 'unproved';
  readonly shownBy: readonly ShownClaim[];
  readonly tests: readonly string[];
  readonly open?: string;
  readonly note?: string;
}

interface ShownClaim {
  readonly experiment: string;
  readonly claim: string;
  /** What of the requirement its experiment's claims show. */
  readonly sees?: string;
  readonly verdict: Verdict | 'not run';
}

export function requirementMatrix(
  requirements: readonly Requirement[],
  experiments: readonly { readonly name: string; readonly findings: readonly Finding[] }[],
): { readonly rows: readonly RequirementRow[]; readonly unshown: readonly Finding[] } {
  const ran = new Map(experiments.map((experiment) => [experiment.name, experiment.findings]));
  const unshown: Finding[] = [];
  const rows = requirements.map((requirement): RequirementRow => {
    const shownBy = requirement.shownBy.flatMap(({ experiment, claims, sees }) =>
      claims.map((claim): ShownClaim => {
        const named = { experiment, claim, ...(sees !== undefined && { sees }) };
        const findings = ran.get(experiment);
        if (findings === undefined) return { ...named, verdict: 'not run' };
        const found = findings.find((finding) => finding.claim === claim);
        if (found === undefined) unshown.push(neverMade(requirement, experiment, claim));
        return { ...named, verdict: found?.verdict ?? 'unsure' };
      }),
    );
    const { id, text, tests = [], open, note } = requirement;
    const verdict = verdictOf(shownBy, tests, open);
    return { id, text, shownBy, tests, verdict, ...(open !== undefined && { open }), ...(note !== undefined && { note }) };
  });
  return { rows, unshown };
}

function verdictOf(
  shownBy: readonly ShownClaim[],
  tests: readonly string[],
  open: string | undefined,
): RequirementRow['verdict'] {
  if (shownBy.length === 0) return tests.length > 0 ? 'by tests' : 'unproved';
  const judged = shownBy.flatMap(({ verdict }) => (verdict === 'not run' ? [] : [verdict]));
  if (judged.length === 0) return 'not run';
  const verdict = merge(judged);
  const isWhole = tests.length === 0 && open === undefined && shownBy.every((shown) => shown.verdict === 'pass');
  return verdict === 'pass' && !isWhole ? 'partly' : verdict;
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
