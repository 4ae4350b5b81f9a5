/** The judge is tried: planted changes, each classed by hand. Rules and fuzz must agree with every row. */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from '@jest/globals';
import { diffSchemas, runDiff } from '../../../../harness/contract/schema/diff.ts';
import { readSchema } from '../../../../harness/contract/schema/document.ts';
import { compareSchemas } from '../../../../harness/contract/schema/rules.ts';

const folder = mkdtempSync(join(tmpdir(), 'plumbline-schema-'));
afterAll(() => rmSync(folder, { recursive: true }));
const write = (name: string, schema: unknown): string => {
  const file = join(folder, name);
  writeFileSync(file, typeof schema === 'string' ? schema : JSON.stringify(schema, null, 2));
  return file;
};

type Properties = Record<string, unknown>;
const object = (properties: Properties, required: string[] = [], more: object = {}) => ({
  type: 'object',
  properties,
  required,
  ...more,
});
const closed = { additionalProperties: false };
const text = { type: 'string' };
const field = (schema: unknown) => object({ field: schema }, ['field']);

interface Planted {
  readonly change: string;
  readonly old: unknown;
  readonly new: unknown;
  /** The one rule that must speak; absent when the direction is fine. */
  readonly backward?: string;
  readonly forward?: string;
  readonly because: string;
  /** Rules are careful and the values show nothing: the reason. */
  readonly fuzzCannotSee?: string;
}

const node = (value: unknown, more: Properties = {}) => ({
  definitions: { node: object({ value, next: { $ref: '#/definitions/node' }, ...more }, ['value']) },
  $ref: '#/definitions/node',
});
const shape = (kind: string, more: Properties) => object({ kind: { const: kind }, ...more }, ['kind']);

