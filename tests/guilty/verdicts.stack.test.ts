/** The judge is tried on the guilty, on the real stack: each must be convicted of its own crime and of no other. */

import { readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it, jest } from '@jest/globals';
import { claims, plumbline } from '../harness/plumbline.ts';
import { relayOnly, trial } from './trial.ts';

jest.setTimeout(180_000);
const here = import.meta.dirname;

describe('the honest system', () => {
  const files = ['too-few-vus.load.ts', 'fault-that-does-nothing.drill.ts', 'sidecar-down.drill.ts'].map((file) =>
    join(here, file),
  );
  const { seen, reports } = trial(['crud-events', 'redelivery', ...files], relayOnly);

  it('is convicted of nothing', () => {
    expect(claims(seen.findings, 'fail')).toEqual([]);
    expect(claims(seen.findings, 'pass')).toEqual(
      expect.arrayContaining([
        'crud-events checker:crud-events',
        'crud-events checker:order',
        'redelivery slo:effect-once',
        'sidecar-down slo:nothing-lost',
      ]),
    );
  });

  it('is not acquitted by a generator that was too slow: unsure, not fail', () => {
    const unsure = claims(seen.findings, 'unsure');
    expect(unsure).toEqual(expect.arrayContaining(['too-few-vus slo:create-throughput', 'too-few-vus validity:generator']));
  });

  it('is not acquitted by a drill whose fault did nothing', () => {
    expect(claims(seen.findings, 'unsure')).toContain('fault-that-does-nothing sometimes:publish-failed');
  });

  it('makes the whole run unsure: exit 2', () => {
    expect(seen.ended?.code).toBe(2);
  });

  it('is judged the same again from the sealed evidence alone, byte for byte', async () => {
    const latest = join(reports, 'latest');
    const derived = readdirSync(latest).filter((name) => /^(findings\.json|verdict\.json|index\.html|junit\.xml)$/.test(name));
    expect(derived).toHaveLength(4);
    const before = derived.map((name) => readFileSync(join(latest, name), 'utf8'));
    const again = await plumbline(['judge', latest]);
    expect(again.code).toBe(2);
    expect(derived.map((name) => readFileSync(join(latest, name), 'utf8'))).toEqual(before);
  });
});

describe('a relay that marks rows before publishing', () => {
  const { seen } = trial([join(here, 'sidecar-down.drill.ts')], {
    ...relayOnly,
    culprits: { backend: 'marks-before-publishing.ts' },
  });
  it('is convicted of losing what it acknowledged', () => {
    expect(seen.ended?.code).toBe(1);
    expect(claims(seen.findings, 'fail')).toEqual([
      'sidecar-down checker:delivery',
      'sidecar-down checker:world',
      'sidecar-down slo:nothing-lost',
    ]);
  });
});

describe('a subscriber without inbox', () => {
  const { seen } = trial(['redelivery'], { ...relayOnly, culprits: { notification: 'no-inbox.ts' } });
  it('is convicted of doing twice what was asked once', () => {
    expect(seen.ended?.code).toBe(1);
    expect(claims(seen.findings, 'fail')).toEqual([
      'redelivery checker:delivery',
      'redelivery checker:world',
      'redelivery slo:effect-once',
    ]);
  });
});

describe('a relay that breaks the order of a task', () => {
  const { seen } = trial(['crud-events'], { ...relayOnly, culprits: { backend: 'breaks-order.ts' } });
  it('is convicted of the order, and of nothing else', () => {
    expect(seen.ended?.code).toBe(1);
    expect(claims(seen.findings, 'fail')).toEqual(['crud-events checker:order', 'crud-events slo:order-kept']);
  });
});

describe('replicas that keep conversations to themselves, ticks and mails that come twice', () => {
  const { seen } = trial(['conversation', 'recurring', 'reminder-mail'], {
    culprits: { recurring: 'ticks-twice.ts', notification: 'mails-twice.ts' },
    without: ['frontend'],
    // A store in the memory of each sidecar: works with one replica, and on every developer's machine.
    components(folder) {
      const file = join(folder, 'statestore.yaml');
      const text = readFileSync(file, 'utf8')
        .replace('state.redis', 'state.in-memory')
        .replace(/ {2}metadata:\n(?: {4}.*\n)+/, '  metadata: []\n');
      writeFileSync(file, text);
    },
  });

  it.each(['conversation fact:history-everywhere', 'recurring fact:made-once', 'reminder-mail fact:mailed-once'])(
    'are convicted: %s',
    (claim) => {
      expect(seen.ended?.code).toBe(1);
      expect(claims(seen.findings, 'fail')).toContain(claim);
    },
  );

  it('and not of what they did right', () => {
    expect(claims(seen.findings, 'pass')).toEqual(
      expect.arrayContaining([
        'recurring fact:tick-comes',
        'recurring fact:completed-not-reminded',
        'reminder-mail fact:failed-told',
      ]),
    );
  });
});
