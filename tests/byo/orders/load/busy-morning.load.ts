import type { Experiment, WorkloadRun } from '#harness/experiment.ts';
import { journeyTo } from '#harness/workload/journey.ts';
import { steady } from '#harness/workload/steady.ts';

const ratePerS = 25;
const warmupMs = 1_000;
const measuredMs = 8_000;

/** Orders come when they come; every fourth customer thinks again at once. */
export async function customers(w: WorkloadRun, forMs: number): Promise<void> {
  const call = journeyTo('shop', w);
  await steady(w, { ratePerS, forMs, what: 'place' }, async (n, intendedAt) => {
    const { op } = await call({
      what: 'place',
      method: 'POST',
      path: '/orders',
      body: { customer: `customer ${n % 10}`, lines: [{ article: 'bulb', pieces: 1 + (n % 9) }] },
      keyOf: (order) => (order as { number: string }).number,
      intendedAt,
    });
    if (op.key === undefined || n % 4 > 0) return;
    await call({
      what: 'amend',
      method: 'PUT',
      path: `/orders/${op.key}`,
      body: { lines: [{ article: 'bulb', pieces: 99 }] },
      key: op.key,
    });
  });
}

export const busyMorning: Experiment = {
  name: 'busy-morning',
  kind: 'load',
  suite: 'verify',
  asks: 'Are 25 orders a second taken in time, and is each of them picked exactly once?',
  proves: ['ORD-1'],
  workload: {
    title: `open model, ${ratePerS} orders/s for ${measuredMs / 1000} s after a warm-up of ${warmupMs / 1000} s`,
    async run(w) {
      await customers(w, warmupMs);
      w.journal.mark('mark', 'measured-start');
      await customers(w, measuredMs);
      w.journal.mark('mark', 'measured-end');
    },
  },
  slos: [
    'orders-taken',
    'order-taken-p95',
    'all-in-the-log',
    'nothing-unpicked',
    'picked-once',
    'events-as-written',
    'answers-as-written',
  ],
  checkers: ['delivery', 'order', 'conformance', 'answers', 'generator'],
  settleMsMax: 20_000,
};