const planted: readonly Planted[] = [
  {
    change: 'required field removed',
    old: object({ a: text, b: text }, ['a', 'b']),
    new: object({ a: text }, ['a']),
    forward: 'property-removed',
    because: 'old readers want b; new readers ignore it',
  },
  {
    change: 'optional field removed from an open object',
    old: object({ a: text, b: text }),
    new: object({ a: text }),
    because: 'old readers do without b already; new readers ignore it',
  },
  {
    change: 'optional field removed from a closed object',
    old: object({ a: text, b: text }, [], closed),
    new: object({ a: text }, [], closed),
    backward: 'property-removed',
    because: 'new readers refuse the b that old data hold',
  },
  {
    change: 'optional field added to an open object',
    old: object({ a: text }),
    new: object({ a: text, b: text }),
    because: 'old readers ignore b, and new ones do without it',
  },
  {
    change: 'optional field added to a closed object',
    old: object({ a: text }, [], closed),
    new: object({ a: text, b: text }, [], closed),
    forward: 'property-added-under-closed',
    because: 'old readers refuse b',
  },
  {
    change: 'new required field',
    old: object({ a: text }, ['a']),
    new: object({ a: text, b: text }, ['a', 'b']),
    backward: 'required-added',
    because: 'old data have no b',
  },
  {
    change: 'optional field made required',
    old: object({ a: text }),
    new: object({ a: text }, ['a']),
    backward: 'required-added',
    because: 'old data may lack a',
  },
  {
    change: 'required field made optional',
    old: object({ a: text }, ['a']),
    new: object({ a: text }),
    forward: 'required-removed',
    because: 'old readers want a, new data may lack it',
  },
  {
    change: 'enum value added',
    old: field({ enum: ['email', 'push'] }),
    new: field({ enum: ['email', 'push', 'sms'] }),
    forward: 'enum-value-added',
    because: 'old readers refuse sms',
  },
  {
    change: 'enum value removed',
    old: field({ enum: ['email', 'push', 'sms'] }),
    new: field({ enum: ['email', 'push'] }),
    backward: 'enum-value-removed',
    because: 'old data may say sms',
  },
  {
    change: 'enum reordered',
    old: field({ enum: ['email', 'push'] }),
    new: field({ enum: ['push', 'email'] }),
    because: 'the order says nothing',
  },
  {
    change: 'enum opened to any text',
    old: field({ type: 'string', enum: ['email'] }),
    new: field(text),
    forward: 'enum-dropped',
    because: 'old readers know one word only',
  },
  {
    change: 'const changed',
    old: field({ const: 1 }),
    new: field({ const: 2 }),
    backward: 'const-changed',
    forward: 'const-changed',
    because: 'neither reads the other',
  },
  {
    change: 'const widened to an enum',
    old: field({ const: 'a' }),
    new: field({ enum: ['a', 'b'] }),
    forward: 'enum-value-added',
    because: 'old readers want a',
  },
  {
    change: 'type changed',
    old: field(text),
    new: field({ type: 'integer' }),
    backward: 'type-changed',
    forward: 'type-changed',
    because: 'no text is a number',
  },
  {
    change: 'integer widened to number',
    old: field({ type: 'integer' }),
    new: field({ type: 'number' }),
    forward: 'type-widened',
    because: 'old readers refuse 1.5',
  },
  {
    change: 'number narrowed to integer',
    old: field({ type: 'number' }),
    new: field({ type: 'integer' }),
    backward: 'type-narrowed',
    because: 'old data may say 1.5',
  },
  {
    change: 'null dropped',
    old: field({ type: ['string', 'null'] }),
    new: field(text),
    backward: 'nullable-dropped',
    because: 'old data may say null',
  },
  {
    change: 'null added',
    old: field(text),
    new: field({ type: ['string', 'null'] }),
    forward: 'nullable-added',
    because: 'old readers refuse null',
  },
  {
    change: 'null written the other way',
    old: field({ type: ['string', 'null'] }),
    new: field({ anyOf: [{ type: 'null' }, text] }),
    because: 'both let through the same',
  },
  {
    change: 'format added',
    old: field(text),
    new: field({ type: 'string', format: 'date-time' }),
    backward: 'format-added',
    because: 'old data may hold any text',
  },
  {
    change: 'format dropped',
    old: field({ type: 'string', format: 'date-time' }),
    new: field(text),
    forward: 'format-dropped',
    because: 'old readers parse a time',
  },
  {
    change: 'format changed',
    old: field({ type: 'string', format: 'date' }),
    new: field({ type: 'string', format: 'date-time' }),
    backward: 'format-changed',
    forward: 'format-changed',
    because: 'a date is no time',
  },
  {
    change: 'pattern tightened',
    old: field({ type: 'string', pattern: '^v[0-9]+\\.[0-9]+$' }),
    new: field({ type: 'string', pattern: '^v1\\.[0-9]+$' }),
    backward: 'pattern-changed',
    forward: 'pattern-changed',
    because: 'old data may say v2.0; that v1.x lies within is not provable by comparing texts, so the rules stay careful',
    fuzzCannotSee: 'forward: every v1.x is also a v<n>.x',
  },
  {
    change: 'pattern added',
    old: field(text),
    new: field({ type: 'string', pattern: '^v[0-9]$' }),
    backward: 'pattern-added',
    because: 'old data hold any text',
  },
  {
    change: 'pattern dropped',
    old: field({ type: 'string', pattern: '^v[0-9]$' }),
    new: field(text),
    forward: 'pattern-dropped',
    because: 'old readers refuse any other text',
  },
  {
    change: 'additionalProperties closed',
    old: object({ a: text }),
    new: object({ a: text }, [], closed),
    backward: 'additional-properties-closed',
    because: 'an open writer may send what no schema lists, e.g. the next minor version',
  },
  {
    change: 'additionalProperties opened',
    old: object({ a: text }, [], closed),
    new: object({ a: text }),
    forward: 'additional-properties-opened',
    because: 'old readers refuse what they do not list',
  },
  {
    change: 'values of a map changed',
    old: { type: 'object', additionalProperties: { type: 'integer' } },
    new: { type: 'object', additionalProperties: { type: 'number' } },
    forward: 'type-widened',
    because: 'old readers refuse 1.5',
  },
  {
    change: 'maxLength lowered',
    old: field({ type: 'string', maxLength: 200 }),
    new: field({ type: 'string', maxLength: 199 }),
    backward: 'max-length-tightened',
    because: 'old texts have up to 200',
  },
  {
    change: 'maxLength raised',
    old: field({ type: 'string', maxLength: 200 }),
    new: field({ type: 'string', maxLength: 201 }),
    forward: 'max-length-loosened',
    because: 'old readers refuse the 201st',
  },
  {
    change: 'minLength added',
    old: field(text),
    new: field({ type: 'string', minLength: 1 }),
    backward: 'min-length-tightened',
    because: 'old texts may be empty',
  },
  {
    change: 'minItems dropped',
    old: field({ type: 'array', items: text, minItems: 1 }),
    new: field({ type: 'array', items: text }),
    forward: 'min-items-loosened',
    because: 'old readers want one',
  },
  {
    change: 'maxItems lowered',
    old: field({ type: 'array', items: text, maxItems: 20 }),
    new: field({ type: 'array', items: text, maxItems: 10 }),
    backward: 'max-items-tightened',
    because: 'old lists have up to 20',
  },
  {
    change: 'minimum raised',
    old: field({ type: 'integer', minimum: 0 }),
    new: field({ type: 'integer', minimum: 1 }),
    backward: 'minimum-tightened',
    because: 'old data may say 0',
  },
  {
    change: 'minimum said as exclusiveMinimum',
    old: field({ type: 'integer', minimum: 1 }),
    new: field({ type: 'integer', exclusiveMinimum: 0 }),
    because: 'of whole numbers, > 0 is >= 1',
  },
  {
    change: 'maximum raised',
    old: field({ type: 'number', maximum: 5 }),
    new: field({ type: 'number', maximum: 6 }),
    forward: 'maximum-loosened',
    because: 'old readers refuse 6',
  },
  {
    change: 'multipleOf added',
    old: field({ type: 'integer' }),
    new: field({ type: 'integer', multipleOf: 5 }),
    backward: 'multiple-of-tightened',
    because: 'old data may say 1',
  },
  {
    change: 'uniqueItems added',
    old: field({ type: 'array', items: text }),
    new: field({ type: 'array', items: text, uniqueItems: true }),
    backward: 'unique-items-added',
    because: 'old lists may repeat',
  },
  {
    change: 'items changed',
    old: field({ type: 'array', items: text }),
    new: field({ type: 'array', items: { type: ['string', 'null'] } }),
    forward: 'nullable-added',
    because: 'old readers refuse a null item',
  },
  {
    change: 'propertyNames added',
    old: { type: 'object', additionalProperties: text },
    new: { type: 'object', additionalProperties: text, propertyNames: { maxLength: 3 } },
    backward: 'property-names-tightened',
    because: 'old names may be longer',
  },
  {
    change: 'only a default changed',
    old: field({ type: 'integer', default: 1 }),
    new: field({ type: 'integer', default: 2 }),
    because: 'a default refuses nothing',
  },
  {
    change: 'only a description changed',
    old: field({ type: 'integer', description: 'A.' }),
    new: field({ type: 'integer', description: 'B.' }),
    because: 'words for people',
  },
  {
    change: '$ref moved, and one put in place of the text',
    old: { definitions: { name: text }, ...field({ $ref: '#/definitions/name' }) },
    new: {
      definitions: { 'a/b': { $ref: '#/definitions/c' }, c: text },
      ...object({ field: { $ref: '#/definitions/a~1b' } }, ['field']),
    },
    because: 'it leads to the same',
  },
  { change: 'circular, unchanged', old: node(text), new: node(text), because: 'it is the same' },
  {
    change: 'circular, with a change inside',
    old: node({ type: 'integer' }),
    new: node({ type: 'number' }),
    forward: 'type-widened',
    because: 'old readers refuse 1.5 at any depth',
  },
  {
    change: 'circular, optional field added',
    old: node(text),
    new: node(text, { note: text }),
    because: 'old readers ignore it at any depth',
  },
  {
    change: 'allOf instead of one object',
    old: object({ a: text, b: text }, ['a']),
    new: { allOf: [object({ a: text }, ['a']), object({ b: text })] },
    because: 'both let through the same',
  },
  {
    change: 'oneOf branch added',
    old: { oneOf: [shape('a', { n: text }), shape('b', { n: text })] },
    new: { oneOf: [shape('a', { n: text }), shape('b', { n: text }), shape('c', {})] },
    forward: 'one-of-changed',
    because: 'old readers know no c; new ones tell all kinds apart by a const',
  },
  {
    change: 'oneOf branches that overlap now',
    old: field({ oneOf: [{ type: 'integer' }, { type: 'string' }] }),
    new: field({ oneOf: [{ type: 'integer' }, { type: 'number' }, { type: 'string' }] }),
    backward: 'one-of-changed',
    forward: 'one-of-changed',
    because: 'a whole number now matches two branches; 1.5 is new',
  },
  {
    change: 'anyOf branch removed',
    old: field({ anyOf: [text, { type: 'boolean' }] }),
    new: field({ anyOf: [text] }),
    backward: 'type-changed',
    because: 'old data may say true',
  },
  {
    change: 'not added',
    old: field(text),
    new: field({ type: 'string', not: { enum: ['secret'] } }),
    backward: 'not-changed',
    because: 'old data may say secret',
  },
  {
    change: 'not widened',
    old: field({ type: 'string', not: { enum: ['a', 'b'] } }),
    new: field({ type: 'string', not: { enum: ['a'] } }),
    backward: 'not-changed',
    forward: 'not-changed',
    because: 'forward b is new; backward the rules do not reason about not, and say that it breaks',
    fuzzCannotSee: 'backward: old data say neither a nor b, and the new schema refuses less',
  },
];

