import type { Experiment, WorkloadRun } from '../../harness/experiment.ts';
import { uuidFrom } from '../../harness/random.ts';
import { eventually } from '../../harness/workload/eventually.ts';
import { type Journey, journeyTo } from '../../harness/workload/journey.ts';

interface Bad {
  readonly why: string;
  readonly method: 'GET' | 'POST' | 'PATCH' | 'PUT' | 'DELETE';
  readonly path: string;
  readonly body?: unknown;
  readonly headers?: Readonly<Record<string, string>>;
  /** Left out: the owner of the path. */
  readonly user?: string | null;
}

const requestsOf = (user: string): readonly Bad[] => [
  { why: 'no token', method: 'GET', path: `/api/${user}/tasks`, user: null },
  {
    why: 'a token that is none',
    method: 'GET',
    path: `/api/${user}/tasks`,
    user: null,
    headers: { authorization: 'Bearer x.y.z' },
  },
  {
    why: 'alg none',
    method: 'GET',
    path: `/api/${user}/tasks`,
    user: null,
    headers: {
      authorization: `Bearer ${[{ alg: 'none' }, { sub: user, exp: 9_999_999_999 }].map((part) => Buffer.from(JSON.stringify(part)).toString('base64url')).join('.')}.`,
    },
  },
  { why: "another's path", method: 'GET', path: '/api/somebody-else/tasks' },
  { why: 'a wrong type', method: 'POST', path: `/api/${user}/tasks`, body: { title: 7 } },
  { why: 'a field too many', method: 'POST', path: `/api/${user}/tasks`, body: { title: 'x', admin: true } },
  { why: 'a list', method: 'POST', path: `/api/${user}/tasks`, body: [] },
  {
    why: 'a body over the limit',
    method: 'POST',
    path: `/api/${user}/tasks`,
    body: { title: 'x', description: 'y'.repeat(200_000) },
  },
  {
    why: 'another media type',
    method: 'POST',
    path: `/api/${user}/tasks`,
    body: { title: 'x' },
    headers: { 'content-type': 'text/plain' },
  },
  { why: 'a huge page', method: 'GET', path: `/api/${user}/tasks?limit=100000` },
  { why: 'SQL in a cursor', method: 'GET', path: `/api/${user}/tasks?cursor=${encodeURIComponent("' or 1=1 --")}` },
  { why: 'SQL in an id', method: 'GET', path: `/api/${user}/tasks/${encodeURIComponent('1; drop table tasks')}` },
  { why: 'a header in an id', method: 'GET', path: `/api/${user}/tasks/1%0d%0aSet-Cookie:%20a=b` },
  { why: 'half a percent', method: 'GET', path: `/api/${user}/tasks/%zz` },
  {
    why: 'a template without a rule',
    method: 'POST',
    path: `/api/${user}/templates`,
    body: { title: 'x', time_zone: 'UTC', starts_at: '2030-01-01T09:00' },
  },
  {
    why: 'a rule that is none',
    method: 'POST',
    path: `/api/${user}/templates`,
    body: { title: 'x', time_zone: 'UTC', starts_at: '2030-01-01T09:00', rrule: 'FREQ=SOMETIMES' },
  },
  {
    why: 'a zone that is none',
    method: 'POST',
    path: `/api/${user}/templates`,
    body: { title: 'x', time_zone: 'Mars/Olympus', starts_at: '2030-01-01T09:00', recurrence: 'daily' },
  },
  { why: 'a conversation that is none', method: 'GET', path: `/api/${user}/chat/sessions/not-a-uuid` },
  { why: "the sidecar's address without its token", method: 'GET', path: '/nowhere' },
];

async function refusals(w: WorkloadRun, call: Journey, user: string): Promise<void> {
  for (const { why, method, path, body, headers, user: as = user } of requestsOf(user)) {
    const answer = await call({
      what: 'refused',
      expects: 'refusal',
      method,
      path,
      key: 'nobody',
      ...(as !== null && { user: as }),
      ...(body !== undefined && { body }),
      ...(headers && { headers }),
    });
    w.journal.fact({
      name: 'refused',
      expected: { refused: true, type: 'application/problem+json' },
      actual: {
        refused: answer.status >= 400 && answer.status < 500,
        type: (answer.headers.get('content-type') ?? '').split(';')[0],
      },
      about: `${why}: ${answer.status}`,
    });
  }
}

