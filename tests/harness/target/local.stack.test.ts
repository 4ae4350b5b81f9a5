import { afterAll, describe, expect, it, jest } from '@jest/globals';
import { join, resolve } from 'node:path';
import { openScope } from '../../../harness/process/scope.ts';
import { stageLocal } from '../../../harness/target/local.ts';
import { readSystem } from '../../../harness/project/system.ts';
import { toolchain } from '../../../harness/toolchain/toolchain.ts';
import { scratchFolder } from '../plumbline.ts';
import { conformance, type Staged } from './conformance.ts';
import { componentTypes } from '../../own-project.ts';

jest.setTimeout(120_000);
const scratch = scratchFolder();
afterAll(() => scratch.remove());
const system = readSystem(resolve(import.meta.dirname, '../../../impl/system.yaml'));

async function stage(name: string): Promise<Staged & { readonly tookMs: number }> {
  const tools = await toolchain(['daprd', 'kafka', 'redis', 'postgres'], {
    components: componentTypes,
    signal: new AbortController().signal,
    progress: () => {},
  });
  const scope = openScope({ title: name });
  const startedAt = performance.now();
  try {
    const target = await stageLocal(scope, { system, tools, ports: 'free', logs: join(scratch.path, name), say: () => {} });
    return { target, tookMs: performance.now() - startedAt, stop: () => scope.close() };
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