describe.each(planted)('$change', (row) => {
  const files = () => [write('old.json', row.old), write('new.json', row.new)] as const;

  it.each(['backward', 'forward'] as const)('%s: rules and values agree with the hand', (mode) => {
    const [oldFile, newFile] = files();
    const diff = diffSchemas(oldFile, newFile, { mode, seed: 7, runs: 400 });
    const expected = row[mode];
    const rules = diff.findings.filter(({ severity }) => severity === 'error').map(({ rule }) => rule);
    expect({ because: row.because, rules: [...new Set(rules)] }).toEqual({
      because: row.because,
      rules: expected === undefined ? [] : [expected],
    });
    const blind = row.fuzzCannotSee?.startsWith(`${mode}:`) === true;
    expect({ because: row.because, shown: diff.counterExamples.length }).toEqual({
      because: row.because,
      shown: expected !== undefined && !blind ? 1 : 0,
    });
    expect(diff.findings.filter(({ rule }) => rule === 'proofs-disagree')).toHaveLength(blind ? 1 : 0);
    expect(diff.tried).toBeGreaterThan(0);
    const [writer, reader] = (mode === 'backward' ? [oldFile, newFile] : [newFile, oldFile]).map(readSchema);
    for (const { value } of diff.counterExamples)
      expect([writer?.validate(value), reader?.validate(value)]).toEqual([true, false]);
  });
});

