import { join } from 'node:path';
import type { Experiment } from '../harness/experiment.ts';
import { k6 } from '../harness/workload/k6.ts';
import { fiftyUsers } from '../load/profiles.ts';

/** Measured for so many seconds. `vusMax`: rate times the longest answer, where that may take long. */
export const creates = (measuredS: number, vusMax = 100) =>
  k6({
    title: `k6, open model, 50 creates/s for ${measuredS} s after a warm-up of 2 s`,
    script: join(import.meta.dirname, '..', 'load', 'k6', 'create-tasks.ts'),
    service: 'backend',
    what: 'create',
    users: fiftyUsers,
    ratePerS: 50,
    warmupMs: 2_000,
    measuredMs: measuredS * 1_000,
    vusMax,
  });

export const notificationDown: Experiment = {
  name: 'notification-down',
  kind: 'drill',
  suite: 'verify',
  asks: 'When the notification service is killed for 6 s under load, do creates succeed at once, and does every effect come when it is back?',
  proves: ['US1.3'],
  workload: creates(16),
  faults: [{ do: 'kill', to: 'notification', afterMs: { from: 3_500, to: 4_500 }, forMs: 6_000, tolerated: true }],
  slos: [
    'drill-create-errors',
    'drill-create-response-p95',
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
