/**
 * Values of a JSON Schema (draft-07), as fast-check makes and shrinks them. A writer writes what it declares; where its schema is open
 * it may also write a property that nobody declares. Not every value made keeps the whole schema (`not`, `if`): who uses them asks Ajv.
 */
import fc from 'fast-check';
import type { SchemaDocument, SchemaNode, SchemaObject } from './document.ts';
import { type JsonType, alternatives, childOf, childrenOf, typesOf, valuesOf } from './rules-nodes.ts';

/** Numbers, texts and names at which two schemas may part ways: chance alone never tries the 201st character. */
export interface Landmarks {
  readonly numbers: readonly number[];
  readonly texts: readonly string[];
  readonly patterns: readonly string[];
  readonly names: readonly string[];
}

export function landmarksOf(...documents: readonly SchemaDocument[]): Landmarks {
  const [numbers, texts, patterns, names] = [new Set<number>(), new Set<string>(), new Set<string>(), new Set<string>()];
  const visit = (value: unknown): void => {
    if (typeof value === 'number') for (const n of [value - 1, value - 0.5, value, value + 0.5, value + 1]) numbers.add(n);
    if (typeof value !== 'object' || value === null) return;
    for (const [word, each] of Object.entries(value)) {
      if (word === 'pattern') patterns.add(String(each));
      if (word === 'enum' || word === 'const') for (const one of [each].flat()) if (typeof one === 'string') texts.add(one);
      if (word === 'properties') for (const name of Object.keys(each as object)) names.add(name);
      if (word === 'patternProperties') for (const pattern of Object.keys(each as object)) patterns.add(pattern);
      visit(each);
    }
  };
  for (const document of documents) for (const { source } of document.documents.values()) visit(source);
  return { numbers: [...numbers], texts: [...texts], patterns: [...patterns], names: [...names] };
}

/** The words that values are made by, as JSON Schema has them: Ajv has read the schema before anything is made. */
interface Words {
  readonly items?: unknown;
  readonly minItems?: number;
  readonly maxItems?: number;
  readonly uniqueItems?: boolean;
  readonly required?: readonly string[];
  readonly properties?: SchemaObject;
  readonly additionalProperties?: boolean | SchemaObject;
  readonly patternProperties?: SchemaObject;
  readonly propertyNames?: unknown;
  readonly minProperties?: number;
  readonly maxProperties?: number;
  readonly pattern?: string;
  readonly format?: string;
  readonly minLength?: number;
  readonly maxLength?: number;
  readonly minimum?: number;
  readonly maximum?: number;
  readonly exclusiveMinimum?: number;
  readonly exclusiveMaximum?: number;
  readonly multipleOf?: number;
}
const wordsOf = (schema: SchemaObject): Words => schema as Words;

/** Further down only what must be there is made: a circular $ref ends. */
const depthMax = 5;

