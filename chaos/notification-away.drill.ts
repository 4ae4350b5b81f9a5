import { join } from 'node:path';
import type { Experiment } from '../harness/experiment.ts';
import { k6 } from '../harness/workload/k6.ts';
import { fiftyUsers } from '../load/profiles.ts';

/** Longer than `notification-down`: deliveries that wait for it begin together once a second, fifty times over (DECISIONS.md, 2026-11-25). */
export const notificationAway: Experiment = {
  name: 'notification-away',
  kind: 'drill',
  suite: 'named',
  asks: 'When the notification service is dead for 50 s under load, does every event wait for it, and does the system stay well when it is back?',
  // More of the same that notification-down shows: the row of US1.3 rests on that one, which every run of verify has.
  proves: [],
  workload: k6({
    title: 'k6, open model, 50 creates/s for 70 s after a warm-up of 2 s',
    script: join(import.meta.dirname, '..', 'load', 'k6', 'create-tasks.ts'),
    service: 'backend',
    what: 'create',
    users: fiftyUsers,
    ratePerS: 50,
    warmupMs: 2_000,
    measuredMs: 70_000,
    vusMax: 100,
  }),
  faults: [{ do: 'kill', to: 'notification', afterMs: { from: 3_500, to: 4_500 }, forMs: 50_000, tolerated: true }],
  slos: [
    'drill-create-errors',
    'drill-create-response-p95',
    'drill-no-relapse',
    'nothing-lost',
    'effect-once',
    'events-valid',
    'answers-valid',
    'drill-caught-up',
  ],
  checkers: ['delivery', 'conformance', 'answers', 'healed', 'generator'],
  sometimes: [
    {
      name: 'delivery-failed',
      asks: 'Did the sidecar really fail to deliver while the service was dead?',
      metric: 'dapr_resiliency_activations_total',
      labels: { app_id: 'notification', policy: 'retry' },
      rises: 1,
      during: 'fault',
    },
  ],
  settleMsMax: 60_000,
};