describe('over three releases', () => {
  const [first, second, third] = [object({ due: text }), object({}), object({ due: { type: 'integer' } })];
  const rulesOf = (old: unknown, next: unknown) =>
    diffSchemas(write('old.json', old), write('new.json', next), { mode: 'full' }).findings.map(({ rule }) => rule);

  it('an optional field that left and came back as another type is seen only by who compares N-2 with N', () => {
    expect([rulesOf(first, second), rulesOf(second, third)]).toEqual([[], []]);
    expect(rulesOf(first, third)).toEqual(['type-changed', 'type-changed']);
  });
});

describe('a finding', () => {
  const old = { type: 'object', properties: { data: { type: 'object', properties: { size: { type: 'number' } } } } };
  const next = { type: 'object', properties: { data: { type: 'object', properties: { size: { type: 'integer' } } } } };

  it('leads to the line of the change and says who breaks', () => {
    const files = [write('old.json', old), write('new.json', next)] as const;
    const [finding] = compareSchemas(readSchema(files[0]), readSchema(files[1]), 'backward');
    expect(finding).toMatchObject({
      rule: 'type-narrowed',
      file: files[1],
      line: 8,
      pointer: '/properties/data/properties/size/type',
    });
    expect(finding?.message).toContain('a consumer with the new schema');
    expect(finding?.message).toContain('they may hold number');
  });

  it('of what stands in a sibling file leads to that file', () => {
    write('size-old.json', { $id: 'https://x.example/a/size-old.json', type: 'number' });
    write('size-new.json', { $id: 'https://x.example/a/size-new.json', type: 'integer' });
    const refer = (name: string) => ({ $id: `https://x.example/a/${name}.json`, ...field({ $ref: `size-${name}.json` }) });
    const diff = diffSchemas(write('old.json', refer('old')), write('new.json', refer('new')), { mode: 'backward' });
    expect(diff.findings.map(({ rule, file, line }) => ({ rule, file, line }))).toEqual([
      { rule: 'type-narrowed', file: join(folder, 'size-new.json'), line: 3 },
    ]);
    expect(diff.counterExamples).toHaveLength(1);
  });

  it('comes with the smallest counter-example, the same for the same seed', () => {
    const files = [
      write('old.json', field({ type: 'integer' })),
      write('new.json', field({ type: 'integer', minimum: 100 })),
    ] as const;
    const [one, two] = [1, 1].map((seed) => diffSchemas(...files, { mode: 'backward', seed }).counterExamples);
    expect(one).toEqual(two);
    expect(one?.[0]).toMatchObject({ instancePath: '/field', because: 'must be >= 100' });
    expect(Object.keys(one?.[0]?.value as object)).toEqual(['field']);
  });
});

