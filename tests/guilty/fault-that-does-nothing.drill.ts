import { join } from 'node:path';
import { kafkaDown } from '../../chaos/kafka-down.drill.ts';
import type { Experiment } from '../../harness/experiment.ts';
import { k6 } from '../../harness/workload/k6.ts';
import { fiftyUsers } from '../../load/profiles.ts';

/** All objectives hold, because nothing was broken: such a drill proves nothing and must not pass. */
export const faultThatDoesNothing: Experiment = {
  ...kafkaDown,
  name: 'fault-that-does-nothing',
  suite: 'named',
  asks: 'Is a drill whose fault did nothing found out?',
  proves: [],
  workload: k6({
    title: 'k6, open model, 50 creates/s for 5 s',
    script: join(import.meta.dirname, '../../load/k6/create-tasks.ts'),
    service: 'backend',
    what: 'create',
    users: fiftyUsers,
    ratePerS: 50,
    warmupMs: 0,
    measuredMs: 5_000,
    vusMax: 20,
  }),
  // Nobody publishes by way of the mail server.
  faults: [{ do: 'pause', to: 'mail', afterMs: 1_000, forMs: 1_000, tolerated: true }],
  slos: ['nothing-lost', 'effect-once'],
  settleMsMax: 20_000,
};
