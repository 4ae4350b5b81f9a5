/**
 * A rollout in its middle, on the real stack: of every service that writes or reads events, three replicas, of release N-2, N-1 and N,
 * beside each other in one consumer group. What one of them acknowledged must have its effect in whichever hears of it.
 */
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it, jest } from '@jest/globals';
import { claims, type Ended, findingsOf, plumbline, scratchFolder, systemWith } from '../harness/plumbline.ts';

jest.setTimeout(240_000);
const here = import.meta.dirname;
const { releases } = JSON.parse(readFileSync(join(here, '../../contracts/releases/releases.json'), 'utf8')) as {
  releases: { release: string }[];
};
const kept = releases.slice(-3).map(({ release }) => release);

interface Mixed {
  readonly services: readonly string[];
  readonly experiments: readonly string[];
  readonly hooks: string;
}

function rollout({ services, experiments, hooks }: Mixed) {
  const scratch = scratchFolder();
  const reports = join(scratch.path, 'reports');
  const seen: { ended?: Ended } = {};
  beforeAll(async () => {
    const system = systemWith(scratch.path, (one) => {
      for (const [name, service] of Object.entries(one.services)) {
        if (!services.includes(name)) continue;
        const [node = 'node', ...rest] = service.command;
        service.command = [node, '--import', join(here, hooks), ...rest];
        Object.assign(service, { replicas: kept.length, env: { ...service.env, RELEASES: kept.join() } });
      }
      delete one.services['frontend'];
      Object.assign(one.identity.client, { service: 'notification' });
    });
    seen.ended = await plumbline(['run', ...experiments, '--reports', reports, '--seed', '11', '--system', system]);
  });
  afterAll(() => scratch.remove());
  const latest = join(reports, 'latest');
  return {
    seen,
    findings: () => findingsOf(reports),
    /** Version -> how many records of it went through the broker. */
    records: () =>
      counted(
        experiments.flatMap((name) =>
          linesOf(join(latest, 'experiments', name, 'records.ndjson')).map((line) => {
            const { event } = JSON.parse(line) as { event?: { event_type?: string; version?: string } };
            return `${String(event?.event_type).split('.')[0]} ${String(event?.version)}`;
          }),
        ),
      ),
    /** Of each notification: how many events it handled. */
    handled: () =>
      readdirSync(join(latest, 'logs'), { recursive: true, encoding: 'utf8' })
        .filter((name) => /^\d+\/notification(-\d)?\.log$/.test(name))
        .map((name) => linesOf(join(latest, 'logs', name)).filter((line) => line.includes('"result":"applied"')).length),
  };
}

const linesOf = (file: string) => readFileSync(file, 'utf8').split('\n').filter(Boolean);
const counted = (words: readonly string[]) =>
  Object.fromEntries([...Map.groupBy(words, (word) => word)].map(([word, { length }]) => [word, length]));

describe('N-2, N-1 and N beside each other', () => {
  const { seen, findings, records, handled } = rollout({
    services: ['backend', 'recurring', 'notification'],
    experiments: ['crud-events', 'recurring', 'reminder-mail'],
    hooks: 'at-release.ts',
  });

  it('keep every promise', () => {
    // Channel and reason are words of v1.2: of a delivery that an older replica made, nobody can know them. Nor does an older event say which
    // tick or reminder caused it: without its cause the closed world knows nobody who asked for it.
    const unsaid = [
      'reminder-mail fact:told-fully',
      '(run) checker:world',
      'recurring checker:world',
      'reminder-mail checker:world',
    ];
    expect(claims(findings(), 'fail').filter((claim) => !unsaid.includes(claim))).toEqual([]);
    expect(claims(findings(), 'pass')).toEqual(
      expect.arrayContaining([
        'crud-events checker:conformance',
        'crud-events checker:delivery',
        'crud-events checker:order',
        'recurring fact:made-once',
        'reminder-mail fact:mailed-once',
        'reminder-mail fact:sent-told',
        'reminder-mail fact:failed-told',
      ]),
    );
    expect(claims(findings(), 'unsure')).toEqual([]);
    expect([0, 1]).toContain(seen.ended?.code);
  });

  it('all three have written, in every version', () => {
    expect(Object.keys(records())).toEqual(
      expect.arrayContaining(kept.flatMap((release) => [`task v${release}`, `reminder v${release}`])),
    );
  });

  it('all three have read', () => {
    expect(handled()).toHaveLength(kept.length);
    expect(handled().filter((count) => count === 0)).toEqual([]);
  });
});

describe('writers that renamed a field in the middle of a rollout', () => {
  const { seen, findings } = rollout({ services: ['backend'], experiments: ['crud-events'], hooks: 'breaking-writers.ts' });

  it('are convicted of the contract, and of losing what their readers refused', () => {
    expect(seen.ended?.code).toBe(1);
    expect(claims(findings(), 'fail')).toEqual([
      'crud-events checker:conformance',
      'crud-events checker:crud-events',
      'crud-events checker:delivery',
      'crud-events checker:world',
      'crud-events slo:events-valid',
      'crud-events slo:nothing-lost',
    ]);
  });
});
