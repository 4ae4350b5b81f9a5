import { readdirSync, readFileSync } from 'node:fs';
import { describe, expect, it } from '@jest/globals';
import { Ajv, type ValidateFunction } from 'ajv';
import * as formats from 'ajv-formats';

const contracts = new URL('../../contracts/', import.meta.url);
const json = (path: string) => JSON.parse(readFileSync(new URL(path, contracts), 'utf8'));
const files = (folder: string) => readdirSync(new URL(folder, contracts)).filter((name) => name.endsWith('.json'));

const families = ['task-event', 'reminder-event'];
const eventSchemas = families.flatMap((family) => files(`events/${family}`).map((name) => `events/${family}/${name}`));
const isSchema = (path: string) => json(path).$schema !== undefined;
const schemas = [
  ...eventSchemas,
  ...['http', 'state'].flatMap((folder) => files(folder).map((name) => `${folder}/${name}`)),
].filter(isSchema);

// The strictest reading: whatever Ajv only warns about is an error here.
const ajv = new Ajv({ strict: true, strictTypes: true, strictRequired: true, validateFormats: true, allErrors: true });
(formats.default as unknown as (ajv: Ajv) => void)(ajv);
for (const path of schemas) ajv.addSchema(json(path));
const validator = (path: string): ValidateFunction => ajv.getSchema(json(path).$id) as ValidateFunction;

/** Where it was refused and by which rule; empty when it was accepted. */
function refusals(path: string, value: unknown): string[] {
  const validate = validator(path);
  return validate(value) ? [] : (validate.errors ?? []).map(({ instancePath, keyword }) => `${instancePath || '/'} ${keyword}`);
}

describe('every schema', () => {
  it.each(schemas)('%s compiles strictly, references included', (path) => {
    expect(validator(path)).toBeInstanceOf(Function);
  });

  it.each(schemas)('%s is draft-07, and its $id ends in its path', (path) => {
    const schema = json(path);
    expect(schema.$schema).toBe('http://json-schema.org/draft-07/schema#');
    expect(schema.$id).toBe(`https://plumbline.example/contracts/${path}`);
    expect(schema.description).toMatch(/\.$/);
  });
});

describe.each(families)('%s', (family) => {
  const versions = files(`events/${family}`)
    .map((name) => name.slice(0, -'.json'.length))
    .toSorted((a, b) => a.localeCompare(b, 'en', { numeric: true }));
  const [first = ''] = files(`events/${family}/golden/v1.0`);
  const golden = versions.flatMap((version) =>
    files(`events/${family}/golden/${version}`).map((name) => [version, name] as const),
  );

  it('exists as v1.0, v1.1 and v1.2 at least, so that compatibility has something to prove', () => {
    expect(versions.slice(0, 3)).toEqual(['v1.0', 'v1.1', 'v1.2']);
  });

  it.each(versions)('%s has a golden event of each type, and no other', (version) => {
    const schema = json(`events/${family}/${version}.json`);
    expect(files(`events/${family}/golden/${version}`).sort()).toEqual(
      schema.properties.event_type.enum.map((type: string) => `${type}.json`).sort(),
    );
  });

  it.each(golden)('accepts golden/%s/%s, by its own version and by every other', (version, name) => {
    const event = json(`events/${family}/golden/${version}/${name}`);
    expect([event.version, `${event.event_type}.json`]).toEqual([version, name]);
    for (const reader of versions) expect(refusals(`events/${family}/${reader}.json`, event)).toEqual([]);
  });

  it('only ever adds optional fields', () => {
    const fields = (version: string) => Object.keys(json(`events/${family}/${version}.json`).properties.data.properties);
    const required = (version: string) => json(`events/${family}/${version}.json`).properties.data.required;
    for (const [n, version] of versions.slice(1).entries()) {
      const before = String(versions[n]);
      expect(fields(version)).toEqual(expect.arrayContaining(fields(before)));
      expect(required(version)).toEqual(required(before));
    }
    expect([fields('v1.1').length > fields('v1.0').length, fields('v1.2').length > fields('v1.1').length]).toEqual([true, true]);
  });

  it.each(['event_id', 'event_type', 'timestamp', 'version', 'data'])('refuses an event without %s', (field) => {
    const { [field]: _left, ...event } = json(`events/${family}/golden/v1.0/${first}`);
    expect(refusals(`events/${family}/v1.0.json`, event)).toEqual(['/ required']);
  });

  it.each([
    ['an unknown type', { event_type: 'task.exploded' }, '/event_type enum'],
    ['a date without a time', { timestamp: '2025-12-11' }, '/timestamp format'],
    ['a time without a zone', { timestamp: '2025-12-11T10:30:00' }, '/timestamp format'],
    ['a version of three numbers', { version: 'v1.0.0' }, '/version pattern'],
    ['a version without v', { version: '1.0' }, '/version pattern'],
    ['data that is a list', { data: [] }, '/data type'],
  ])('refuses %s', (_what, wrong, refusal) => {
    expect(refusals(`events/${family}/v1.0.json`, { ...json(`events/${family}/golden/v1.0/${first}`), ...wrong })).toEqual([
      refusal,
    ]);
  });

  it('lets fields pass that it does not know: readers of an old version ignore new ones', () => {
    const event = json(`events/${family}/golden/v1.0/${first}`);
    expect(refusals(`events/${family}/v1.0.json`, { ...event, later: 1, data: { ...event.data, later: 1 } })).toEqual([]);
  });
});

