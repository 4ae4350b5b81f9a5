import { join } from 'node:path';
import type { Experiment } from '../../harness/experiment.ts';
import { k6 } from '../../harness/workload/k6.ts';
import { fiftyUsers } from '../../load/profiles.ts';

/** One virtual user can't send 2,000 requests per second: the missed objective is k6's fault, so the verdict is unsure. */
export const tooFewVus: Experiment = {
  name: 'too-few-vus',
  kind: 'load',
  suite: 'named',
  asks: 'Is a generator that could not keep its rate found out?',
  proves: [],
  workload: k6({
    title: 'k6, open model, 2,000 creates/s with one virtual user',
    script: join(import.meta.dirname, '../../load/k6/create-tasks.ts'),
    service: 'backend',
    what: 'create',
    users: fiftyUsers,
    ratePerS: 2_000,
    warmupMs: 0,
    measuredMs: 3_000,
    vusMax: 1,
  }),
  slos: ['create-throughput', 'create-response-p95', 'nothing-lost'],
  checkers: ['delivery', 'generator'],
  settleMsMax: 20_000,
};
