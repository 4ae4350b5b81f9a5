/** Faults as a session performs them: whose trouble it was is in the journal, and in the verdict. */
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, describe, expect, it } from '@jest/globals';
import type { WorkloadRun } from '../../../harness/experiment.ts';
import type { Fault } from '../../../harness/fault/fault.ts';
import { openSession } from '../../../harness/run/session.ts';
import type { Controls } from '../../../harness/stage/target.ts';
import type { Experiment } from '../../../harness/experiment.ts';
import { healed } from '../../../harness/verdict/healed.ts';
import { experiment as record, scene } from '../verdict/scene.ts';
import { scratchFolder } from '../plumbline.ts';
import { experimentOf, marksOf, namesOf, optionsOf, quietTarget, stagerOf } from './scene.ts';

const scratch = scratchFolder();
afterAll(() => scratch.remove());
let runs = 0;

const asking = async ({ journal, signal }: WorkloadRun) => {
  journal.mark('mark', 'measured-start');
  await sleep(150, undefined, { signal });
};
async function performed(
  run: (w: WorkloadRun) => Promise<void>,
  {
    fault = {},
    controls = {},
    rest = {},
  }: { fault?: Partial<Fault>; controls?: Partial<Controls>; rest?: Partial<Experiment> } = {},
) {
  const faults: Fault[] = [{ do: 'kill', to: 'redis', afterMs: 10, forMs: 20, tolerated: true, ...fault }];
  const one = experimentOf('hurt', run, { kind: 'drill', faults, ...rest });
  const target = { ...quietTarget, controls: { ...quietTarget.controls, ...controls } };
  const session = await openSession(optionsOf(join(scratch.path, String(++runs)), [one], { stager: stagerOf({ target }) }));
  await session.perform(one);
  await session.close();
  const marks = marksOf(session.folder, 'hurt');
  const planned = faults.map((each) => ({ ...each, name: `${each.do}-${each.to}`, seed: 1, afterMs: 10, forMs: 20 }));
  return { marks, names: namesOf(marks), judged: healed(scene({ record: { ...record, faults: planned }, marks })) };
}
const failing = (sentence: string) => async () => Promise.reject(new Error(sentence));

describe('a fault', () => {
  it('goes in and comes out while the workload asks', async () => {
    const { names, judged } = await performed(asking);
    expect(names.filter((name) => name.endsWith('kill-redis'))).toEqual([
      'fault-in kill-redis',
      'injected kill-redis',
      'fault-out kill-redis',
      'healed kill-redis',
    ]);
    expect(judged.verdict).toBe('pass');
  });

  it('may stay longer than the workload, and is healed as planned', async () => {
    const { names, judged } = await performed(asking, { fault: { forMs: 300 } });
    expect(names.indexOf('mark workload-end')).toBeLessThan(names.indexOf('healed kill-redis'));
    expect(judged.verdict).toBe('pass');
  });

  it('that could not be injected convicts nobody', async () => {
    const { names, judged } = await performed(asking, { controls: { kill: failing('EPERM: not ours') } });
    expect(names).toContain('not-injected kill-redis');
    expect(judged).toMatchObject({ verdict: 'unsure', because: 'kill-redis could not be injected: EPERM: not ours' });
  });

  it('that went in by half is mended: a crash whose sidecar could not be killed', async () => {
    const revived: string[] = [];
    await performed(asking, {
      fault: { do: 'crash', to: 'backend' },
      controls: {
        kill: async (part) => (part === 'backend' ? undefined : Promise.reject(new Error('EPERM: not ours'))),
        revive: async (part) => void revived.push(part),
        replace: async () => undefined,
      },
    });
    expect(revived).toContain('backend');
  });

  it.each([
    ['SERVICE_NOT_READY: redis: gave up after 30 s', 'fail', 'did not come back'],
    ['EAGAIN: no process', 'unsure', 'could not be healed'],
  ])('whose cure says %s is %s', async (sentence, verdict, because) => {
    const { names, judged } = await performed(asking, { controls: { revive: failing(sentence) } });
    expect(names).toContain('not-healed kill-redis');
    expect(judged).toMatchObject({ verdict, because: `kill-redis ${because}: ${sentence}` });
  });

  it.each([
    ['has ended', asking, 'the workload had ended'],
    ['ended without a measured part', async () => undefined, 'the workload ended before its measured part began'],
  ])('does not go in when the workload %s', async (_what, run, because) => {
    const { names, judged } = await performed(run, { fault: { afterMs: 60_000 } });
    expect(names).not.toContain('fault-in kill-redis');
    expect(judged).toMatchObject({ verdict: 'unsure', because: `kill-redis never went in: ${because}` });
  });
});

describe('what a workload does to parts', () => {
  it('is in the journal, and mended when the experiment ends', async () => {
    const hurting = async (w: WorkloadRun) => w.target.controls.pause?.('kafka');
    const { marks, names } = await performed(hurting, { rest: { faults: [], needs: ['pause'] } });
    const uses = marks.filter(({ kind }) => kind === 'control').map(({ name, detail }) => [name, detail]);
    expect(uses).toEqual([
      ['pause', { part: 'kafka' }],
      ['resume', { part: 'kafka' }],
    ]);
    expect(names.indexOf('control resume')).toBeGreaterThan(names.indexOf('mark workload-end'));
    expect(names.indexOf('control resume')).toBeLessThan(names.indexOf('mark settled'));
  });

  it('breaks the experiment when it was not named', async () => {
    const { names } = await performed(async (w) => w.target.controls.kill?.('kafka'), { rest: { faults: [] } });
    expect(names.some((name) => name.startsWith('broke CONTROL_NOT_NAMED: kill of kafka'))).toBe(true);
  });
});
