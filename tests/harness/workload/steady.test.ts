import { describe, expect, it } from '@jest/globals';
import { steady } from '../../../harness/workload/steady.ts';

const run = (signal: AbortSignal) => ({ signal, journal: { sample: () => undefined } }) as never;

describe('steady arrivals', () => {
  it('reject with the first that failed, and begin no more', async () => {
    let begun = 0;
    const arriving = steady(run(new AbortController().signal), { ratePerS: 200, forMs: 1_000 }, async (n) => {
      begun += 1;
      if (n === 3) throw new Error('the fourth');
    });
    await expect(arriving).rejects.toThrow('the fourth');
    expect(begun).toBeLessThan(100);
  });

  it('interrupted, with arrivals under way that reject too: one rejection, heard', async () => {
    const controller = new AbortController();
    const arriving = steady(run(controller.signal), { ratePerS: 100, forMs: 10_000 }, async (n) => {
      if (n === 5) controller.abort(new Error('INTERRUPTED'));
      await new Promise<void>((done) => setImmediate(done));
      controller.signal.throwIfAborted();
    });
    await expect(arriving).rejects.toThrow('INTERRUPTED');
  });
});
