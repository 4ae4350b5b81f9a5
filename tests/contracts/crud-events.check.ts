import type { Experiment, WorkloadRun } from '../../harness/experiment.ts';
import { uuidFrom } from '../../harness/random.ts';
import { eventually } from '../../harness/workload/eventually.ts';
import { type Journey, journeyTo } from '../../harness/workload/journey.ts';

const tasks = 25;

interface Task {
  readonly id: number;
  readonly title: string;
  readonly completed: boolean;
}

const lifeOfEvents = ['task.completed', 'task.created', 'task.deleted', 'task.updated'];

/** One life of a task: every operation a user has, one after the other. Resolves with its key, or with nothing when none was made. */
async function life(w: WorkloadRun, call: Journey, user: string, n: number): Promise<string | undefined> {
  const created = await call({
    what: 'create',
    user,
    method: 'POST',
    path: `/api/${user}/tasks`,
    body: { title: `task ${n}`, description: n % 2 ? `number ${n}` : null, due_date: '2030-01-31T09:00:00Z' },
    keyOf: (body) => String((body as Task).id),
  });
  const key = created.op.key;
  w.journal.fact({ name: 'saved', expected: 201, actual: created.status, about: `task ${n}` });
  if (key === undefined) return undefined;
  const path = `/api/${user}/tasks/${key}`;
  const read = async () => (await call({ what: 'read', user, method: 'GET', path, key })).body as Task | undefined;
  w.journal.fact({ name: 'saved', expected: `task ${n}`, actual: (await read())?.title, about: `task ${key}, read again` });
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
  w.journal.fact({ name: 'completed', expected: true, actual: (await read())?.completed, about: `task ${key}, read again` });
  await call({ what: 'delete', user, method: 'DELETE', path, key });
  return key;
}

/** The same create twice under one key, as after an answer that was lost: the second answer names the first one's task. */
async function again(w: WorkloadRun, call: Journey, user: string, idempotencyKey: string): Promise<void> {
  const create = () =>
    call({
      what: 'create',
      user,
      method: 'POST',
      path: `/api/${user}/tasks`,
      headers: { 'Idempotency-Key': idempotencyKey },
      body: { title: 'asked for twice' },
      keyOf: (body) => String((body as Task).id),
    });
  const [first, second] = [await create(), await create()];
  const expected = { status: 201, key: first.op.key };
  w.journal.fact({ name: 'repeated-once', expected, actual: { status: second.status, key: second.op.key }, about: user });
}

/** By topic, the types of the events about this task. */
async function eventsIn(w: WorkloadRun, since: number): Promise<(key: string) => Record<string, string[]>> {
  const { records } = await w.target.collect(since);
  const typesOf = (topic: string, key: string) =>
    records
      .filter((record) => record.topic === topic && record.key === key)
      .map(({ event }) => String((event as { event_type?: string } | null)?.event_type))
      .sort();
  return (key) => ({ 'task-events': typesOf('task-events', key), 'task-updates': typesOf('task-updates', key) });
}

export const crudEvents: Experiment = {
  name: 'crud-events',
  kind: 'check',
  suite: 'verify',
  asks: 'Does each operation on a task make exactly its event, valid against its schema, in order, with one effect?',
  proves: ['US1.1', 'US1.2', 'FR-002', 'FR-005', 'FR-006', 'FR-023', 'FR-024', 'FR-026', 'FR-027', 'SC-005'],
  workload: {
    title: `${tasks} tasks created, read, updated, listed, completed and deleted, and five asked for twice; five users at a time, dealt to the replicas`,
    async run(w) {
      const doors = w.target.replicas('backend').map((url) => journeyTo(url, w));
      const since = w.journal.mark('mark', 'measured-start').at;
      const keys: string[] = [];
      const users = Array.from({ length: 5 }, (_, n) => `check-${w.seed}-${n}`);
      await Promise.all(
        users.map(async (user, n) => {
          const call = doors[n % doors.length] as Journey;
          for (let task = n; task < tasks; task += users.length) {
            const key = await life(w, call, user, task);
            if (key !== undefined) keys.push(key);
          }
        }),
      );
      for (const [n, user] of users.entries()) await again(w, doors[n % doors.length] as Journey, user, uuidFrom(w.random));
      const wanted = { 'task-events': lifeOfEvents, 'task-updates': lifeOfEvents };
      const whole = (of: (key: string) => Record<string, string[]>) =>
        keys.every((key) => Object.values(of(key)).every((types) => types.length >= lifeOfEvents.length));
      const seen = await eventually(w, () => eventsIn(w, since), whole, { everyMs: 500, giveUpMs: 20_000 });
      for (const key of keys)
        w.journal.fact({ name: 'types-in-topics', expected: wanted, actual: seen(key), about: `task ${key}` });
    },
  },
  facts: [
    { name: 'saved', asks: 'Is a new task there when it is read again?' },
    { name: 'completed', asks: 'Is a completed task completed when it is read again?' },
    { name: 'repeated-once', asks: 'Is a create that is repeated under its Idempotency-Key the same task?' },
    { name: 'types-in-topics', asks: 'Are all four types of task events in task-events, and in task-updates too?' },
  ],
  slos: ['events-valid', 'answers-valid', 'nothing-lost', 'effect-once', 'order-kept'],
  checkers: ['delivery', 'order', 'crud-events', 'conformance', 'answers'],
  settleMsMax: 30_000,
};
