/** What a check looked at, one thing at a time: each fact it set out to see was seen, and was as expected every time. */
import type { Fact, FactAsked } from '../evidence/records.ts';
import type { ExperimentEvidence } from '../evidence/run-folder.ts';
import { counted, EXAMPLES_MAX, type Judgement, unsure } from './judgement.ts';

export function factJudged(evidence: ExperimentEvidence, asked: FactAsked): Judgement {
  const promise = { comparison: '==', expected: 0, unit: 'contradictions' };
  if (evidence.facts === undefined) return unsure('facts.ndjson is missing, so nobody looked', promise);
  const seen = evidence.facts.filter((fact) => fact.name === asked.name);
  if (seen.length === 0) return unsure('nobody got as far as looking', promise);
  const wrong = seen.filter((fact) => !holds(fact));
  const first = wrong[0];
  return {
    ...promise,
    verdict: first ? 'fail' : 'pass',
    actual: wrong.length,
    samples: seen.length,
    because: first ? told(first) : `seen ${counted(seen.length, 'time')}, as expected`,
    examples: wrong.slice(0, EXAMPLES_MAX).map(told),
  };
}

/**
 * `==` compares as JSON with sorted keys; the others compare numbers, and nothing else satisfies them. What is missing, null or
 * no finite number (JSON writes that as null) equals nothing, itself included: a look that saw nothing confirms nothing.
 */
export function holds({ comparison, expected, actual }: Fact): boolean {
  if (lacking(expected) || lacking(actual)) return false;
  if (comparison === '==') return canonical(expected) === canonical(actual);
  if (typeof expected !== 'number' || typeof actual !== 'number') return false;
  return comparison === '<=' ? actual <= expected : actual >= expected;
}

const lacking = (value: unknown): boolean =>
  value === null || value === undefined || (typeof value === 'number' && !Number.isFinite(value));

function canonical(value: unknown): string {
  return JSON.stringify(value, (_, inner: unknown) =>
    inner !== null && typeof inner === 'object' && !Array.isArray(inner)
      ? Object.fromEntries(Object.entries(inner).sort(([a], [b]) => (a < b ? -1 : 1)))
      : typeof inner === 'number' && !Number.isFinite(inner)
        ? { notANumber: String(inner) }
        : (inner ?? null),
  );
}

const textMax = 300;
const shown = (value: unknown): string => (JSON.stringify(value) ?? 'nothing').slice(0, textMax);
const told = (fact: Fact): string =>
  `expected ${fact.comparison === '==' ? '' : `${fact.comparison} `}${shown(fact.expected)}, saw ${shown(fact.actual)}${fact.about ? ` (${fact.about})` : ''}`;
