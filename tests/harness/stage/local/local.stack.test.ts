import { afterAll, describe, expect, it, jest } from '@jest/globals';
import { join } from 'node:path';
import { openScope } from '../../../../harness/process/scope.ts';
import { local } from '../../../../harness/stage/local/local.ts';
import { type Staged as LocalStaged, stageOf } from '../../../../harness/stage/stager.ts';
import { toolchain } from '../../../../harness/toolchain/toolchain.ts';
import { scratchFolder } from '../../plumbline.ts';
import { conformance, type Staged } from '../conformance.ts';
import { componentTypes, system } from '../../../own-project.ts';

jest.setTimeout(240_000);
const scratch = scratchFolder();
afterAll(() => scratch.remove());

async function stage(name: string): Promise<Staged & { readonly tookMs: number; readonly staged: LocalStaged }> {
  const tools = await toolchain(['daprd', 'kafka', 'redis', 'postgres'], {
    components: componentTypes,
    signal: new AbortController().signal,
    progress: () => {},
  });
  const scope = openScope({ title: name });
  const startedAt = performance.now();
  try {
    const staged = await local.stage(scope, {
      system,
      stage: stageOf(system),
      tools,
      ports: 'free',
      logs: join(scratch.path, name),
      say: () => {},
    });
    return { target: staged.target, staged, tookMs: performance.now() - startedAt, stop: () => scope.close() };
  } catch (error) {
    await scope.close();
    throw error;
  }
}

conformance('local', () => stage('conformance'));

describe('two local targets side by side', () => {
  it('do not collide: neither sees the events of the other', async () => {
    const [one, other] = await Promise.all([stage('one'), stage('other')]);
    try {
      expect(one.target.url('backend').port).not.toBe(other.target.url('backend').port);
      const seen = await Promise.all(
        [one, other].map(async ({ target }) => (await target.collect(0)).effects.map(({ eventId }) => eventId)),
      );
      // Each holds its own canary and nothing else.
      expect(seen.map(({ length }) => length)).toEqual([1, 1]);
      expect(seen[0]).not.toEqual(seen[1]);
    } finally {
      await Promise.all([one.stop(), other.stop()]);
    }
  });
});

describe('a stage that another experiment wants otherwise', () => {
  it('is restaged in place: as many as are asked for, on the parts and with the rows that were there, and then a canary', async () => {
    const { staged, target, stop } = await stage('restaged');
    try {
      const database = (await target.collect(0)).outbox.length;
      const startedAt = performance.now();
      await staged.restage(stageOf(system, { replicas: { backend: 3, recurring: 2 } }));
      const tookMs = performance.now() - startedAt;
      expect(target.replicas('backend')).toHaveLength(3);
      const answers = await Promise.all(
        target.replicas('backend').map(async (url) => (await fetch(new URL('/readyz', url))).status),
      );
      expect(answers).toEqual([200, 200, 200]);
      expect((await target.collect(0)).outbox.length).toBe(database + 1);
      expect(await staged.ailments()).toEqual([]);
      await staged.restage(stageOf(system));
      expect(target.replicas('backend')).toHaveLength(1);
      expect(target.crashes?.(0)).toEqual([]);
      // Generous: the limit of three seconds is for a machine that does nothing else, and stands in DECISIONS.md.
      expect(tookMs).toBeLessThan(15_000);
    } finally {
      await stop();
    }
  });

  it('tells what is wrong with it: a part that does not run, a part that hangs', async () => {
    const { staged, target, stop } = await stage('unwell');
    try {
      await target.controls.kill?.('notification-sidecar');
      expect(await staged.ailments()).toEqual(['notification-sidecar does not run']);
      await target.controls.revive?.('notification-sidecar');
      await target.controls.pause?.('backend');
      expect(await staged.ailments()).toEqual(['backend stands still (SIGSTOP)']);
      await target.controls.resume?.('backend');
      expect(await staged.ailments()).toEqual([]);
    } finally {
      await stop();
    }
  });

  it('finds a store or a broker that hangs, and every look at it has an end', async () => {
    const { staged, target, stop } = await stage('hanging');
    try {
      for (const part of ['postgres', 'redis', 'kafka']) {
        await target.controls.pause?.(part);
        const startedAt = performance.now();
        const metrics = (await target.sample()).map(({ metric }) => metric);
        // Others are still seen in that second.
        expect(metrics).toContain('machine_cpu_ratio');
        expect(performance.now() - startedAt).toBeLessThan(5_000);
        expect(await staged.ailments()).toContain(`${part} stands still (SIGSTOP)`);
        if (part !== 'redis') await expect(target.collect(0)).rejects.toThrow('no answer in 20 s');
        await target.controls.resume?.(part);
        expect((await target.collect(0)).effects).toHaveLength(1);
      }
    } finally {
      await stop();
    }
  });
});
