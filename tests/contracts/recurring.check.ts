import type { Experiment, WorkloadRun } from '../../harness/experiment.ts';
import { eventually } from '../../harness/workload/eventually.ts';
import { type Journey, journeyTo } from '../../harness/workload/journey.ts';

const templates = 30;
const reminded = 20;

interface Task {
  readonly id: number;
  readonly template_id: number | null;
  readonly occurrence_at: string | null;
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
  proves: ['US3.1', 'US3.2', 'US3.3', 'US5.1', 'US5.3', 'EDGE-cron', 'FR-002', 'FR-014', 'FR-016', 'FR-017'],
  stage: { replicas: { recurring: 2 } },
  workload: {
    title: `${templates} templates and ${reminded} tasks become due; the cron bindings of two replicas tick`,
    async run(w) {
      const call = journeyTo('backend', w);
      const since = w.journal.mark('mark', 'measured-start').at;
      await Promise.all([occurrences(w, call), reminders(w, call, since)]);
    },
  },
  facts: [
    { name: 'tick-comes', asks: 'Does the cron binding call the service by itself?' },
    { name: 'made-once', asks: 'Does each due template make exactly its one task?' },
    { name: 'next-moved', asks: 'Is next_occurrence moved to the following occurrence?' },
    { name: 'reminded-once', asks: 'Does each due task make exactly one reminder.due on the reminders topic?' },
    { name: 'completed-not-reminded', asks: 'Does a completed task make no reminder?' },
  ],
  slos: ['events-valid', 'answers-valid', 'nothing-lost', 'effect-once'],
  checkers: ['delivery', 'conformance', 'answers'],
  settleMsMax: 30_000,
};
