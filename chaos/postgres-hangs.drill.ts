import { setTimeout as sleep } from 'node:timers/promises';
import type { Experiment, WorkloadRun } from '../harness/experiment.ts';
import { journeyTo } from '../harness/workload/journey.ts';
import { creates } from './notification-down.drill.ts';

/** 50/s times the 8 s that a create may wait. */
const load = creates(40, 400);
const faultAfterMs = 4_000;
const faultMs = 12_000;
/** What the services promise for any request. */
const answerMsMax = 10_000;

/** A few people who look what they are told while the database stands still, and when it goes on. */
async function lookOn(w: WorkloadRun): Promise<void> {
  const call = journeyTo('backend', w);
  const user = `waits-${w.seed}`;
  const read = () => call({ what: 'list', user, method: 'GET', path: `/api/${user}/tasks` });
  await sleep(2_000 + faultAfterMs + 3_000, undefined, { signal: w.signal });
  for (let n = 0; n < 3; n++) {
    const startedAt = performance.now();
    const { status } = await read();
    w.journal.fact({ name: 'refused', expected: 503, actual: status, about: `read ${n}` });
    w.journal.fact({
      name: 'in-time',
      comparison: '<=',
      expected: answerMsMax,
      actual: Math.round(performance.now() - startedAt),
      about: `read ${n}`,
    });
  }
  await sleep(faultMs, undefined, { signal: w.signal });
  w.journal.fact({ name: 'goes-on', expected: 200, actual: (await read()).status });
}

export const postgresHangs: Experiment = {
  name: 'postgres-hangs',
  kind: 'drill',
  suite: 'named',
  asks: 'When the database stands still for 12 s under load, is everybody told so in time, is nothing lost or done twice, and is all well when it goes on?',
  proves: [],
  workload: {
    title: `${load.title}; one user who reads while the database stands still`,
    ...(load.tools && { tools: load.tools }),
    async run(w) {
      await Promise.all([load.run(w), lookOn(w)]);
    },
  },
  faults: [{ do: 'pause', to: 'postgres', afterMs: faultAfterMs, forMs: faultMs, tolerated: false }],
  facts: [
    { name: 'refused', asks: 'Is a read refused with 503?' },
    { name: 'goes-on', asks: 'And answered when the database goes on?' },
    { name: 'in-time', asks: 'Within the 10 s that any request may take?' },
  ],
  slos: [
    'nothing-lost',
    'effect-once',
    'events-valid',
    'answers-valid',
    'drill-caught-up',
    'drill-after-response-p95',
    'drill-no-relapse',
  ],
  checkers: ['delivery', 'conformance', 'answers', 'healed', 'generator'],
  sometimes: [],
  settleMsMax: 60_000,
};