export function valuesFor(document: SchemaDocument, landmarks: Landmarks): fc.Arbitrary<unknown> {
  const make = (node: SchemaNode, depth: number): fc.Arbitrary<unknown> => {
    const parts = alternatives(node, document).filter(({ schema }) => valuesOf(schema)?.length !== 0);
    // Nothing can be made here; Ajv refuses the whole, and another one is tried.
    if (parts.length === 0) return fc.constant(undefined);
    return fc.oneof(...parts.map((part) => plain(part, depth)));
  };
  const plain = (node: SchemaNode, depth: number): fc.Arbitrary<unknown> => {
    const values = valuesOf(node.schema);
    if (values) return fc.constantFrom(...values);
    // Where a choice is left, the deep end takes the types that have no parts.
    const types = typesOf(node.schema);
    const flat = depth > depthMax ? types.filter((type) => type !== 'object' && type !== 'array') : types;
    return fc.oneof(...(flat.length > 0 ? flat : types).map((type) => ofType(type, node, depth)));
  };
  const ofType = (type: JsonType, node: SchemaNode, depth: number): fc.Arbitrary<unknown> => {
    if (type === 'null') return fc.constant(null);
    if (type === 'boolean') return fc.boolean();
    if (type === 'string') return strings(node.schema, landmarks);
    if (type === 'array') return arrays(node, depth);
    if (type === 'object') return objects(node, depth);
    return numbers(node.schema, type === 'integer', landmarks);
  };

  const arrays = (node: SchemaNode, depth: number): fc.Arbitrary<unknown> => {
    const { minItems = 0, maxItems = Infinity, uniqueItems, items } = wordsOf(node.schema);
    if (Array.isArray(items)) {
      const places = childrenOf(node, 'items').map((item) => make(item, depth + 1));
      return fc.nat({ max: places.length }).chain((length) => fc.tuple(...places.slice(0, Math.max(length, minItems))));
    }
    const item = make(childOf(node, 'items'), depth + 1);
    const most = Math.min(maxItems, depth > depthMax ? minItems : Math.max(minItems + 3, 3));
    const of = (minLength: number, maxLength: number): fc.Arbitrary<unknown> =>
      uniqueItems
        ? fc.uniqueArray(item, { minLength, maxLength, comparator: sameText })
        : fc.array(item, { minLength, maxLength });
    const lengths =
      depth > 2 ? [] : landmarks.numbers.filter((n) => Number.isInteger(n) && n >= minItems && n <= Math.min(maxItems, 60));
    // A value twice: chance rarely makes two equal texts.
    const twice = !uniqueItems && maxItems >= 2 && minItems <= 2 ? [item.map((one) => [one, one])] : [];
    return fc.oneof(of(minItems, most), ...twice, ...lengths.map((length) => of(length, length)));
  };

  const objects = (node: SchemaNode, depth: number): fc.Arbitrary<unknown> => {
    const { required = [], properties = {} } = wordsOf(node.schema);
    const declared = Object.keys(properties);
    const made = new Map(declared.map((name) => [name, childOf(node, 'properties', name)]));
    for (const name of required) if (!made.has(name)) made.set(name, childOf(node, 'additionalProperties'));
    const wanted = [...made].filter(([name]) => depth <= depthMax || required.includes(name));
    const known = fc.record(Object.fromEntries(wanted.map(([name, value]) => [name, make(value, depth + 1)])), {
      requiredKeys: wanted.map(([name]) => name).filter((name) => required.includes(name)),
    });
    const more = depth > depthMax ? [] : extras(node, depth);
    return fc.oneof(known, ...more.map((extra) => fc.tuple(extra, known).map(([added, own]) => ({ ...added, ...own }))));
  };

  /** Properties beyond the listed ones. */
  const extras = (node: SchemaNode, depth: number): fc.Arbitrary<object>[] => {
    const {
      additionalProperties,
      propertyNames,
      patternProperties = {},
      maxProperties = 8,
      minProperties = 0,
    } = wordsOf(node.schema);
    const found = Object.keys(patternProperties).map((pattern) =>
      fc.dictionary(matching(pattern), make(childOf(node, 'patternProperties', pattern), depth + 1), { minKeys: 0, maxKeys: 2 }),
    );
    if (additionalProperties === false) return found;
    const typed = typeof additionalProperties === 'object' && Object.keys(additionalProperties).length > 0;
    const value = typed
      ? make(childOf(node, 'additionalProperties'), depth + 1)
      : fc.oneof(fc.string(), fc.integer(), fc.constant(null));
    const invented = fc.stringMatching(/^[a-z]{1,4}[0-9_A-Z]{1,3}$/).map((name) => `x${name}`);
    // With a schema for them, any name may come, those another schema lists included.
    const anyName = typed && landmarks.names.length > 0 ? fc.oneof(invented, fc.constantFrom(...landmarks.names)) : invented;
    // A name is a text, whether the schema of names says so or not.
    const names = { ...childOf(node, 'propertyNames'), schema: { ...childOf(node, 'propertyNames').schema, type: 'string' } };
    const named = propertyNames === undefined ? anyName : fc.oneof(make(names, depth + 1), anyName);
    const maxKeys = Math.min(maxProperties, Math.max(8, minProperties));
    return [...found, fc.dictionary(named as fc.Arbitrary<string>, value, { minKeys: 0, maxKeys })];
  };

  return make(document.root, 0);
}

const sameText = (a: unknown, b: unknown): boolean => JSON.stringify(a) === JSON.stringify(b);
const matching = (pattern: string): fc.Arbitrary<string> => fc.stringMatching(new RegExp(pattern, 'u'));