describe('runDiff', () => {
  const run = async (old: string, next: string, mode = 'full') => {
    const said: string[] = [];
    return { code: await runDiff({ old, new: next, mode }, (line) => said.push(line)), said: said.join('\n') };
  };
  const good = () => write('good.json', field(text));

  it('prints as a compiler does, then the counter-example, and ends with 1', async () => {
    const next = write('next.json', field({ type: 'integer' }));
    const { code, said } = await run(good(), next, 'backward');
    expect(code).toBe(1);
    expect(said).toMatch(new RegExp(`^${next}:5: type-changed: backward: `));
    expect(said).toContain('backward counter-example: {"field":""}\n  refused at /field: must be integer');
    expect(said).toMatch(/breaking \(backward\), \d+ values tried, seed 1$/);
  });

  it('ends with 0 when compatible', async () => {
    const { code, said } = await run(good(), good());
    expect([code, said]).toEqual([0, expect.stringMatching(/compatible \(full\), 600 values tried, seed 1$/)]);
  });

  it.each([
    ['no such file', () => join(folder, 'absent.json'), /absent\.json is named, but there is no such file/],
    ['no JSON', () => write('bad.json', '{\n  "type": "string",\n}'), /bad\.json:3: not JSON/],
    ['no object', () => write('bad.json', '[]'), /a JSON Schema is an object/],
    [
      'an invalid schema',
      () => write('bad.json', { properties: { a: { type: 'strnig' } } }),
      /bad\.json:4: not a JSON Schema: \/properties\/a\/type/,
    ],
    ['an unknown word', () => write('bad.json', { type: 'string', maxLenght: 3 }), /unknown keyword: "maxLenght"/],
    ['an unknown format', () => write('bad.json', { type: 'string', format: 'dat' }), /unknown format "dat"/],
    [
      'another dialect',
      () => write('bad.json', { $schema: 'https://json-schema.org/draft/2020-12/schema' }),
      /Write it in draft-07/,
    ],
    ['a $ref to nowhere', () => write('bad.json', { $ref: '#/definitions/a' }), /leads nowhere/],
    [
      'a $ref to no file',
      () => write('bad.json', { properties: { a: { $ref: 'gone.json' } } }),
      /bad\.json:4: \$ref gone\.json leads to .*no such file/,
    ],
    [
      'a $ref to itself',
      () =>
        write('bad.json', {
          definitions: { a: { $ref: '#/definitions/b' }, b: { $ref: '#/definitions/a' } },
          $ref: '#/definitions/a',
        }),
      /leads back to itself/,
    ],
  ])('ends with 3 and one sentence for %s', async (_name, bad, sentence) => {
    const { code, said } = await run(good(), bad());
    expect([code, said]).toEqual([3, expect.stringMatching(sentence)]);
    expect(said.split('\n')).toHaveLength(1);
  });

  it('ends with 3 for an unknown mode', async () => {
    expect(await run(good(), good(), 'sideways')).toEqual({
      code: 3,
      said: '--mode sideways is unknown. Write one of backward, forward, full.',
    });
  });
});
