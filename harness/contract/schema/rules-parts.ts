/** Rules about what has parts: objects and arrays. Plain schemas only, composition is taken apart before. */
import type { SchemaNode } from './document.ts';
import { type Break, type Comparison, childOf, childrenOf, sameJson, valuesOf } from './rules-nodes.ts';
import { countBreaks } from './rules-values.ts';

const record = (node: SchemaNode, word: string): Readonly<Record<string, unknown>> =>
  (node.schema[word] ?? {}) as Record<string, unknown>;
const list = (node: SchemaNode, word: string): readonly string[] => (node.schema[word] ?? []) as string[];

/** Unknown names: refused, ignored, or held to a schema. */
function unknownNames({ schema }: SchemaNode): 'closed' | 'open' | 'typed' {
  const { additionalProperties } = schema;
  if (additionalProperties === false) return 'closed';
  return typeof additionalProperties === 'object' && Object.keys(additionalProperties as object).length > 0 ? 'typed' : 'open';
}

export function objectBreaks(writer: SchemaNode, reader: SchemaNode, walk: Comparison): Break[] {
  const named = Object.keys(record(writer, 'properties'));
  const mayHoldMore = unknownNames(writer) !== 'closed' || writer.schema.patternProperties !== undefined;
  return [
    ...requiredBreaks(writer, reader),
    ...propertyBreaks(writer, reader, walk),
    ...unknownBreaks(writer, reader, walk),
    ...patternNameBreaks(writer, reader, walk),
    ...nameBreaks(writer, reader, walk, mayHoldMore),
    ...countBreaks(writer, reader, 'Properties', list(writer, 'required').length, mayHoldMore ? Infinity : named.length),
    ...carefully('dependencies', writer, reader),
  ];
}

function requiredBreaks(writer: SchemaNode, reader: SchemaNode): Break[] {
  return list(reader, 'required')
    .filter((name) => !list(writer, 'required').includes(name))
    .map((name): Break => {
      const gone = !Object.hasOwn(record(writer, 'properties'), name);
      const rule = ['required-added', gone ? 'property-removed' : 'required-removed'] as const;
      return { rule, writer, reader, word: 'required', written: `no ${name}`, wanted: `an object without ${name}` };
    });
}

/** What may stand under a name. A writer writes what it declares: under an open schema's undeclared names, nothing that has a meaning. */
function under(name: string, node: SchemaNode): SchemaNode[] | 'closed' | 'open' {
  const found = [
    ...(Object.hasOwn(record(node, 'properties'), name) ? [childOf(node, 'properties', name)] : []),
    ...Object.keys(record(node, 'patternProperties'))
      .filter((pattern) => new RegExp(pattern, 'u').test(name))
      .map((pattern) => childOf(node, 'patternProperties', pattern)),
  ];
  if (found.length > 0) return found;
  const rest = unknownNames(node);
  return rest === 'typed' ? [childOf(node, 'additionalProperties')] : rest;
}

function propertyBreaks(writer: SchemaNode, reader: SchemaNode, walk: Comparison): Break[] {
  const names = new Set([...Object.keys(record(writer, 'properties')), ...Object.keys(record(reader, 'properties'))]);
  return [...names].flatMap((name): Break[] => {
    const [written, read] = [under(name, writer), under(name, reader)];
    if (typeof written === 'string' || read === 'open') return [];
    const [first] = written;
    if (read === 'closed') {
      if (!first || valuesOf(first.schema)?.length === 0) return [];
      const rule = ['property-removed', 'property-added-under-closed'] as const;
      const at = { schema: writer.schema, at: first.at };
      return [{ rule, writer: at, reader, word: '', written: `the property ${name}`, wanted: 'properties it does not list' }];
    }
    // Several hold at once; one of them within the reader's is enough.
    return read.flatMap((wanted) => fewest(written.map((each) => walk.breaks(each, wanted))));
  });
}

function unknownBreaks(writer: SchemaNode, reader: SchemaNode, walk: Comparison): Break[] {
  const [ours, theirs] = [unknownNames(writer), unknownNames(reader)];
  if (ours === 'closed' || theirs === 'open') return [];
  if (ours === 'typed' && theirs === 'typed')
    return walk.breaks(childOf(writer, 'additionalProperties'), childOf(reader, 'additionalProperties'));
  const rule = ['additional-properties-closed', 'additional-properties-opened'] as const;
  const wanted = theirs === 'closed' ? 'properties it does not list' : 'unknown properties of another kind';
  return [{ rule, writer, reader, word: 'additionalProperties', written: 'properties that neither lists', wanted }];
}

