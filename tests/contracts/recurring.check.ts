import type { Experiment, WorkloadRun } from '../../harness/experiment.ts';
import { eventually } from '../../harness/workload/eventually.ts';
import { type Journey, journeyTo } from '../../harness/workload/journey.ts';
import { requestCounts } from '../../harness/workload/request-counts.ts';

const templates = 30;
const reminded = 20;
const replicas = 2;
/** Of the cron binding in runs (`rehearsal` of system.yaml). */
const cronMs = 2_000;

interface Task {
  readonly id: number;
  readonly template_id: number | null;
  readonly occurrence_at: string | null;
  readonly created_at: string;
}
interface Template {
  readonly id: number;
  readonly next_occurrence: string | null;
}

const wallClock = (atMs: number): string => new Date(atMs).toISOString().slice(0, 19);

/** Templates of every shorthand, due a moment from now; nobody but the cron binding will call the service. */
async function plant(call: Journey, user: string, dueAtMs: number): Promise<Template[]> {
  const planted: Template[] = [];
  for (let n = 0; n < templates; n++) {
    const { body, status } = await call({
      what: 'template-create',
      user,
      method: 'POST',
      path: `/api/${user}/templates`,
      body: {
        title: `recurring ${n}`,
        recurrence: (['daily', 'weekly', 'monthly'] as const)[n % 3],
        time_zone: 'UTC',
        starts_at: wallClock(dueAtMs),
      },
      key: user,
    });
    if (status === 201) planted.push(body as Template);
  }
  return planted;
}

async function tasksOf(call: Journey, user: string): Promise<readonly Task[]> {
  const { body } = await call({ what: 'list', user, method: 'GET', path: `/api/${user}/tasks?limit=100`, key: user });
  return (body as { items?: Task[] } | undefined)?.items ?? [];
}

async function occurrences(w: WorkloadRun, call: Journey): Promise<void> {
  const user = `recurring-${w.seed}`;
  const dueAtMs = Math.ceil((Date.now() + 3_000) / 1000) * 1000;
  const planted = await plant(call, user, dueAtMs);
  const inTime = Date.now() < dueAtMs;
  w.journal.fact({ name: 'tick-comes', expected: templates, actual: planted.length, about: 'templates accepted' });
  const tasks = await eventually(
    w,
    () => tasksOf(call, user),
    (seen) => seen.length >= planted.length,
    {
      everyMs: 250,
      giveUpMs: 20_000,
    },
  );
  w.journal.fact({ name: 'tick-comes', comparison: '>=', expected: 1, actual: tasks.length });
  // Two more ticks of two replicas: now duplicates would be there.
  await ticked(w, call, `${user}-later`);
  const after = await tasksOf(call, user);
  const madeAtMs = after.filter(({ template_id }) => template_id !== null).map(({ created_at }) => Date.parse(created_at));
  // They became due in the same moment: what one tick leaves to the next is made a period later. Not for who planted too late.
  if (inTime && madeAtMs.length > 0)
    w.journal.fact({
      name: 'in-one-tick',
      comparison: '<=',
      expected: cronMs / 2,
      actual: Math.max(...madeAtMs) - Math.min(...madeAtMs),
      about: `${madeAtMs.length} tasks, ms between the first and the last`,
    });
  for (const { id } of planted) {
    const made = after.filter(({ template_id }) => template_id === id);
    const about = `template ${id}`;
    w.journal.fact({
      name: 'made-once',
      expected: [new Date(dueAtMs).toISOString()],
      actual: made.map((task) => task.occurrence_at),
      about,
    });
    const { body } = await call({ what: 'template-read', user, method: 'GET', path: `/api/${user}/templates/${id}`, key: user });
    const next = Date.parse((body as Template | undefined)?.next_occurrence ?? '');
    w.journal.fact({ name: 'next-moved', comparison: '>=', expected: dueAtMs + 86_400_000, actual: next, about });
  }
}

/** POSTs to the route that each replica of the service has answered with 200. */
const answeredTicks = (w: WorkloadRun) =>
  requestCounts(w.target, 'recurring', { method: 'POST', routeEnd: '/dapr/cron/reminder-cron', status: 200 });

/** What the binding of each replica's sidecar has delivered. */
async function deliveredTicks(w: WorkloadRun): Promise<number[]> {
  const isOurs = ({ app_id, component, success }: Readonly<Record<string, string>>) =>
    app_id === 'recurring' && component === 'reminder-cron' && success === 'true';
  return (await w.target.sample())
    .filter(({ metric, labels }) => metric === 'dapr_component_input_binding_count' && isOurs(labels))
    .map(({ value }) => value);
}

/**
 * Of every replica: the service was called, and by its sidecar's binding. A sidecar counts after its service: seen first at the
 * beginning and last at the end, it can only have counted more.
 */
async function watchTicks(w: WorkloadRun): Promise<() => Promise<void>> {
  const deliveredBefore = await deliveredTicks(w);
  const answeredBefore = await answeredTicks(w);
  return async () => {
    const answered = (await answeredTicks(w)).map((count, n) => count - (answeredBefore[n] ?? 0));
    const delivered = await eventually(
      w,
      async () => (await deliveredTicks(w)).map((count, n) => count - (deliveredBefore[n] ?? 0)),
      (counts) => answered.every((count, n) => (counts[n] ?? 0) >= count),
      { everyMs: 250, giveUpMs: 5_000 },
    );
    for (let n = 0; n < replicas; n++) {
      const about = `replica ${n}`;
      w.journal.fact({ name: 'all-tick', comparison: '>=', expected: 2, actual: answered[n] ?? 0, about });
      w.journal.fact({ name: 'binding-ticks', comparison: '>=', expected: answered[n] ?? 1, actual: delivered[n] ?? 0, about });
    }
  };
}

