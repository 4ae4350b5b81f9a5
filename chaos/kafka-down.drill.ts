import { join } from 'node:path';
import type { Experiment, WorkloadRun } from '../harness/experiment.ts';
import { journeyTo } from '../harness/workload/journey.ts';
import { k6 } from '../harness/workload/k6.ts';
import { logLines } from '../harness/workload/log-lines.ts';
import { steady } from '../harness/workload/steady.ts';
import { fiftyUsers } from '../load/profiles.ts';

const creates = k6({
  title: 'k6, open model, 50 creates/s for 45 s after a warm-up of 3 s',
  script: join(import.meta.dirname, '..', 'load', 'k6', 'create-tasks.ts'),
  service: 'backend',
  what: 'create',
  users: fiftyUsers,
  ratePerS: 50,
  warmupMs: 3_000,
  measuredMs: 45_000,
  vusMax: 100,
});

/** The operations beside create, on tasks of their own: often enough that some of each fall into the fault. */
export async function otherOperations(w: WorkloadRun): Promise<void> {
  const call = journeyTo('backend', w);
  const arrivals = { ratePerS: 2, forMs: 40_000, what: 'create', then: ['update', 'complete', 'delete'], who: 'journey' };
  await steady(w, arrivals, async (n) => {
    const user = `goes-on-${w.seed}-${n % 5}`;
    const tasks = `/api/${user}/tasks`;
    const created = await call({
      what: 'create',
      user,
      method: 'POST',
      path: tasks,
      body: { title: `goes on ${n}` },
      keyOf: (task) => String((task as { id: number }).id),
    });
    const seen = (what: string, expected: number, actual: number) =>
      w.journal.fact({ name: 'operations-go-on', expected, actual, about: `${what} ${n}` });
    seen('create', 201, created.status);
    const key = created.op.key;
    if (key === undefined) return;
    const path = `${tasks}/${key}`;
    seen('update', 200, (await call({ what: 'update', user, method: 'PATCH', path, body: { priority_id: 2 }, key })).status);
    seen('complete', 200, (await call({ what: 'complete', user, method: 'POST', path: `${path}/complete`, key })).status);
    seen('delete', 204, (await call({ what: 'delete', user, method: 'DELETE', path, key })).status);
  });
}

/** The relay says so once when it begins, and again every ten seconds. */
function lookForWarnings(w: WorkloadRun, sinceMs: number): void {
  const lines = logLines(w.target, 'backend');
  if (lines === undefined) return;
  const warnings = lines.filter(({ time, msg }) => Number(time) >= sinceMs && /^publishing fails/.test(String(msg)));
  w.journal.fact({ name: 'failures-logged', comparison: '>=', expected: 1, actual: warnings.length });
}

export const kafkaDown: Experiment = {
  name: 'kafka-down',
  kind: 'drill',
  suite: 'verify',
  asks: 'When the broker is killed for 10 s under load, do creates keep succeeding, is nothing acknowledged lost or done twice, and does the system catch up?',
  proves: ['US1.3', 'EDGE-kafka', 'FR-004'],
  workload: {
    title: `${creates.title}; beside them 2 tasks/s are created, updated, completed and deleted`,
    ...(creates.tools && { tools: creates.tools }),
    async run(w) {
      const since = Date.now();
      await Promise.all([creates.run(w), otherOperations(w)]);
      lookForWarnings(w, since);
    },
  },
  faults: [{ do: 'kill', to: 'kafka', afterMs: { from: 7_000, to: 9_000 }, forMs: 10_000, tolerated: true }],
  facts: [
    { name: 'operations-go-on', asks: 'Are tasks created, updated, completed and deleted all the while?' },
    { name: 'failures-logged', asks: 'Does the log warn that publishing fails?' },
  ],
  slos: [
    'drill-create-errors',
    'drill-create-response-p95',
    'nothing-lost',
    'effect-once',
    'events-valid',
    'answers-valid',
    'drill-caught-up',
    'drill-no-relapse',
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