describe('task-event v1.0', () => {
  const event = json('events/task-event/golden/v1.0/task.created.json');
  const withData = (data: object) => refusals('events/task-event/v1.0.json', { ...event, data: { ...event.data, ...data } });

  it('takes null where the author wrote `nullable: true`', () => {
    expect(withData({ description: null, priority_id: null, due_date: null })).toEqual([]);
  });

  it.each(['id', 'user_id', 'title', 'completed', 'created_at', 'updated_at'])('takes no null for %s', (field) => {
    expect(withData({ [field]: null })).toEqual([`/data/${field} type`]);
  });

  it('still minds type and format beside null', () => {
    expect(withData({ description: 1, priority_id: 1.5, due_date: 'tomorrow' })).toEqual([
      '/data/description type',
      '/data/priority_id type',
      '/data/due_date format',
    ]);
  });

  it.each(['id', 'user_id', 'title', 'completed'])('demands data.%s', (field) => {
    const { [field]: _left, ...data } = event.data;
    expect(refusals('events/task-event/v1.0.json', { ...event, data })).toEqual(['/data required']);
  });
});

describe('reminder-event v1.0', () => {
  it("refuses the specification's own example: its event_id is not a UUID", () => {
    const event = json('events/reminder-event/rejected/event-id-is-not-a-uuid.json');
    expect(event.event_id).toBe('b4d8g9f0-2345-6789-0bcd-ef1234567890');
    expect(refusals('events/reminder-event/v1.0.json', event)).toEqual(['/event_id format']);
  });

  it('refuses a channel it does not know', () => {
    const event = json('events/reminder-event/golden/v1.0/reminder.due.json');
    const wrong = { ...event, data: { ...event.data, notification_channels: ['email', 'pigeon'] } };
    expect(refusals('events/reminder-event/v1.0.json', wrong)).toEqual(['/data/notification_channels/1 enum']);
  });
});

