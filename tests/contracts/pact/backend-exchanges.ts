/** What the page asks of backend, and the answers it treats specially. One entry per interaction. */
import type { Exchange } from './exchange.ts';
import {
  boolean,
  chatMessage,
  chatSession,
  eachLike,
  etag,
  idempotencyKey,
  integer,
  nullValue,
  problem,
  problemType,
  regex,
  sessionId,
  string,
  task,
  template,
  user,
  uuid,
} from './shapes.ts';

/** In Pact's order: to backend, the same fields in another order are another request under the same key. */
const newTask = {
  description: 'The big one twice',
  due_date: '2036-01-02T09:00:00.000Z',
  priority_id: 2,
  reminder_lead_minutes: [60],
  tags: ['home'],
  title: 'Water the plants',
};
const newTemplate = {
  title: 'Take out the bins',
  recurrence: 'weekly',
  tags: ['home'],
  reminder_lead_minutes: [60],
  time_zone: 'Europe/Berlin',
  starts_at: '2036-01-07T07:00:00',
};
const eventId = { 'X-Event-Id': uuid('0193e1c0-3b5f-7a10-9d2e-8899aabbccdd') };
const location = (path: string, example: string) => ({ Location: regex(`^/api/${user}${path}$`, `/api/${user}${example}`) });
const refused = (status: number, type: string): Exchange['answer'] => ({
  status,
  headers: problemType,
  body: problem(status, type),
});
const nothing = `${user} has nothing`;
const openTask = `${user} has an open task 1`;
const aTemplate = `${user} has a template 1`;
const aConversation = `${user} has a conversation`;

const ofTasks: readonly Exchange[] = [
  {
    call: 'GET /tasks',
    asks: 'the list of open tasks',
    given: openTask,
    query: { completed: 'false', limit: '50' },
    answer: { status: 200, body: { items: eachLike(task()), next_cursor: nullValue() } },
  },
  {
    call: 'GET /tasks',
    asks: 'the list of tasks, there are none',
    given: nothing,
    answer: { status: 200, body: { items: [], next_cursor: nullValue() } },
  },
  {
    call: 'GET /tasks',
    asks: 'the list of tasks with a token that is over',
    given: nothing,
    isTokenOver: true,
    answer: refused(401, 'unauthenticated'),
  },
  {
    call: 'POST /tasks',
    asks: 'to create a task',
    given: nothing,
    body: newTask,
    answer: { status: 201, headers: { ...location('/tasks/\\d+', '/tasks/1'), ...etag(), ...eventId }, body: task() },
  },
  {
    call: 'POST /tasks',
    asks: 'to create a task a second time under one key',
    given: `${user} has created task 1 under the key of the request`,
    headers: { 'Idempotency-Key': idempotencyKey },
    body: newTask,
    answer: { status: 201, headers: { 'Idempotency-Replayed': 'true', ...etag(), ...eventId }, body: task() },
  },
  {
    call: 'POST /tasks',
    asks: 'to create another task under a used key',
    given: `${user} has created task 1 under the key of the request`,
    headers: { 'Idempotency-Key': idempotencyKey },
    body: { title: 'Something else' },
    answer: refused(422, 'idempotency-mismatch'),
  },
  {
    call: 'POST /tasks',
    asks: 'to create a task without a title',
    given: nothing,
    body: {},
    answer: {
      status: 400,
      headers: problemType,
      body: { ...problem(400, 'invalid-input'), errors: eachLike({ pointer: string('/title'), message: string('is required') }) },
    },
  },
  {
    call: 'GET /tasks/:id',
    asks: 'a task',
    given: openTask,
    params: { id: '1' },
    answer: { status: 200, headers: etag(), body: task() },
  },
  {
    call: 'GET /tasks/:id',
    asks: 'a task that is not there',
    given: nothing,
    params: { id: '1' },
    answer: refused(404, 'task-not-found'),
  },
  {
    call: 'PATCH /tasks/:id',
    asks: 'to change a task at the revision it was read at',
    given: openTask,
    params: { id: '1' },
    headers: { 'If-Match': '"1"' },
    body: { title: 'Water all plants' },
    answer: {
      status: 200,
      headers: { ...etag('"2"'), ...eventId },
      body: task({ title: 'Water all plants', revision: 2 }),
    },
  },
  {
    call: 'PATCH /tasks/:id',
    asks: 'to change a task that was changed since',
    given: `${user} has a task 1 at revision 2`,
    params: { id: '1' },
    headers: { 'If-Match': '"1"' },
    body: { title: 'Water all plants' },
    answer: refused(412, 'revision-mismatch'),
  },
  {
    call: 'POST /tasks/:id/complete',
    asks: 'to complete a task',
    given: openTask,
    params: { id: '1' },
    answer: { status: 200, headers: { ...etag('"2"'), ...eventId }, body: task({ completed: true, revision: 2 }) },
  },
  {
    call: 'DELETE /tasks/:id',
    asks: 'to delete a task',
    given: openTask,
    params: { id: '1' },
    answer: { status: 204, headers: eventId },
  },
  {
    call: 'DELETE /tasks/:id',
    asks: 'to delete a task that is not there',
    given: nothing,
    params: { id: '1' },
    answer: refused(404, 'task-not-found'),
  },
];

