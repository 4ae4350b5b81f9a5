import { describe, expect, it } from '@jest/globals';
import { catalogue } from '../../../harness/catalogue.ts';
import { inOrder } from '../../../harness/run/run.ts';
import { stageKey, stageOf } from '../../../harness/stage/stager.ts';
import { project, system } from '../../own-project.ts';

describe('the order of a run', () => {
  it('keeps those on one stage together, with as few changes as there are stages', async () => {
    const all = (await catalogue(project)).filter(({ suite }) => suite === 'verify');
    const ordered = inOrder(all, system);
    expect([...ordered].map(({ name }) => name).sort()).toEqual(all.map(({ name }) => name).sort());
    const keys = ordered.map(({ stage }) => stageKey(stageOf(system, stage)));
    const changes = keys.filter((key, n) => n > 0 && key !== keys[n - 1]).length;
    expect(changes).toBe(new Set(keys).size - 1);
    expect(ordered[0]?.stage?.traces).toBe(true);
  });

  it('is the one they came in where the stage is the same', async () => {
    const same = (await catalogue(project)).filter(({ stage }) => stage === undefined);
    expect(inOrder(same, system)).toEqual(same);
  });
});

describe('the stage of an experiment', () => {
  it('is the same alone and among others: only what it asks for, never what another asks for', () => {
    expect(stageOf(system)).toEqual({
      replicas: { backend: 1, frontend: 1, notification: 1, recurring: 1 },
      traces: false,
      profile: 'rehearsed',
    });
    expect(stageOf(system, { replicas: { backend: 3 } }).replicas['backend']).toBe(3);
  });

  it('has at least as many replicas as the system was told to run', () => {
    const scaled = { services: { ...system.services, backend: { ...system.services['backend']!, replicas: 4 } } };
    expect(stageOf(scaled, { replicas: { backend: 3 } }).replicas['backend']).toBe(4);
  });
});