/** Resolves when a template planted now has been dealt with: whole ticks have passed since the call. */
async function ticked(w: WorkloadRun, call: Journey, user: string): Promise<void> {
  for (const round of [1, 2]) {
    const dueAtMs = Date.now() + 1_000;
    const path = `/api/${user}-${round}/templates`;
    const body = { title: 'tick', recurrence: 'daily', time_zone: 'UTC', starts_at: wallClock(dueAtMs + 1_000) };
    await call({ what: 'template-create', user: `${user}-${round}`, method: 'POST', path, body, key: user });
    await eventually(
      w,
      () => tasksOf(call, `${user}-${round}`),
      (seen) => seen.length > 0,
      { everyMs: 250, giveUpMs: 20_000 },
    );
  }
}

async function reminders(w: WorkloadRun, call: Journey, since: number): Promise<void> {
  const user = `reminded-${w.seed}`;
  // The default lead time is an hour: half an hour before, the reminder is due.
  const body = (n: number) => ({ title: `due ${n}`, due_date: new Date(Date.now() + 30 * 60_000).toISOString() });
  const created: string[] = [];
  const completed: string[] = [];
  for (let n = 0; n < reminded; n++) {
    const { op } = await call({
      what: 'create',
      user,
      method: 'POST',
      path: `/api/${user}/tasks`,
      // Completed at once, or due in four hours and so not yet to be reminded of: neither may make an event.
      body: n % 4 === 3 ? { ...body(n), due_date: new Date(Date.now() + 4 * 3_600_000).toISOString() } : body(n),
      keyOf: (task) => String((task as Task).id),
    });
    if (op.key === undefined) continue;
    (n % 4 === 3 ? completed : created).push(op.key);
  }
  for (const key of completed) {
    await call({
      what: 'complete',
      user,
      method: 'POST',
      path: `/api/${user}/tasks/${key}/complete`,
      key,
    });
    const due_date = new Date(Date.now() + 30 * 60_000).toISOString();
    await call({
      what: 'update',
      user,
      method: 'PATCH',
      path: `/api/${user}/tasks/${key}`,
      body: { due_date },
      key,
    });
  }
  const announced = async () =>
    (await w.target.collect(since)).records.filter(
      ({ topic, event }) => topic === 'reminders' && typeOf(event) === 'reminder.due',
    );
  await eventually(w, announced, (records) => created.every((key) => records.some((record) => record.key === key)), {
    everyMs: 500,
    giveUpMs: 20_000,
  });
  await ticked(w, call, `${user}-later`);
  const seen = await announced();
  for (const key of created)
    w.journal.fact({
      name: 'reminded-once',
      expected: 1,
      actual: seen.filter((record) => record.key === key).length,
      about: `task ${key}`,
    });
  for (const key of completed)
    w.journal.fact({
      name: 'completed-not-reminded',
      expected: 0,
      actual: seen.filter((record) => record.key === key).length,
      about: `task ${key}`,
    });
}

const typeOf = (event: unknown): unknown => (event as { event_type?: unknown } | null)?.event_type;

export const recurring: Experiment = {
  name: 'recurring',
  kind: 'check',
  suite: 'verify',
  asks: 'Do ticks of two replicas turn every due template into one task, and every due reminder into one event?',
  proves: ['US3.1', 'US3.2', 'US3.3', 'US5.1', 'US5.3', 'EDGE-cron', 'FR-002', 'FR-014', 'FR-016', 'FR-017', 'FR-025', 'SC-005'],
  stage: { replicas: { recurring: replicas } },
  workload: {
    title: `${templates} templates and ${reminded} tasks become due; the cron bindings of two replicas tick`,
    async run(w) {
      const call = journeyTo('backend', w);
      const since = w.journal.mark('mark', 'measured-start').at;
      const lookAtTicks = await watchTicks(w);
      await Promise.all([occurrences(w, call), reminders(w, call, since)]);
      await lookAtTicks();
    },
  },
  facts: [
    { name: 'tick-comes', asks: 'Does the cron binding call the service by itself?' },
    { name: 'all-tick', asks: 'Is every replica of the service called, by POST, at /dapr/cron/reminder-cron?' },
    { name: 'binding-ticks', asks: 'Does each of these calls come from the binding reminder-cron of its own sidecar?' },
    { name: 'in-one-tick', asks: 'Are all templates that are due at once made into tasks in one go, not a part at each tick?' },
    { name: 'made-once', asks: 'Does each due template make exactly its one task?' },
    { name: 'next-moved', asks: 'Is next_occurrence moved to the following occurrence?' },
    { name: 'reminded-once', asks: 'Does each due task make exactly one reminder.due on the reminders topic?' },
    { name: 'completed-not-reminded', asks: 'Does a completed task make no reminder?' },
  ],
  slos: ['events-valid', 'answers-valid', 'nothing-lost', 'effect-once'],
  checkers: ['delivery', 'conformance', 'answers'],
  settleMsMax: 30_000,
};
