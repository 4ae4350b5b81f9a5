import type { Experiment } from '#harness/experiment.ts';
import { type Journey, journeyTo } from '#harness/workload/journey.ts';

const customers = 4;
const ordersEach = 4;

/** All that can happen to an order, one thing after the other. */
async function life(call: Journey, customer: string, n: number): Promise<void> {
  const placed = await call({
    what: 'place',
    method: 'POST',
    path: '/orders',
    body: { customer, lines: [{ article: `bulb ${n}`, pieces: 1 + n }] },
    keyOf: (order) => (order as { number: string }).number,
  });
  const key = placed.op.key;
  if (key === undefined) return;
  const path = `/orders/${key}`;
  await call({ what: 'look', method: 'GET', path, key });
  const lines = [
    { article: `bulb ${n}`, pieces: 3 },
    { article: 'spade', pieces: 1 },
  ];
  await call({ what: 'amend', method: 'PUT', path, body: { lines }, key });
  await call({ what: 'cancel', method: 'DELETE', path, key });
  // Refused: makes no event, and the answer keeps the document all the same.
  await call({ what: 'amend', method: 'PUT', path, body: { lines }, key, expects: 'refusal' });
}

export const lifeOfAnOrder: Experiment = {
  name: 'life-of-an-order',
  kind: 'check',
  suite: 'verify',
  asks: 'Does each thing that happens to an order make exactly its event, in order, and one slip in the warehouse?',
  proves: ['ORD-1', 'ORD-2', 'ORD-3', 'ORD-4', 'ORD-6'],
  workload: {
    title: `${customers * ordersEach} orders placed, looked at, amended and cancelled; ${customers} customers at a time`,
    async run(w) {
      const call = journeyTo('shop', w);
      w.journal.mark('mark', 'measured-start');
      await Promise.all(
        Array.from({ length: customers }, async (_, customer) => {
          for (let n = 0; n < ordersEach; n++) await life(call, `customer ${customer}`, n);
        }),
      );
    },
  },
  slos: ['all-in-the-log', 'nothing-unpicked', 'picked-once', 'first-things-first', 'events-as-written', 'answers-as-written'],
  checkers: ['delivery', 'order', 'crud-events', 'conformance', 'answers'],
  settleMsMax: 20_000,
};
