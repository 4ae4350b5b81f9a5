import { expect, test } from '@jest/globals';
import { readFileSync } from 'node:fs';
import { bundleOpenApi, type JsonObject } from '../../../harness/contract/document/openapi-bundle.ts';
import type { AnswerSeen } from '../../../harness/evidence/records.ts';
import { conformance } from '../../../harness/verdict/conformance.ts';
import { answers } from '../../../harness/verdict/http-conformance.ts';
import { objective } from '../../../harness/verdict/objective.ts';
import { created, record, scene, slo } from './scene.ts';

const http = new URL('../../../contracts/http/', import.meta.url);
const read = (file: string) => JSON.parse(readFileSync(new URL(file, http), 'utf8')) as JsonObject;
const schemas = {
  openapi: bundleOpenApi(read('openapi.json'), read),
  'notification-openapi': bundleOpenApi(read('notification-openapi.json'), read),
};

const task = {
  id: 42,
  user_id: 'ada',
  title: 'Water the plants',
  description: null,
  completed: false,
  priority_id: null,
  due_date: null,
  tags: [],
  reminder_lead_minutes: [60],
  template_id: null,
  occurrence_at: null,
  revision: 1,
  created_at: '2030-01-01T10:30:00.123Z',
  updated_at: '2030-01-01T10:30:00.123Z',
};
const problem = { type: 'urn:problem:x', title: 'No', status: 404, detail: 'No such thing', instance: '/x', request_id: 'r-1' };

type Told = Partial<Omit<AnswerSeen, 'body'>> & { readonly body?: unknown };
function answer({ body = task, ...rest }: Told): AnswerSeen {
  const text = typeof body === 'string' ? body : JSON.stringify(body);
  return {
    at: 1_000,
    what: 'read',
    method: 'GET',
    path: '/api/ada/tasks/42',
    status: 200,
    contentType: 'application/json; charset=utf-8',
    bodyBytes: Buffer.byteLength(text),
    body: text,
    ...rest,
  };
}
const refused = (rest: Told): Told => ({ status: 404, contentType: 'application/problem+json', body: problem, ...rest });
const judge = (...told: Told[]) => answers(scene({ answers: told.map(answer) }), schemas);

test.each<[string, Told]>([
  ['a task', {}],
  ['a field that is not known yet', { body: { ...task, later: 1 } }],
  ['a problem', refused({})],
  ['a deletion', { method: 'DELETE', status: 204, contentType: null, body: '' }],
  ['a list, down to its items', { path: '/api/ada/tasks', body: { items: [task], next_cursor: null } }],
  ['the other document', { path: '/api/ada/push-key', body: { public_key: 'B'.repeat(87) } }],
  ['a path that is nowhere, refused as such', refused({ path: '/nowhere' })],
  [
    'a method nobody promised, refused as such',
    refused({ method: 'PATCH', path: '/api/ada/tasks', status: 405, body: { ...problem, status: 405 } }),
  ],
])('%s passes', (_, told) => {
  expect(judge(told)).toMatchObject({ verdict: 'pass', samples: 1, actual: 0 });
});

