import type { Experiment } from '../../harness/experiment.ts';
import { type Journey, journeyTo } from '../../harness/workload/journey.ts';

const tasks = 25;

/** One life of a task: every operation a user has, one after the other. */
async function life(call: Journey, user: string, n: number): Promise<void> {
  const created = await call({
    what: 'create',
    user,
    method: 'POST',
    path: `/api/${user}/tasks`,
    body: { title: `task ${n}`, description: n % 2 ? `number ${n}` : null, due_date: '2030-01-31T09:00:00Z' },
    keyOf: (body) => String((body as { id: number }).id),
  });
  const key = created.op.key;
  if (key === undefined) return;
  const path = `/api/${user}/tasks/${key}`;
  await call({ what: 'read', user, method: 'GET', path, key });
  await call({
    what: 'update',
    user,
    method: 'PATCH',
    path,
    body: { title: `task ${n}, renamed`, priority_id: 2 },
    key,
  });
  await call({ what: 'list', user, method: 'GET', path: `/api/${user}/tasks?limit=10`, key: user });
  await call({ what: 'complete', user, method: 'POST', path: `${path}/complete`, key });
  await call({ what: 'delete', user, method: 'DELETE', path, key });
}

export const crudEvents: Experiment = {
  name: 'crud-events',
  kind: 'check',
  suite: 'verify',
  asks: 'Does each operation on a task make exactly its event, valid against its schema, in order, with one effect?',
  proves: ['US1.1', 'US1.2', 'FR-002', 'FR-005', 'FR-006', 'FR-023', 'FR-024', 'FR-026', 'FR-027', 'SC-005'],
  workload: {
    title: `${tasks} tasks created, read, updated, listed, completed and deleted; five users at a time, dealt to the replicas`,
    async run(w) {
      const doors = w.target.replicas('backend').map((url) => journeyTo(url, w));
      w.journal.mark('mark', 'measured-start');
      const users = Array.from({ length: 5 }, (_, n) => `check-${w.seed}-${n}`);
      await Promise.all(
        users.map(async (user, n) => {
          const call = doors[n % doors.length] as Journey;
          for (let task = n; task < tasks; task += users.length) await life(call, user, task);
        }),
      );
    },
  },
  slos: ['events-valid', 'answers-valid', 'nothing-lost', 'effect-once', 'order-kept'],
  checkers: ['delivery', 'order', 'crud-events', 'conformance', 'answers'],
  settleMsMax: 30_000,
};