function patternNameBreaks(writer: SchemaNode, reader: SchemaNode, walk: Comparison): Break[] {
  const [ours, theirs] = [record(writer, 'patternProperties'), record(reader, 'patternProperties')];
  const rule = ['pattern-properties-changed', 'pattern-properties-changed'] as const;
  const careful = (pattern: string): Break => ({
    rule,
    writer,
    reader,
    word: 'patternProperties',
    written: `names like ${pattern}`,
    wanted: 'perhaps some of them',
  });
  const plain = Object.keys(record(reader, 'properties')).length === 0 && unknownNames(reader) === 'open';
  return [
    ...Object.keys(ours).flatMap((pattern) => {
      if (Object.hasOwn(theirs, pattern))
        return walk.breaks(childOf(writer, 'patternProperties', pattern), childOf(reader, 'patternProperties', pattern));
      return plain && Object.keys(theirs).length === 0 ? [] : [careful(pattern)];
    }),
    ...(unknownNames(writer) === 'typed'
      ? Object.keys(theirs)
          .filter((pattern) => !Object.hasOwn(ours, pattern))
          .flatMap((pattern) =>
            walk.breaks(childOf(writer, 'additionalProperties'), childOf(reader, 'patternProperties', pattern)),
          )
      : []),
  ];
}

function nameBreaks(writer: SchemaNode, reader: SchemaNode, walk: Comparison, mayHoldMore: boolean): Break[] {
  if (reader.schema.propertyNames === undefined) return [];
  const names = Object.keys(record(writer, 'properties'));
  const own =
    writer.schema.propertyNames === undefined ? { type: 'string' } : { type: 'string', ...record(writer, 'propertyNames') };
  const written = mayHoldMore ? own : { enum: names };
  const found = walk.breaks({ schema: written, at: `${writer.at}/propertyNames` }, childOf(reader, 'propertyNames'));
  if (found.length === 0) return [];
  const rule = ['property-names-tightened', 'property-names-loosened'] as const;
  return [
    {
      rule,
      writer,
      reader,
      word: 'propertyNames',
      written: 'other names',
      wanted: `names with ${found.map((each) => each.wanted).join(', ')}`,
    },
  ];
}

export function arrayBreaks(writer: SchemaNode, reader: SchemaNode, walk: Comparison): Break[] {
  const most = (writer.schema.maxItems as number | undefined) ?? Infinity;
  const repeats = reader.schema.uniqueItems === true && writer.schema.uniqueItems !== true && most > 1;
  const rule = ['unique-items-added', 'unique-items-dropped'] as const;
  const positions = Math.max(tuple(writer).length, tuple(reader).length);
  return [
    ...countBreaks(writer, reader, 'Items'),
    ...(repeats ? [{ rule, writer, reader, word: 'uniqueItems', written: 'an item twice', wanted: 'an item twice' }] : []),
    // One place further than the longer tuple: whatever stands there stands in all later ones.
    ...Array.from({ length: Math.min(positions + 1, most) }, (_each, n) =>
      walk.breaks(itemAt(writer, n), itemAt(reader, n)),
    ).flat(),
    ...carefully('contains', writer, reader),
  ];
}

const tuple = (node: SchemaNode): SchemaNode[] => (Array.isArray(node.schema.items) ? childrenOf(node, 'items') : []);

function itemAt(node: SchemaNode, place: number): SchemaNode {
  if (!Array.isArray(node.schema.items)) return childOf(node, 'items');
  return tuple(node)[place] ?? childOf(node, 'additionalItems');
}

/** Words that are not understood here: unchanged or absent is fine, all else may break. */
export function carefully(word: string, writer: SchemaNode, reader: SchemaNode): Break[] {
  if (reader.schema[word] === undefined || sameJson(writer.schema[word], reader.schema[word])) return [];
  const name = word.replaceAll(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`);
  const rule = [`${name}-changed`, `${name}-changed`] as const;
  return [{ rule, writer, reader, word, written: `what another ${word} lets through`, wanted: `perhaps some of it (${word})` }];
}

export const fewest = (sets: readonly Break[][]): Break[] => sets.toSorted((a, b) => a.length - b.length)[0] ?? [];
