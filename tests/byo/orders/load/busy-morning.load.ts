import type { Experiment, WorkloadRun } from '#harness/experiment.ts';
import type { Random } from '#harness/random.ts';
import { journeyTo } from '#harness/workload/journey.ts';
import { steady } from '#harness/workload/steady.ts';

const ratePerS = 25;
const warmupMs = 1_000;
const measuredMs = 8_000;

/** An order as the seed has it, and whether its customer thinks again at once: one in four does. */
function drawn(random: Random): { readonly order: object; readonly again: boolean } {
  const below = (n: number) => Math.floor(random() * n);
  const customer = `customer ${below(10)}`;
  const lines = Array.from({ length: 1 + below(3) }, () => ({ article: 'bulb', pieces: 1 + below(9) }));
  return { order: { customer, lines }, again: below(4) === 0 };
}

/** Orders come when they come. */
export async function customers(w: WorkloadRun, forMs: number): Promise<void> {
  const call = journeyTo('shop', w);
  // Drawn before the first is sent: the nth is the same for the same seed, however fast the answers come.
  const orders = Array.from({ length: (ratePerS * forMs) / 1_000 }, () => drawn(w.random));
  await steady(w, { ratePerS, forMs, what: 'place' }, async (n, intendedAt) => {
    const { order, again } = orders[n] as (typeof orders)[number];
    const { op } = await call({
      what: 'place',
      method: 'POST',
      path: '/orders',
      body: order,
      keyOf: (placed) => (placed as { number: string }).number,
      intendedAt,
    });
    if (op.key === undefined || !again) return;
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