test.each<[string, Told, string]>([
  ['a wrong type', { body: { ...task, id: 'one' } }, 'readTask: /id must be integer'],
  ['a missing field', { body: { ...task, revision: undefined } }, "required property 'revision'"],
  ['a date that is none', { body: { ...task, created_at: 'yesterday' } }, '/created_at must match format "date-time"'],
  [
    'an item of a list',
    { path: '/api/ada/tasks', body: { items: [{ ...task, title: 1 }], next_cursor: null } },
    '/items/0/title',
  ],
  ['an unpromised status', { status: 500 }, 'readTask never promised status 500'],
  ['another content type', { contentType: 'text/html' }, 'content type text/html is not application/json'],
  ['no content type', { contentType: null }, 'content type none'],
  ['a body that is no JSON', { body: '{"id":' }, 'not JSON'],
  ['an empty body', { body: '' }, 'not JSON'],
  ['a body where none was promised', { method: 'DELETE', status: 204 }, 'where none was promised'],
  ['a problem without its detail', refused({ body: { ...problem, detail: undefined } }), "required property 'detail'"],
  ['a refusal that is no problem', { status: 404 }, 'is not application/problem+json'],
  ['an answer from a path nobody promised', { path: '/debug' }, 'the path is in no document'],
  ['an answer to a method nobody promised', { method: 'PUT' }, 'PUT of /api/{user_id}/tasks/{id} is in no document'],
  ['a plain 404 from nowhere', { path: '/debug', status: 404, contentType: 'text/plain', body: 'Not Found' }, 'in no document'],
])('%s convicts', (_, told, because) => {
  const judgement = judge({}, told);
  expect(judgement).toMatchObject({ verdict: 'fail', samples: 2, actual: 1, because: expect.stringContaining(because) });
  expect(judgement.examples).toHaveLength(1);
});

test('a body too long to be kept is not compared, and that is said', () => {
  const { body: _body, ...long } = answer({ path: '/api/ada/tasks' });
  const judged = answers(scene({ answers: [{ ...long, bodyBytes: 40_000 }] }), schemas);
  expect(judged).toMatchObject({ verdict: 'pass', because: expect.stringContaining('1 long body not kept') });
  expect(answers(scene({ answers: [{ ...long, bodyBytes: 40_000, status: 418 }] }), schemas).verdict).toBe('fail');
});

test('nothing to compare, or nothing to compare with: unsure', () => {
  expect(answers(scene({}), schemas)).toMatchObject({ verdict: 'unsure', because: expect.stringContaining('answers.ndjson') });
  expect(judge()).toMatchObject({ verdict: 'unsure', because: expect.stringContaining('no answer') });
  expect(answers(scene({ answers: [answer({})] }), undefined).verdict).toBe('unsure');
  expect(answers(scene({ answers: [answer({})] }), { 'task-event-v1.0': { type: 'object' } }).verdict).toBe('unsure');
});

test('a document that can not be compiled convicts nobody: it throws, which the judge turns into unsure', () => {
  const broken = JSON.parse(JSON.stringify(schemas).replaceAll('#/components/schemas/Task"', '#/components/schemas/Gone"'));
  expect(() => answers(scene({ answers: [answer({})] }), broken)).toThrow(/Gone/);
});

test('the objective counts the share that broke', () => {
  const promise = slo({ metric: 'answers.broken', stat: 'ratio', comparison: '==', limit: 0, unit: 'ratio', samplesMin: 2 });
  const told = (...list: Told[]) => objective(promise, scene({ answers: list.map(answer) }), schemas).judgement;
  expect(told({}, {})).toMatchObject({ verdict: 'pass', actual: 0, samples: 2 });
  expect(told({}, { status: 500 })).toMatchObject({ verdict: 'fail', actual: 0.5 });
  expect(told().verdict).toBe('unsure');
});

test('the documents among the copies disturb nobody who compares events', () => {
  const event = { event_id: 'a', event_type: 'task.created', version: 'v1.0', data: { id: 1 } };
  const kept = { ...schemas, 'task-event-v1.0': { $schema: 'http://json-schema.org/draft-07/schema#', type: 'object' } };
  expect(conformance(scene({ ops: [created('a')], records: [record('a', { event })] }), kept).verdict).toBe('pass');
});

test('a promised header that is missing breaks the contract; where nobody kept headers, nobody can say', () => {
  const headers = { etag: '"1"', 'x-request-id': 'r-1' };
  expect(judge({ headers }).verdict).toBe('pass');
  expect(judge({}).verdict).toBe('pass');
  const { verdict, because } = judge({ headers: { 'x-request-id': 'r-1' } });
  expect([verdict, because]).toEqual(['fail', expect.stringContaining('the header ETag is promised, and missing')]);
});