/** As a careless producer would: straight to the topic. */
async function publish(w: WorkloadRun, topic: string, id: string, key: string, event: unknown): Promise<void> {
  const url = new URL(`/v1.0/publish/kafka-pubsub/${topic}`, w.target.sidecarUrl('backend'));
  url.searchParams.set('metadata.cloudevent.id', id);
  url.searchParams.set('metadata.partitionKey', key);
  const response = await fetch(url, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify(event),
    signal: AbortSignal.any([w.signal, AbortSignal.timeout(10_000)]),
  });
  if (response.status !== 204) throw new Error(`PUBLISH_REFUSED: ${response.status} ${await response.text()}`);
}

async function poison(w: WorkloadRun, call: Journey, user: string): Promise<void> {
  const since = Date.now() - 1_000;
  const good = await call({
    what: 'create',
    user,
    method: 'POST',
    path: `/api/${user}/tasks`,
    body: { title: 'in good company' },
    eventType: 'task.created',
    keyOf: (task) => String((task as { id: number }).id),
  });
  const key = good.op.key ?? '0';
  const event = {
    event_id: uuidFrom(w.random),
    event_type: 'task.created',
    timestamp: new Date().toISOString(),
    version: 'v1.2',
    data: { id: Number(key), user_id: user, title: 'x', completed: false },
  };
  const bad: readonly [string, string, unknown][] = [
    ['a broken schema', 'task-events', { ...event, event_id: uuidFrom(w.random), data: { id: 'seven' } }],
    ['an unknown type', 'task-events', { ...event, event_id: uuidFrom(w.random), event_type: 'task.exploded' }],
    ['an unknown major version', 'task-events', { ...event, event_id: uuidFrom(w.random), version: 'v9.0' }],
    ['no object', 'task-events', ['x']],
    ['a broken reminder', 'reminders', { ...event, event_id: uuidFrom(w.random), event_type: 'reminder.due' }],
  ];
  const ids = bad.map(() => uuidFrom(w.random));
  for (const [n, [, topic]] of bad.entries()) w.journal.mark('mark', 'poison', { topic, id: ids[n] });
  for (const [n, [, topic, value]] of bad.entries()) await publish(w, topic, ids[n] as string, key, value);
  // Same key, same partition: behind all of them.
  const after = await call({
    what: 'update',
    user,
    method: 'PATCH',
    path: `/api/${user}/tasks/${key}`,
    body: { title: 'after the bad ones' },
    key,
    eventType: 'task.updated',
  });
  const effects = await eventually(
    w,
    () => w.target.effectIds(since),
    (seen) => seen.has(after.op.eventId ?? ''),
    { everyMs: 100, giveUpMs: 20_000 },
  );
  w.journal.fact({ name: 'good-event-after', expected: true, actual: effects.has(after.op.eventId ?? '') });
  const dead = await eventually(
    w,
    async () => (await w.target.collect(since)).records.filter(({ topic }) => /-dead$/.test(topic)).map(({ id }) => id),
    (seen) => ids.every((id) => seen.includes(id)),
    { everyMs: 500, giveUpMs: 15_000 },
  );
  for (const [n, [why]] of bad.entries())
    w.journal.fact({ name: 'dead-lettered', expected: true, actual: dead.includes(ids[n] as string), about: why });
}

export const badInput: Experiment = {
  name: 'bad-input',
  kind: 'check',
  suite: 'verify',
  asks: 'Is every bad request refused with a problem below 500, and does every bad event go to its dead letter topic without holding up the good ones?',
  proves: [],
  workload: {
    title: 'requests and events that nobody should send',
    async run(w) {
      const call = journeyTo('backend', w);
      w.journal.mark('mark', 'measured-start');
      const user = `careless-${w.seed}`;
      await refusals(w, call, user);
      await poison(w, call, user);
    },
  },
  facts: [
    { name: 'refused', asks: 'Is each bad request a 4xx with a problem?' },
    { name: 'dead-lettered', asks: 'Is each bad event in a dead letter topic?' },
    { name: 'good-event-after', asks: 'Does the good event behind the bad ones have its effect?' },
  ],
  slos: ['answers-valid'],
  checkers: ['delivery', 'order', 'answers'],
  settleMsMax: 20_000,
};
