/** The judge is tried on the guilty, on the real stack: each must be convicted of its own crime and of no other. */

import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it, jest } from '@jest/globals';
import type { Finding } from '../../harness/evidence/records.ts';
import { claims, type Ended, findingsOf, plumbline, scratchFolder, systemWith } from '../harness/plumbline.ts';

jest.setTimeout(180_000);
const here = import.meta.dirname;

function trial(experiments: readonly string[], culprit?: { readonly service: string; readonly file: string }) {
  const scratch = scratchFolder();
  const reports = join(scratch.path, 'reports');
  const seen: { ended?: Ended; findings: Finding[] } = { findings: [] };
  beforeAll(async () => {
    const own = culprit
      ? [
          '--system',
          systemWith(
            scratch.path,
            (system) =>
              void Object.assign(system.services[culprit.service] ?? {}, { command: ['node', join(here, culprit.file)] }),
          ),
        ]
      : [];
    seen.ended = await plumbline(['run', ...experiments, '--reports', reports, '--seed', '7', ...own]);
    seen.findings = findingsOf(reports);
  });
  afterAll(() => scratch.remove());
  return { seen, reports };
}

describe('the honest system', () => {
  const files = ['too-few-vus.load.ts', 'fault-that-does-nothing.drill.ts', 'sidecar-down.drill.ts'].map((file) =>
    join(here, file),
  );
  const { seen, reports } = trial(['crud-events', 'redelivery', ...files]);

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
  const { seen } = trial([join(here, 'sidecar-down.drill.ts')], { service: 'backend', file: 'marks-before-publishing.ts' });
  it('is convicted of losing what it acknowledged', () => {
    expect(seen.ended?.code).toBe(1);
    expect(claims(seen.findings, 'fail')).toEqual(['sidecar-down checker:delivery', 'sidecar-down slo:nothing-lost']);
  });
});

describe('a subscriber without inbox', () => {
  const { seen } = trial(['redelivery'], { service: 'notification', file: 'no-inbox.ts' });
  it('is convicted of doing twice what was asked once', () => {
    expect(seen.ended?.code).toBe(1);
    expect(claims(seen.findings, 'fail')).toEqual(['redelivery checker:delivery', 'redelivery slo:effect-once']);
  });
});

describe('a relay that breaks the order of a task', () => {
  const { seen } = trial(['crud-events'], { service: 'backend', file: 'breaks-order.ts' });
  it('is convicted of the order, and of nothing else', () => {
    expect(seen.ended?.code).toBe(1);
    expect(claims(seen.findings, 'fail')).toEqual(['crud-events checker:order', 'crud-events slo:order-kept']);
  });
});
