import { describe, expect, it } from '@jest/globals';
import { steady } from '../../../harness/workload/steady.ts';

const run = (signal: AbortSignal) => ({ signal, journal: { sample: () => undefined, plan: () => undefined } }) as never;

describe('steady arrivals', () => {
  it('reject with the first that failed, and begin no more', async () => {
    let begun = 0;
    const arriving = steady(run(new AbortController().signal), { ratePerS: 200, forMs: 1_000, what: 'create' }, async (n) => {
      begun += 1;
      if (n === 3) throw new Error('the fourth');
    });
    await expect(arriving).rejects.toThrow('the fourth');
    expect(begun).toBeLessThan(100);
  });

  it('interrupted, with arrivals under way that reject too: one rejection, heard', async () => {
    const controller = new AbortController();
    const arriving = steady(run(controller.signal), { ratePerS: 100, forMs: 10_000, what: 'create' }, async (n) => {
      if (n === 5) controller.abort(new Error('INTERRUPTED'));
      await new Promise<void>((done) => setImmediate(done));
      controller.signal.throwIfAborted();
    });
    await expect(arriving).rejects.toThrow('INTERRUPTED');
  });

  it('are planned before the first is sent: how many of each kind, and which others follow', async () => {
    const told: object[] = [];
    const w = {
      signal: new AbortController().signal,
      journal: { sample: () => {}, plan: (plan: object) => void told.push(plan) },
    };
    let planned = 0;
    await steady(w as never, { ratePerS: 400, forMs: 20, what: { read: 6, write: 2 }, then: ['remove'] }, async () => {
      planned ||= told.length;
    });
    expect(planned).toBe(3);
    expect(told).toEqual([
      { who: 'steady', what: 'read', model: 'open', arrivals: 6, ratePerS: 300 },
      { who: 'steady', what: 'write', model: 'open', arrivals: 2, ratePerS: 100 },
      { who: 'steady', what: 'remove', model: 'closed' },
    ]);
  });

  it('are not begun when the plan does not add up to them', async () => {
    const arriving = steady(run(new AbortController().signal), { ratePerS: 100, forMs: 50, what: { read: 4 } }, async () => {});
    await expect(arriving).rejects.toThrow('PLAN_WRONG: 4 arrivals are planned by kind, and 5 will come');
  });
});
