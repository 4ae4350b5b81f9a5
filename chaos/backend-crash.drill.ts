import type { Experiment } from '../harness/experiment.ts';
import { journeyTo } from '../harness/workload/journey.ts';
import { steady } from '../harness/workload/steady.ts';
import { drawTask } from '../load/k6/draw.ts';

export const backendCrash: Experiment = {
  name: 'backend-crash',
  kind: 'drill',
  suite: 'verify',
  asks: 'When one of three backend replicas crashes under calls, does the sidecar try another one, without a change in the frontend and without a second task?',
  proves: ['US4.1', 'US4.2', 'SC-006'],
  stage: { replicas: { backend: 3 } },
  workload: {
    title: '30 creates a second through the frontend for 12 s',
    async run(w) {
      const call = journeyTo('frontend', w);
      w.journal.mark('mark', 'measured-start');
      await steady(w, { ratePerS: 30, forMs: 12_000, what: 'create' }, async (n, intendedAt) => {
        const user = `crash-${w.seed}-${n % 10}`;
        const { title, description } = drawTask(w.seed, n);
        const { status } = await call({
          what: 'create',
          user,
          method: 'POST',
          path: '/api/tasks',
          body: { title, description },
          keyOf: (task) => String((task as { id: number }).id),
          intendedAt,
          timeoutMs: 31_000,
        });
        w.journal.fact({ name: 'served', expected: 201, actual: status, about: `call ${n}` });
      });
    },
  },
  faults: [{ do: 'crash', to: 'backend-1', afterMs: { from: 2_500, to: 3_500 }, forMs: 5_000, tolerated: true }],
  facts: [{ name: 'served', asks: 'Is every call served, by whichever replica is left?' }],
  slos: ['nothing-lost', 'effect-once', 'events-valid', 'answers-valid'],
  checkers: ['delivery', 'crud-events', 'conformance', 'answers', 'healed'],
  sometimes: [
    {
      name: 'retried',
      asks: 'Did the sidecar really have to try again?',
      metric: 'dapr_resiliency_activations_total',
      labels: { app_id: 'frontend', policy: 'retry' },
      rises: 1,
      during: 'fault',
    },
  ],
  settleMsMax: 30_000,
};
