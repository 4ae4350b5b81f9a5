import type { Experiment } from '#harness/experiment.ts';
import { customers } from '../load/busy-morning.load.ts';

export const brokerGone: Experiment = {
  name: 'broker-gone',
  kind: 'drill',
  suite: 'verify',
  asks: 'When the broker is killed for 4 s, are orders taken all the same, is none forgotten or picked twice, and does the warehouse catch up?',
  proves: ['ORD-5'],
  workload: {
    title: 'open model, 25 orders/s for 10 s',
    async run(w) {
      w.journal.mark('mark', 'measured-start');
      await customers(w, 10_000);
    },
  },
  faults: [{ do: 'kill', to: 'kafka', afterMs: 2_000, forMs: 4_000, tolerated: true }],
  slos: [
    'orders-taken',
    'all-in-the-log',
    'nothing-unpicked',
    'picked-once',
    'events-as-written',
    'answers-as-written',
    'caught-up',
  ],
  checkers: ['delivery', 'order', 'conformance', 'answers', 'healed', 'generator'],
  sometimes: [
    {
      name: 'publish-failed',
      asks: 'Did the sidecar really fail to publish while the broker was dead?',
      metric: 'dapr_component_pubsub_egress_count',
      labels: { app_id: 'shop', success: 'false' },
      rises: 1,
      during: 'fault',
    },
  ],
  settleMsMax: 60_000,
};
