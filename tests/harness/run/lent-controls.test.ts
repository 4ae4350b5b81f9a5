import { describe, expect, it } from '@jest/globals';
import { lend } from '../../../harness/run/lent-controls.ts';
import type { ControlName, Controls } from '../../../harness/stage/target.ts';

function lending(named: readonly ControlName[], broken: Partial<Controls> = {}) {
  const done: string[] = [];
  const told: string[] = [];
  const does = (control: ControlName) => async (part: string) => void done.push(`${control} ${part}`);
  const controls = { kill: does('kill'), revive: does('revive'), pause: does('pause'), resume: does('resume'), ...broken };
  const over = new AbortController();
  const lent = lend(controls, named, over.signal, (control, part, error) => told.push([control, part, error].join(' ').trim()));
  return { ...lent, done, told, over };
}
const all = ['kill', 'revive', 'pause', 'resume'] as const;

describe('lent controls', () => {
  it('mend what was left dead or paused, once, and tell it', async () => {
    const { controls, restore, done, told } = lending(all);
    await controls.kill?.('kafka');
    await controls.pause?.('redis');
    await restore();
    await restore();
    expect(done).toEqual(['kill kafka', 'pause redis', 'revive kafka', 'resume redis']);
    expect(told).toEqual(done);
  });

  it('leave alone what the borrower mended itself', async () => {
    const { controls, restore, done } = lending(all);
    await controls.kill?.('kafka');
    await controls.revive?.('kafka');
    await controls.pause?.('redis');
    await controls.resume?.('redis');
    await restore();
    expect(done).toHaveLength(4);
  });

  it('revive what was killed while it was paused, though it was resumed', async () => {
    const { controls, restore, done } = lending(all);
    await controls.pause?.('redis');
    await controls.kill?.('redis');
    await controls.resume?.('redis');
    await restore();
    expect(done.at(-1)).toBe('revive redis');
  });

  it('refuse one that was not named, and do nothing', async () => {
    const { controls, done } = lending(['revive']);
    await expect(controls.kill?.('kafka')).rejects.toThrow(/^CONTROL_NOT_NAMED: kill of kafka .* `needs`/);
    expect(done).toEqual([]);
  });

  it('mend what was named even if its cure was not', async () => {
    const { controls, restore, done } = lending(['kill']);
    await controls.kill?.('kafka');
    await restore();
    expect(done).toEqual(['kill kafka', 'revive kafka']);
  });

  it('hurt nothing when the experiment is over, and mend all the same', async () => {
    const { controls, over, done } = lending(all);
    over.abort();
    await expect(controls.pause?.('kafka')).rejects.toThrow('SCOPE_CLOSED');
    await controls.revive?.('kafka');
    expect(done).toEqual(['revive kafka']);
  });

  it('wait for a deed under way before they mend it', async () => {
    const gate = Promise.withResolvers<void>();
    const order: string[] = [];
    const { controls, restore } = lending(all, {
      kill: () => gate.promise.then(() => void order.push('dead')),
      revive: async () => void order.push('revived'),
    });
    const killing = controls.kill?.('kafka');
    const restoring = restore();
    gate.resolve();
    await Promise.all([killing, restoring]);
    expect(order).toEqual(['dead', 'revived']);
  });

  it('reject when a part does not come back, after all others were mended', async () => {
    const { controls, restore, done } = lending(all, {
      revive: async () => Promise.reject(new Error('KAFKA_NOT_READY: gave up')),
    });
    await controls.kill?.('kafka');
    await controls.pause?.('redis');
    await expect(restore()).rejects.toThrow('NOT_RESTORED: revive kafka: KAFKA_NOT_READY: gave up');
    expect(done.at(-1)).toBe('resume redis');
  });

  it('a deed that failed before it hurt leaves nothing to mend', async () => {
    const failing = (sentence: string) => async () => Promise.reject(new Error(sentence));
    const { controls, restore } = lending(all, { kill: failing('EPERM: no'), revive: failing('STILL_RUNNING: it runs') });
    await expect(controls.kill?.('kafka')).rejects.toThrow('EPERM');
    await expect(restore()).resolves.toBeUndefined();
  });
});