describe('requests', () => {
  const full = { title: 'Water the plants', description: null, priority_id: 1, due_date: '2030-01-31T09:00:00+01:00' };

  it.each([
    ['task-create', { title: 'x' }],
    ['task-create', full],
    ['task-create', { title: '\u{1F331}'.repeat(200) }], // 200 characters, 400 UTF-16 units
    ['task-patch', { ...full, completed: true }],
    ['task-patch', { due_date: null }],
  ])('%s accepts what it should (%#)', (name, body) => {
    expect(refusals(`http/${name}.json`, body)).toEqual([]);
  });

  it.each([
    ['task-create', {}, '/ required'],
    ['task-create', { ...full, titel: 'x' }, '/ additionalProperties'],
    ['task-create', { ...full, completed: true }, '/ additionalProperties'],
    ['task-create', { ...full, title: '' }, '/title minLength'],
    ['task-create', { ...full, title: 'x'.repeat(201) }, '/title maxLength'],
    ['task-create', { ...full, title: null }, '/title type'],
    ['task-create', { ...full, title: 'a\u0000b' }, '/title pattern'],
    ['task-create', { ...full, description: 'x'.repeat(10_001) }, '/description maxLength'],
    ['task-create', { ...full, description: '\u0000' }, '/description pattern'],
    ['task-create', { ...full, priority_id: 5 }, '/priority_id maximum'],
    ['task-create', { ...full, tags: ['a', 'a'] }, '/tags uniqueItems'],
    ['task-create', { ...full, tags: [''] }, '/tags/0 minLength'],
    ['task-create', { ...full, reminder_lead_minutes: [-1] }, '/reminder_lead_minutes/0 minimum'],
    ['task-create', { ...full, priority_id: 0 }, '/priority_id minimum'],
    ['task-create', { ...full, due_date: '2030-02-30T09:00:00Z' }, '/due_date format'],
    ['task-patch', {}, '/ minProperties'],
    ['task-patch', { id: 7 }, '/ additionalProperties'],
    ['task-patch', { completed: null }, '/completed type'],
  ])('%s refuses what it should (%#)', (name, body, refusal) => {
    expect(refusals(`http/${name}.json`, body)).toEqual([refusal]);
  });
});

describe('template-create', () => {
  const plain = { title: 'x', time_zone: 'UTC', starts_at: '2030-01-31T09:00' };

  it('takes a shorthand or a rule, and not both or neither', () => {
    expect(refusals('http/template-create.json', { ...plain, recurrence: 'daily' })).toEqual([]);
    expect(refusals('http/template-create.json', { ...plain, rrule: 'FREQ=DAILY' })).toEqual([]);
    expect(refusals('http/template-create.json', plain)).toContain('/ oneOf');
    expect(refusals('http/template-create.json', { ...plain, recurrence: 'daily', rrule: 'FREQ=DAILY' })).toEqual(['/ oneOf']);
  });
});

describe('answers', () => {
  const task = json('events/task-event/golden/v1.2/task.created.json').data;

  it('the specification’s task is a Task, and the fields of an event’s data are those of a Task', () => {
    expect(refusals('http/task.json', task)).toEqual([]);
    const inEvents = Object.keys(json('events/task-event/v1.2.json').properties.data.properties).sort();
    expect(inEvents).toEqual(Object.keys(json('http/task.json').properties).sort());
    expect(inEvents).toEqual(json('http/task.json').required.toSorted());
  });

  it('a page is checked down to its tasks', () => {
    expect(refusals('http/task-page.json', { items: [task], next_cursor: null })).toEqual([]);
    expect(refusals('http/task-page.json', { items: [{ ...task, title: 1 }], next_cursor: 'eyJ9' })).toEqual([
      '/items/0/title type',
    ]);
    expect(refusals('http/task-page.json', { items: [] })).toEqual(['/ required']);
  });

  it('a problem names the wrong field by pointer', () => {
    const problem = {
      type: 'about:blank',
      title: 'Bad Request',
      status: 400,
      detail: 'The title is too long',
      request_id: 'r-1',
    };
    expect(refusals('http/problem.json', { ...problem, errors: [{ pointer: '/title', message: 'too long' }] })).toEqual([]);
    expect(refusals('http/problem.json', { ...problem, errors: [{ path: '/title', message: 'too long' }] })).toEqual([
      '/errors/0 required',
    ]);
    expect(refusals('http/problem.json', { ...problem, status: 200 })).toEqual(['/status minimum']);
  });
});
