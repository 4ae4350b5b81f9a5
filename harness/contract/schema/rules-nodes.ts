/** What both kinds of rules need to know of a part of a schema: its types, its values, its alternatives. */
import { type SchemaDocument, type SchemaNode, type SchemaObject, constraints, follow, nodeOf } from './document.ts';

export type Direction = 'backward' | 'forward';

/** What a writer may write and a reader refuses. */
export interface Break {
  /** Seen from old to new: the name when the new schema reads, and when it writes. */
  readonly rule: readonly [backward: string, forward: string];
  readonly writer: SchemaNode;
  readonly reader: SchemaNode;
  /** The word of the schema it hangs on; part of the pointer. */
  readonly word: string;
  /** Completes "… may hold": what the writer may write. */
  readonly written: string;
  /** Completes "… refuses": what the reader wants instead. */
  readonly wanted: string;
}

export interface Comparison {
  readonly writer: SchemaDocument;
  readonly reader: SchemaDocument;
  /** Of two parts; the walk below calls the walk above through this. */
  breaks(writer: SchemaNode, reader: SchemaNode): Break[];
}

export const jsonTypes = ['string', 'number', 'integer', 'boolean', 'null', 'array', 'object'] as const;
export type JsonType = (typeof jsonTypes)[number];

/** Every type it lets through; `integer` is not repeated beside `number`. */
export function typesOf({ type }: SchemaObject): readonly JsonType[] {
  if (type === undefined) return jsonTypes.filter((each) => each !== 'integer');
  const types = (Array.isArray(type) ? type : [type]) as JsonType[];
  return types.includes('number') ? types.filter((each) => each !== 'integer') : types;
}

export const typeOf = (value: unknown): JsonType =>
  value === null
    ? 'null'
    : Array.isArray(value)
      ? 'array'
      : Number.isInteger(value)
        ? 'integer'
        : (typeof value as 'string' | 'number' | 'boolean' | 'object');

export const isAmong = (type: JsonType, types: readonly JsonType[]): boolean =>
  types.includes(type) || (type === 'integer' && types.includes('number'));

/** All values, where they are listed; those its own `type` refuses are none of them. */
export function valuesOf(schema: SchemaObject): readonly unknown[] | undefined {
  const values = 'const' in schema ? [schema.const] : (schema.enum as unknown[] | undefined);
  return values?.filter((value) => isAmong(typeOf(value), typesOf(schema)));
}

export const sameJson = (a: unknown, b: unknown): boolean => canonical(a) === canonical(b);
const canonical = (value: unknown): string | undefined =>
  JSON.stringify(value, (_key, each: unknown) =>
    typeof each === 'object' && each !== null && !Array.isArray(each)
      ? Object.fromEntries(Object.entries(each).sort(([a], [b]) => (a < b ? -1 : 1)))
      : each,
  );

export const childOf = ({ schema, at }: SchemaNode, word: string, ...steps: (string | number)[]): SchemaNode => {
  let value: unknown = schema[word];
  for (const step of steps) value = (value as Record<string, unknown> | undefined)?.[step];
  const escaped = [word, ...steps].map((step) => `/${String(step).replaceAll('~', '~0').replaceAll('/', '~1')}`).join('');
  return nodeOf(value, at + escaped);
};

export const childrenOf = (node: SchemaNode, word: string): SchemaNode[] =>
  ((node.schema[word] as unknown[] | undefined) ?? []).map((_each, n) => childOf(node, word, n));

/** References followed; what stands beside one holds as well, as Ajv 8 reads it. */
export function resolved(node: SchemaNode, document: SchemaDocument): SchemaNode {
  const { $ref, ...beside } = node.schema;
  if (typeof $ref !== 'string') return node;
  if (constraints(beside).length === 0) return follow($ref, document.documents);
  const allOf = [...((beside.allOf as unknown[] | undefined) ?? []), { $ref }];
  return { schema: { ...beside, allOf }, at: node.at };
}

const alternativesMax = 64;

/**
 * Plain schemas, without composition, that together let through at least all that the node does: `not` and `if` only take away, so
 * leaving them out errs to the careful side.
 */
export function alternatives(node: SchemaNode, document: SchemaDocument, depth = 0): SchemaNode[] {
  const { allOf, anyOf, oneOf, not: _not, if: _if, then: _then, else: _else, ...plain } = resolved(node, document).schema;
  let found: SchemaNode[] = [{ schema: plain, at: resolved(node, document).at }];
  if (typeof plain.$ref === 'string') found = alternatives(found[0] as SchemaNode, document, depth + 1);
  if (depth > 16) return found;
  const here = resolved(node, document);
  const factors = [
    ...(allOf ? childrenOf(here, 'allOf').map((member) => [member]) : []),
    ...(anyOf ? [childrenOf(here, 'anyOf')] : []),
    ...(oneOf ? [childrenOf(here, 'oneOf')] : []),
  ];
  for (const members of factors) {
    const each = members.flatMap((member) => alternatives(member, document, depth + 1));
    if (found.length * each.length > alternativesMax) continue;
    found = found.flatMap((one) => each.map((other) => both(one, other)));
  }
  return found;
}

const tighter: Readonly<Record<string, (a: number, b: number) => number>> = {
  ...Object.fromEntries(
    ['minimum', 'exclusiveMinimum', 'minLength', 'minItems', 'minProperties'].map((word) => [word, Math.max]),
  ),
  ...Object.fromEntries(
    ['maximum', 'exclusiveMaximum', 'maxLength', 'maxItems', 'maxProperties'].map((word) => [word, Math.min]),
  ),
};

/** What holds when both do, or a little more: where one word can't say both, the first one's stays. */
function both(a: SchemaNode, b: SchemaNode): SchemaNode {
  if (constraints(a.schema).length === 0) return b;
  const schema: Record<string, unknown> = { ...b.schema, ...a.schema };
  for (const [word, theirs] of Object.entries(b.schema)) {
    const ours = Object.hasOwn(a.schema, word) ? a.schema[word] : undefined;
    if (ours === undefined) continue;
    const choose = Object.hasOwn(tighter, word) ? tighter[word] : undefined;
    if (choose) schema[word] = choose(ours as number, theirs as number);
    else if (word === 'required') schema[word] = [...new Set([...(ours as string[]), ...(theirs as string[])])];
    else if (word === 'type') schema[word] = typesOf(a.schema).flatMap((type) => narrower(type, typesOf(b.schema)));
    else if (word === 'enum')
      schema[word] = (ours as unknown[]).filter((one) => (theirs as unknown[]).some((two) => sameJson(one, two)));
    else if (word === 'properties') schema[word] = mergedProperties(ours as SchemaObject, theirs as SchemaObject);
  }
  return { schema, at: a.at };
}

const narrower = (type: JsonType, others: readonly JsonType[]): JsonType[] =>
  isAmong(type, others) ? [type] : type === 'number' && others.includes('integer') ? ['integer'] : [];

const mergedProperties = (ours: SchemaObject, theirs: SchemaObject): SchemaObject =>
  Object.fromEntries(
    [...new Set([...Object.keys(ours), ...Object.keys(theirs)])].map((name) => [
      name,
      Object.hasOwn(ours, name) && Object.hasOwn(theirs, name)
        ? { allOf: [ours[name], theirs[name]] }
        : (Object.hasOwn(ours, name) ? ours : theirs)[name],
    ]),
  );