const ofTemplates: readonly Exchange[] = [
  {
    call: 'GET /templates',
    asks: 'the list of templates',
    given: aTemplate,
    answer: { status: 200, body: { items: eachLike(template()), next_cursor: nullValue() } },
  },
  {
    call: 'POST /templates',
    asks: 'to create a template',
    given: nothing,
    body: newTemplate,
    answer: { status: 201, headers: { ...location('/templates/\\d+', '/templates/1'), ...etag() }, body: template() },
  },
  {
    call: 'POST /templates',
    asks: 'to create a template that never comes round',
    given: nothing,
    body: { title: 'Never', rrule: 'FREQ=NEVER', time_zone: 'Europe/Berlin', starts_at: '2036-01-07T07:00:00' },
    answer: refused(422, 'invalid-recurrence'),
  },
  {
    call: 'GET /templates/:id',
    asks: 'a template',
    given: aTemplate,
    params: { id: '1' },
    answer: { status: 200, headers: etag(), body: template() },
  },
  {
    call: 'PATCH /templates/:id',
    asks: 'to pause a template',
    given: aTemplate,
    params: { id: '1' },
    headers: { 'If-Match': '"1"' },
    body: { paused: true },
    answer: { status: 200, headers: etag('"2"'), body: template({ paused: true, next_occurrence: nullValue(), revision: 2 }) },
  },
  {
    call: 'DELETE /templates/:id',
    asks: 'to delete a template',
    given: aTemplate,
    params: { id: '1' },
    answer: { status: 204 },
  },
];

const ofChat: readonly Exchange[] = [
  {
    call: 'POST /chat/sessions',
    asks: 'to begin a conversation',
    given: nothing,
    body: { time_zone: 'Europe/Berlin' },
    answer: {
      status: 201,
      headers: location('/chat/sessions/[0-9a-f-]{36}', `/chat/sessions/${sessionId}`),
      body: chatSession([]),
    },
  },
  {
    call: 'GET /chat/sessions/:session_id',
    asks: 'a conversation',
    given: `${user} has a conversation of one question`,
    params: { session_id: sessionId },
    injected: 'session_id',
    answer: {
      status: 200,
      body: chatSession([chatMessage('user', 'list my tasks'), chatMessage('assistant', 'There are none.')]),
    },
  },
  {
    call: 'GET /chat/sessions/:session_id',
    asks: 'a conversation that is not there',
    given: nothing,
    params: { session_id: sessionId },
    answer: refused(404, 'session-not-found'),
  },
  {
    call: 'POST /chat/sessions/:session_id/messages',
    asks: 'to say something',
    given: aConversation,
    params: { session_id: sessionId },
    injected: 'session_id',
    body: { content: 'add a task to water the plants' },
    answer: {
      status: 200,
      body: {
        session_id: uuid(sessionId),
        message: chatMessage('assistant', 'Done.'),
        task_ids: eachLike(integer(1)),
        degraded: boolean(false),
      },
    },
  },
  {
    call: 'DELETE /chat/sessions/:session_id',
    asks: 'to forget a conversation',
    given: aConversation,
    params: { session_id: sessionId },
    injected: 'session_id',
    answer: { status: 204 },
  },
];

export const backendExchanges: readonly Exchange[] = [...ofTasks, ...ofTemplates, ...ofChat];
