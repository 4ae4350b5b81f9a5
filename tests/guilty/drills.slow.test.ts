/** The drills that take most of a minute each have convicted somebody too. Not in `npm test`: `npm run guilty`. */

import { describe, expect, it, jest } from '@jest/globals';
import { claims } from '../harness/plumbline.ts';
import { convicts } from './conviction.ts';
import { relayOnly, trial } from './trial.ts';

jest.setTimeout(300_000);

convicts([
  {
    ...relayOnly,
    who: 'a chat that says nothing of being degraded',
    experiments: ['redis-down'],
    culprits: { backend: 'hides-degraded.ts' },
    of: ['redis-down fact:degraded-said'],
  },
  {
    ...relayOnly,
    who: 'a chat that loses a message',
    experiments: ['redis-down'],
    culprits: { backend: 'forgets-messages.ts' },
    of: ['redis-down fact:no-message-lost'],
  },
  {
    ...relayOnly,
    who: 'a relay with one acknowledgement for all topics',
    experiments: ['topics-refused'],
    culprits: { backend: 'all-or-nothing.ts' },
    of: ['topics-refused slo:drill-effect-p95'],
  },
  {
    who: 'a frontend without deadline',
    experiments: ['backend-hangs'],
    culprits: { frontend: 'never-gives-up.ts' },
    without: ['recurring'],
    of: ['backend-hangs fact:not-hanging', 'backend-hangs fact:timeout-error'],
  },
]);

describe('a backend that publishes in the request', () => {
  const { seen } = trial(['kafka-down'], { ...relayOnly, culprits: { backend: 'publishes-in-request.ts' } });
  it('is convicted of refusing while the broker is away, and of what follows from it', () => {
    // Whether it recovers within the load once the broker is back is the machine's luck.
    const fails = claims(seen.findings, 'fail').filter((claim) => claim !== 'kafka-down slo:drill-no-relapse');
    expect(fails).toEqual([
      'kafka-down checker:world',
      'kafka-down fact:failures-logged',
      'kafka-down fact:operations-go-on',
      'kafka-down slo:drill-create-errors',
      'kafka-down slo:drill-create-response-p95',
    ]);
    expect(seen.ended?.code).toBe(1);
  });
});
