/** Every checker that a single short experiment can wake has convicted somebody, of exactly this. */

import { describe, expect, it, jest } from '@jest/globals';
import { claims } from '../harness/plumbline.ts';
import { relayOnly, trial } from './trial.ts';

jest.setTimeout(240_000);

interface Conviction {
  readonly who: string;
  readonly experiment: string;
  /** Service -> the file here that runs in its place. */
  readonly culprits: Readonly<Record<string, string>>;
  readonly without: readonly string[];
  /** All that fails, without the name of the experiment. */
  readonly of: readonly string[];
}

const life = { experiment: 'crud-events', ...relayOnly };
const convictions: readonly Conviction[] = [
  {
    ...life,
    who: 'a subscriber that applies an event to another key',
    culprits: { notification: 'applies-another-key.ts' },
    of: ['checker:crud-events', 'checker:world'],
  },
  {
    ...life,
    who: 'a backend that makes no event for updates',
    culprits: { backend: 'no-event-for-updates.ts' },
    of: ['checker:crud-events', 'checker:delivery', 'checker:world', 'fact:types-in-topics', 'slo:nothing-lost'],
  },
  {
    ...life,
    who: 'a backend whose reads write',
    culprits: { backend: 'reads-write.ts' },
    of: ['checker:crud-events', 'checker:world', 'fact:types-in-topics'],
  },
  {
    ...life,
    who: 'a backend that does every create twice and answers once',
    culprits: { backend: 'makes-twice.ts' },
    of: ['checker:world'],
  },
  {
    ...life,
    who: 'a backend that acknowledges creates without naming their events',
    culprits: { backend: 'names-no-event.ts' },
    of: ['checker:completions', 'checker:crud-events', 'checker:world'],
  },
  {
    ...life,
    who: 'a backend that never completes anything',
    culprits: { backend: 'never-completes.ts' },
    of: ['checker:completions', 'fact:completed', 'fact:types-in-topics'],
  },
  {
    ...life,
    who: 'a backend that breaks its OpenAPI document',
    culprits: { backend: 'breaks-its-document.ts' },
    of: ['checker:answers', 'slo:answers-valid'],
  },
  {
    experiment: 'notification-down',
    ...relayOnly,
    who: 'a service that refuses to start a second time',
    culprits: { notification: 'starts-once.ts' },
    of: ['checker:crashes', 'checker:healed'],
  },
  {
    experiment: 'invocation',
    without: ['recurring'],
    who: 'a service that ends by itself in mid-experiment',
    culprits: { frontend: 'exits.ts' },
    of: ['checker:crashes', 'fact:routed'],
  },
  {
    experiment: 'sidecar-crash',
    without: ['recurring'],
    who: 'a frontend that keeps those waiting whom it has to refuse',
    culprits: { frontend: 'hangs-on-refusal.ts' },
    of: ['fact:fast-error'],
  },
];

describe.each(convictions)('$who', ({ experiment, culprits, without, of }) => {
  const { seen } = trial([experiment], { culprits, without });
  it('is convicted of that, and of nothing else', () => {
    expect(claims(seen.findings, 'fail')).toEqual(of.map((claim) => `${experiment} ${claim}`));
    expect(seen.ended?.code).toBe(1);
  });
});