function numbers(schema: SchemaObject, whole: boolean, landmarks: Landmarks): fc.Arbitrary<number> {
  const { minimum, maximum, exclusiveMinimum, exclusiveMaximum, multipleOf } = wordsOf(schema);
  const least = Math.max(minimum ?? -1e9, exclusiveMinimum ?? -1e9);
  const most = Math.max(least, Math.min(maximum ?? least + 2e9, exclusiveMaximum ?? least + 2e9));
  const fits = (n: number) =>
    n >= least &&
    n <= most &&
    (exclusiveMinimum === undefined || n > exclusiveMinimum) &&
    (exclusiveMaximum === undefined || n < exclusiveMaximum) &&
    (!whole || Number.isInteger(n)) &&
    (multipleOf === undefined || Number.isInteger(n / multipleOf));
  const marks = [...landmarks.numbers, least, most].filter(fits);
  const step = multipleOf ?? (whole ? 1 : undefined);
  const any =
    step === undefined
      ? fc.double({ min: least, max: most, noNaN: true, noDefaultInfinity: true }).map((n) => (Object.is(n, -0) ? 0 : n))
      : fc
          .integer({ min: Math.ceil(least / step), max: Math.max(Math.ceil(least / step), Math.floor(most / step)) })
          .map((n) => n * step);
  return marks.length > 0 ? fc.oneof(any, fc.constantFrom(...marks)) : any;
}

const hex = (length: number) => fc.string({ unit: fc.constantFrom(...'0123456789abcdef'), minLength: length, maxLength: length });
const dateTimes = fc
  .date({ min: new Date('1970-01-01'), max: new Date('2100-01-01'), noInvalidDate: true })
  .map((date) => date.toISOString());
const formats: Readonly<Record<string, fc.Arbitrary<string>>> = {
  'date-time': fc.oneof(
    dateTimes,
    dateTimes.map((text) => text.replace(/\.\d+Z$/, '+02:00')),
  ),
  'iso-date-time': fc.oneof(
    dateTimes,
    dateTimes.map((text) => text.slice(0, -1)),
  ),
  date: dateTimes.map((text) => text.slice(0, 10)),
  time: dateTimes.map((text) => text.slice(11)),
  duration: fc.integer({ min: 1, max: 999 }).map((days) => `P${days}D`),
  uuid: fc.tuple(hex(8), hex(4), hex(4), hex(4), hex(12)).map((parts) => parts.join('-')),
  email: fc.tuple(hex(5), hex(5)).map(([name, host]) => `a${name}@b${host}.example`),
  uri: fc.webUrl(),
  'uri-reference': fc.oneof(
    fc.webUrl(),
    hex(4).map((path) => `/${path}`),
  ),
  url: fc.webUrl(),
  hostname: fc.domain(),
  ipv4: fc.ipV4(),
  ipv6: fc.ipV6(),
  regex: fc.constantFrom('^a+$', '[0-9]', '.*'),
  'json-pointer': fc.constantFrom('', '/a', '/a/0'),
  int32: fc.constantFrom('0'),
};

function strings(schema: SchemaObject, landmarks: Landmarks): fc.Arbitrary<string> {
  const { pattern, format, minLength = 0, maxLength = Infinity } = wordsOf(schema);
  if (pattern !== undefined) {
    const exact = landmarks.patterns.filter((each) => new RegExp(each, 'u').source !== pattern).map(matching);
    return fc.oneof({ weight: 6, arbitrary: matching(pattern) }, ...exact.map((arbitrary) => ({ weight: 1, arbitrary })));
  }
  if (format !== undefined)
    return (
      (Object.hasOwn(formats, format) ? formats[format] : undefined) ??
      fc.string({ minLength, maxLength: Math.min(maxLength, minLength + 20) })
    );
  const lengths = landmarks.numbers.filter((n) => Number.isInteger(n) && n >= minLength && n <= Math.min(maxLength, 20_000));
  const of = (length: number) => fc.constant('x'.repeat(length));
  const any = fc.string({ minLength, maxLength: Math.min(maxLength, minLength + 12) });
  const texts = landmarks.texts.filter((text) => text.length >= minLength && text.length <= maxLength);
  return fc.oneof(
    any,
    ...lengths.map(of),
    ...(texts.length > 0 ? [fc.constantFrom(...texts)] : []),
    ...landmarks.patterns.map((each) => matching(each)),
    ...(maxLength >= 36 && minLength <= 36
      ? [formats.uuid as fc.Arbitrary<string>, formats['date-time'] as fc.Arbitrary<string>]
      : []),
  );
}
