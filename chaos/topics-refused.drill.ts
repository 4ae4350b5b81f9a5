import type { Experiment, WorkloadRun } from '../harness/experiment.ts';
import { journeyTo } from '../harness/workload/journey.ts';
import { steady } from '../harness/workload/steady.ts';
import { otherOperations } from './kafka-down.drill.ts';
import { creates } from './notification-down.drill.ts';

/** Tasks whose reminders are due at once, so that events wait for the topic that takes none. */
async function remindersDue(w: WorkloadRun): Promise<void> {
  const call = journeyTo('backend', w);
  const due_date = new Date(Date.now() + 40 * 60_000).toISOString();
  await steady(w, { ratePerS: 10, forMs: 3_000, what: 'create', who: 'journey' }, async (n) => {
    const user = `reminded-${w.seed}-${n % 10}`;
    const body = { title: `remind ${n}`, due_date };
    const keyOf = (task: unknown) => String((task as { id: number }).id);
    await call({ what: 'create', user, method: 'POST', path: `/api/${user}/tasks`, body, keyOf });
  });
}

const load = creates(60);

/** Longer than a topic of best effort may take before events are let go (30 s). */
export const topicsRefused: Experiment = {
  name: 'topics-refused',
  kind: 'drill',
  suite: 'named',
  asks: 'When two topics take no writes for 40 s, a durable one and one of best effort, do the events of the third have their effects at once and only once, and do those of the durable one come in the end?',
  proves: [],
  workload: {
    title: `${load.title}; 2 tasks/s that are created, updated, completed and deleted; thirty reminders that are due when the fault is in`,
    ...(load.tools && { tools: load.tools }),
    async run(w) {
      await Promise.all([load.run(w), otherOperations(w), remindersDue(w)]);
    },
  },
  faults: [
    { do: 'refuse', to: 'kafka/reminders', afterMs: 500, forMs: 42_000, tolerated: true },
    { do: 'refuse', to: 'kafka/task-updates', afterMs: { from: 3_000, to: 4_000 }, forMs: 38_000, tolerated: true },
  ],
  facts: [{ name: 'operations-go-on', asks: 'Are tasks created, updated, completed and deleted all the while?' }],
  slos: [
    'drill-create-errors',
    'drill-create-response-p95',
    'drill-effect-p95',
    'nothing-lost',
    'effect-once',
    'events-valid',
    'answers-valid',
    'drill-caught-up',
    'drill-no-relapse',
  ],
  checkers: ['delivery', 'order', 'conformance', 'answers', 'healed', 'generator'],
  sometimes: [
    {
      name: 'publish-failed',
      asks: 'Did the sidecar really fail to publish while topics took nothing?',
      metric: 'dapr_component_pubsub_egress_bulk_count',
      labels: { app_id: 'backend', success: 'false' },
      rises: 1,
      during: 'fault',
    },
  ],
  settleMsMax: 60_000,
};
