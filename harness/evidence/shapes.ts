/**
 * What a row must look like to be evidence. Whatever is otherwise (a number that is null, a time that is text) is damage: told, and
 * never reckoned with. Fields beyond these are allowed: older judges read newer evidence.
 */
import { Ajv } from 'ajv';
import type { EvidenceKind } from './files.ts';

const text = { type: 'string' };
const number = { type: 'number' };
const flag = { type: 'boolean' };
const orNull = (type: string) => ({ type: [type, 'null'] });
const object = (required: Readonly<Record<string, object>>, optional: Readonly<Record<string, object>> = {}) => ({
  type: 'object',
  required: Object.keys(required),
  properties: { ...required, ...optional },
});
const listOf = (items: object) => ({ type: 'array', items });
const mapOf = (values: object) => ({ type: 'object', additionalProperties: values });

const request = { intendedAt: number, who: text, what: text };
const mark = object(
  {
    at: number,
    kind: { type: 'string', minLength: 1 },
    name: text,
  },
  { detail: { type: 'object' } },
);

export const rowShapes: Readonly<Record<EvidenceKind, object>> = {
  plans: object(
    { at: number, who: text, what: text, model: { enum: ['open', 'closed'] } },
    { arrivals: number, ratePerS: number, concurrency: number, warmup: flag },
  ),
  invokes: object(
    { id: text, at: number, ...request },
    { key: text, eventType: text, expects: { const: 'refusal' }, idempotencyKey: text, warmup: flag },
  ),
  ops: object(
    { at: number, startedAt: number, ...request, type: { enum: ['ok', 'fail', 'unsure'] } },
    { invoke: text, eventId: text, eventType: text, key: text, status: number, error: text, warmup: flag },
  ),
  answers: object(
    { at: number, what: text, method: text, path: text, status: number, contentType: orNull('string'), bodyBytes: number },
    { body: text, headers: mapOf(text), unreadable: { const: true } },
  ),
  samples: object({ at: number, metric: text, labels: mapOf(text), value: number }),
  // `expected` and `actual` may be anything; that they are not there is for who compares them.
  facts: object({ at: number, name: text, comparison: { enum: ['==', '<=', '>='] } }, { about: text }),
  marks: mark,
  outbox: object(
    {
      eventId: text,
      key: text,
      eventType: text,
      createdAt: number,
      sentAt: orNull('number'),
      attempts: number,
      error: orNull('string'),
    },
    { outbox: text, topics: listOf(text), letGo: listOf(text), givenUpAt: orNull('number'), cause: orNull('string') },
  ),
  effects: object(
    { seq: number, eventId: text, eventType: text, key: text, at: number },
    { consumer: text, part: orNull('string') },
  ),
  records: object({
    topic: text,
    partition: number,
    offset: number,
    at: number,
    key: orNull('string'),
    contentType: orNull('string'),
    id: orNull('string'),
  }),
};

const named = object({ name: text, asks: text });
const stage = object({ replicas: mapOf(number), traces: flag, profile: text });

/** Files of one value each. */
export const fileShapes = {
  'experiment.json': object(
    {
      name: text,
      kind: { enum: ['check', 'load', 'drill'] },
      asks: text,
      proves: listOf(text),
      workload: text,
      faults: listOf(object({ name: text, do: text, to: text, tolerated: flag, afterMs: number, forMs: number, seed: number })),
      slos: listOf(
        object({ name: text, asks: text, metric: text, stat: text, limit: number, comparison: text, proves: listOf(text) }),
      ),
      checkers: listOf(text),
      sometimes: listOf(object({ name: text, asks: text, metric: text, labels: mapOf(text), rises: number, during: text })),
      settleMsMax: number,
    },
    { facts: listOf(named), stage, seed: number, skipped: text },
  ),
  'manifest.json': object(
    {
      format: { const: 1 },
      run: text,
      repeat: text,
      startedAt: text,
      seed: number,
      commit: text,
      dirty: flag,
      target: text,
      experiments: listOf(text),
      tools: mapOf({ type: 'object' }),
      machine: { type: 'object' },
      settings: { type: 'object' },
    },
    { stages: mapOf(text), logsSearched: flag },
  ),
  'system.json': object(
    {
      system: text,
      topics: mapOf(object({ effects: flag }, { deadLettersOf: text, promise: { enum: ['durable', 'best effort'] } })),
      events: object({ id: text, type: text, contracts: mapOf(text) }),
      changes: mapOf(text),
      answers: object({ eventId: text }),
    },
    { consumers: mapOf(object({ topics: listOf(text) }, { types: listOf(text) })) },
  ),
  'requirements.json': listOf(
    object(
      { id: text, text, shownBy: listOf(object({ experiment: text, claims: listOf(text) }, { sees: text })) },
      { tests: listOf(text), note: text, open: text },
    ),
  ),
  'interrupted.json': object({ because: text }),
  'session.ndjson': mark,
} as const;

const ajv = new Ajv({ strict: true, strictTypes: false, strictRequired: false });
const known = new Map<object, (value: unknown) => string | undefined>();

/** What is wrong with it, as a phrase; undefined when it is well. Compiled once for each shape. */
export function misshapen(shape: object, value: unknown): string | undefined {
  let look = known.get(shape);
  if (!look) {
    const validate = ajv.compile(shape);
    look = (each) => {
      if (validate(each)) return undefined;
      const [error] = validate.errors ?? [];
      const where = error?.instancePath.slice(1).replaceAll('/', '.');
      return `${where ? `${where} ` : 'it '}${error?.message ?? 'is not what it should be'}`;
    };
    known.set(shape, look);
  }
  return look(value);
}
