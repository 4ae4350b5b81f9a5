/** What a checker says, before `judge.ts` adds whose claim it was. */
import type { Finding, Verdict } from '../evidence/records.ts';

export type Judgement = Omit<Finding, 'experiment' | 'claim' | 'asks' | 'proves' | 'evidence'>;

/** Enough ids to start searching from, few enough to read. */
export const EXAMPLES_MAX = 10;

/** Nothing can be said, and why. */
export const unsure = (because: string, rest: Partial<Judgement> = {}): Judgement => ({
  ...NOTHING,
  ...rest,
  verdict: 'unsure',
  because,
});

export const skipped = (because: string): Judgement => ({ ...NOTHING, verdict: 'skipped', because });

/** The commonest promise: this many things were looked at, and none of them may be wrong. */
export function noneOf(
  verdict: Verdict,
  found: {
    readonly wrong: number;
    readonly checked: number;
    readonly unit: string;
    readonly because: string;
    readonly examples: readonly string[];
  },
): Judgement {
  return {
    verdict,
    comparison: '==',
    expected: 0,
    actual: found.wrong,
    unit: found.unit,
    samples: found.checked,
    because: found.because,
    examples: found.examples.slice(0, EXAMPLES_MAX),
  };
}

/** `3 events`, `1 event`, `10,000 events`. */
export const counted = (n: number, noun: string): string => `${n.toLocaleString('en-US')} ${noun}${n === 1 ? '' : 's'}`;

/** `1 event`, but `1 ms`: only words have a plural. */
export const unitFor = (value: number, unit: string): string =>
  value === 1 && /^(events|records|answers|changes|faults)$/.test(unit) ? unit.slice(0, -1) : unit;

const NOTHING = { comparison: '', expected: null, actual: null, unit: '', samples: 0, examples: [] } as const;
