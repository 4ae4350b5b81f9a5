import { join } from 'node:path';
import type { Experiment } from '../harness/experiment.ts';
import { k6 } from '../harness/workload/k6.ts';
import { fiftyUsers } from '../load/profiles.ts';

export const kafkaDown: Experiment = {
  name: 'kafka-down',
  kind: 'drill',
  suite: 'verify',
  asks: 'When the broker is killed for 10 s under load, do creates keep succeeding, is nothing acknowledged lost or done twice, and does the system catch up?',
  proves: ['US1.3', 'EDGE-kafka'],
  workload: k6({
    title: 'k6, open model, 50 creates/s for 45 s after a warm-up of 3 s',
    script: join(import.meta.dirname, '..', 'load', 'k6', 'create-tasks.ts'),
    service: 'backend',
    users: fiftyUsers,
    ratePerS: 50,
    warmupMs: 3_000,
    measuredMs: 45_000,
    vusMax: 100,
  }),
  faults: [{ do: 'kill', to: 'kafka', afterMs: { from: 7_000, to: 9_000 }, forMs: 10_000, tolerated: true }],
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
      name: 'publish-failed',
      asks: 'Did the sidecar really fail to publish while the broker was dead?',
      metric: 'dapr_component_pubsub_egress_bulk_count',
      labels: { app_id: 'backend', success: 'false' },
      rises: 1,
      during: 'fault',
    },
  ],
  settleMsMax: 60_000,
};
