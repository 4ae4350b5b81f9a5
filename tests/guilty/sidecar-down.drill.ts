import { join } from 'node:path';
import type { Experiment } from '../../harness/experiment.ts';
import { k6 } from '../../harness/workload/k6.ts';
import { fiftyUsers } from '../../load/profiles.ts';

/** Short: an honest relay passes it, one that marks rows before publishing loses what it marked. */
export const sidecarDown: Experiment = {
  name: 'sidecar-down',
  kind: 'drill',
  suite: 'named',
  asks: 'When the sidecar is killed for 2 s under load, is nothing acknowledged lost?',
  proves: [],
  workload: k6({
    title: 'k6, open model, 40 creates/s for 6 s',
    script: join(import.meta.dirname, '../../load/k6/create-tasks.ts'),
    service: 'backend',
    what: 'create',
    users: fiftyUsers,
    ratePerS: 40,
    warmupMs: 0,
    measuredMs: 6_000,
    vusMax: 40,
  }),
  faults: [{ do: 'kill', to: 'backend-sidecar', afterMs: 1_500, forMs: 2_000, tolerated: true }],
  slos: ['nothing-lost', 'effect-once'],
  checkers: ['delivery', 'healed', 'generator'],
  settleMsMax: 10_000,
};
