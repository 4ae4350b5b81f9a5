import { join } from 'node:path';
import type { Experiment } from '../harness/experiment.ts';
import { k6 } from '../harness/workload/k6.ts';
import { fiftyUsers } from './profiles.ts';

export const create100: Experiment = {
  name: 'create-100',
  kind: 'load',
  suite: 'verify',
  asks: 'Does the backend take 100 new tasks per second in time, and does every one of them become its effect exactly once?',
  proves: ['US1.1', 'SC-001', 'SC-007'],
  workload: k6({
    title: 'k6, open model, 100 creates/s for 30 s after a warm-up of 10 s',
    script: join(import.meta.dirname, 'k6', 'create-tasks.ts'),
    service: 'backend',
    what: 'create',
    users: fiftyUsers,
    ratePerS: 100,
    warmupMs: 10_000, // eight programs with compilers of their own; on two cores they need as long
    measuredMs: 30_000,
    vusMax: 100,
  }),
  slos: [
    'create-errors',
    'create-throughput',
    'create-response-p95',
    'accept-to-broker-p95',
    'accept-to-broker-p99',
    'effect-latency-p99',
    'nothing-lost',
    'effect-once',
    'events-valid',
    'answers-valid',
  ],
  checkers: ['delivery', 'conformance', 'answers', 'generator'],
  settleMsMax: 30_000,
};
