/** A limit: whether a value keeps it, and how the two are said. */
import type { Slo } from '../evidence/records.ts';
import { unitFor } from './judgement.ts';

type Comparison = Slo['comparison'];

/** What is no finite number keeps no limit and equals nothing. */
export function holds(value: number, comparison: Comparison, limit: number): boolean {
  if (!Number.isFinite(value) || !Number.isFinite(limit)) return false;
  switch (comparison) {
    case '<':
      return value < limit;
    case '<=':
      return value <= limit;
    case '>':
      return value > limit;
    case '>=':
      return value >= limit;
    case '==':
      return value === limit;
    // A comparison nobody knows holds for nothing.
    default:
      return false;
  }
}

const words: Readonly<Record<Comparison, string>> = {
  '<': 'below',
  '<=': 'at most',
  '>': 'above',
  '>=': 'at least',
  '==': 'exactly',
};
export const comparisons = Object.keys(words);

/** `at most 250 ms` */
export const promised = ({ comparison, limit, unit }: Slo): string => `${words[comparison]} ${withUnit(limit, unit)}`;

/** Where failures and silence pushed it over every limit there is, the sentence says so instead of a number. */
export const shown = (value: number, unit: string): string =>
  Number.isFinite(value) ? withUnit(rounded(value), unit) : 'beyond any limit';

/** JSON has no infinity: `null` then. */
export const asJson = (value: number): number | null => (Number.isFinite(value) ? rounded(value) : null);

/** Six digits: more would be noise in a file that is compared byte by byte. */
const rounded = (value: number): number => Number(value.toPrecision(6));

const withUnit = (value: number, unit: string): string =>
  `${value.toLocaleString('en-US', { maximumFractionDigits: 4 })}${unit === 'ratio' || unit === 'share' ? '' : ` ${unitFor(value, unit)}`}`;
