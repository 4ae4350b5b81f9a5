/** Rules about single values: type, enum, const, bounds, pattern, format. Plain schemas only, composition is taken apart before. */
import type { SchemaNode, SchemaObject } from './document.ts';
import { type Break, type JsonType, isAmong, sameJson, typeOf, typesOf, valuesOf } from './rules-nodes.ts';

export function valueBreaks(writer: SchemaNode, reader: SchemaNode): Break[] {
  const values = valuesOf(writer.schema);
  if (values) return values.flatMap((value) => listedBreaks(value, writer, reader));
  const found = typeBreaks(writer, reader);
  // Of two types that share nothing, the finer rules have nothing to say.
  if (found.some(({ rule }) => rule[0] === 'type-changed')) return found;
  const listed = valuesOf(reader.schema);
  if (listed)
    return [
      ...found,
      {
        rule: [
          'enum' in reader.schema ? 'enum-added' : 'const-added',
          'enum' in reader.schema ? 'enum-dropped' : 'const-dropped',
        ],
        writer,
        reader,
        word: 'enum' in reader.schema ? 'enum' : 'const',
        written: `any ${typesOf(writer.schema).join(' or ')}`,
        wanted: `all but ${listOf(listed)}`,
      },
    ];
  const shared = typesOf(writer.schema).filter((type) =>
    typesOf(reader.schema).some((other) => isAmong(type, [other]) || isAmong(other, [type])),
  );
  if (shared.includes('string')) found.push(...stringBreaks(writer, reader));
  const numeric = shared.includes('number') || shared.includes('integer');
  return [...found, ...(numeric ? [...numberBreaks(writer, reader), ...multipleBreaks(writer, reader)] : [])];
}

function typeBreaks(writer: SchemaNode, reader: SchemaNode): Break[] {
  const [ours, theirs] = [typesOf(writer.schema), typesOf(reader.schema)];
  const refused = ours.filter((type) => !isAmong(type, theirs));
  if (refused.length === 0) return [];
  const overlaps = refused.length < ours.length || (refused.includes('number') && theirs.includes('integer'));
  const rule: Break['rule'] =
    refused.length === 1 && refused[0] === 'null' && ours.length > 1
      ? ['nullable-dropped', 'nullable-added']
      : overlaps
        ? ['type-narrowed', 'type-widened']
        : ['type-changed', 'type-changed'];
  return [{ rule, writer, reader, word: 'type', written: refused.join(' or '), wanted: `all but ${theirs.join(' or ')}` }];
}

function listedBreaks(value: unknown, writer: SchemaNode, reader: SchemaNode): Break[] {
  const written = JSON.stringify(value);
  const listed = valuesOf(reader.schema);
  const isConst = 'const' in writer.schema && 'const' in reader.schema;
  if (listed?.some((each) => sameJson(each, value))) return [];
  if (listed)
    return [
      {
        rule: isConst ? ['const-changed', 'const-changed'] : ['enum-value-removed', 'enum-value-added'],
        writer,
        reader,
        word: 'enum' in reader.schema ? 'enum' : 'const',
        written,
        wanted: `all but ${listOf(listed)}`,
      },
    ];
  // A listed value is compared as a schema that lets through nothing else.
  const type = typeOf(value);
  return valueBreaks({ schema: exactly(value, type, writer.schema), at: writer.at }, reader).map((each) => ({
    ...each,
    written,
  }));
}

function exactly(value: unknown, type: JsonType, schema: SchemaObject): SchemaObject {
  const length = typeof value === 'string' ? [...value].length : 0;
  if (typeof value === 'string')
    return { type, minLength: length, maxLength: length, pattern: schema.pattern, format: schema.format, only: value };
  if (typeof value === 'number') return { type, minimum: value, maximum: value, multipleOf: value || undefined };
  return { type };
}

/** How a bound moved: `[word, is it an upper one]`. */
function boundBreaks(
  writer: SchemaNode,
  reader: SchemaNode,
  word: string,
  upper: boolean,
  ours: number,
  theirs: number,
): Break[] {
  if (upper ? ours <= theirs : ours >= theirs) return [];
  const name = word.replaceAll(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`);
  const written = Number.isFinite(ours) ? `${word} ${ours}` : `any ${word}`;
  return [{ rule: [`${name}-tightened`, `${name}-loosened`], writer, reader, word, written, wanted: `${word} beyond ${theirs}` }];
}

/** Lengths and counts: `min…` from 0, `max…` without end. */
export function countBreaks(writer: SchemaNode, reader: SchemaNode, noun: string, least = 0, most = Infinity): Break[] {
  const [min, max] = [`min${noun}`, `max${noun}`];
  const of = (schema: SchemaObject, word: string, otherwise: number) => (schema[word] as number | undefined) ?? otherwise;
  return [
    ...boundBreaks(writer, reader, min, false, Math.max(of(writer.schema, min, 0), least), of(reader.schema, min, 0)),
    ...boundBreaks(writer, reader, max, true, Math.min(of(writer.schema, max, Infinity), most), of(reader.schema, max, Infinity)),
  ];
}

function numberBreaks(writer: SchemaNode, reader: SchemaNode): Break[] {
  const whole = !typesOf(writer.schema).includes('number');
  return [
    ...boundBreaks(writer, reader, 'minimum', false, edge(writer.schema, 'inimum', whole), edge(reader.schema, 'inimum', whole)),
    ...boundBreaks(writer, reader, 'maximum', true, edge(writer.schema, 'aximum', whole), edge(reader.schema, 'aximum', whole)),
  ];
}

/** One number for the bound and its exclusive twin: whole numbers move by one, others by less than anyone writes. */
function edge(schema: SchemaObject, word: 'inimum' | 'aximum', whole: boolean): number {
  const sign = word === 'inimum' ? 1 : -1;
  const plain = schema[`m${word}`] as number | undefined;
  const exclusive = schema[`exclusiveM${word}`] as number | undefined;
  const step = whole
    ? exclusive !== undefined && Number.isInteger(exclusive)
      ? 1
      : 0
    : 1e-12 * Math.max(1, Math.abs(exclusive ?? 0));
  const bounds = [plain, exclusive === undefined ? undefined : exclusive + sign * step].filter((each) => each !== undefined);
  const rounded = bounds.map((each) => (whole ? (sign === 1 ? Math.ceil(each) : Math.floor(each)) : each));
  return sign === 1 ? Math.max(-Infinity, ...rounded) : Math.min(Infinity, ...rounded);
}

function multipleBreaks(writer: SchemaNode, reader: SchemaNode): Break[] {
  const wanted = reader.schema.multipleOf as number | undefined;
  const written = (writer.schema.multipleOf ?? (typesOf(writer.schema).includes('number') ? undefined : 1)) as number | undefined;
  if (wanted === undefined || (written !== undefined && Number.isInteger(written / wanted))) return [];
  const rule = ['multiple-of-tightened', 'multiple-of-loosened'] as const;
  return [
    {
      rule,
      writer,
      reader,
      word: 'multipleOf',
      written: `multiples of ${written ?? 'nothing'}`,
      wanted: `all but multiples of ${wanted}`,
    },
  ];
}

/** Formats whose every value is also one of another. */
const within: Readonly<Record<string, readonly string[]>> = {
  uri: ['uri-reference'],
  'date-time': ['iso-date-time'],
  time: ['iso-time'],
};

function stringBreaks(writer: SchemaNode, reader: SchemaNode): Break[] {
  const found = countBreaks(writer, reader, 'Length');
  for (const word of ['pattern', 'format'] as const) {
    const [ours, theirs] = [writer.schema[word], reader.schema[word]] as [string | undefined, string | undefined];
    if (theirs === undefined || ours === theirs) continue;
    if (word === 'format' && ours !== undefined && Object.hasOwn(within, ours) && within[ours]?.includes(theirs)) continue;
    const { only } = writer.schema;
    if (word === 'pattern' && typeof only === 'string' && new RegExp(theirs, 'u').test(only)) continue;
    // Whether one regular expression lies within another is not decided here: the fuzz looks, and says when it finds nothing.
    const rule =
      ours === undefined ? ([`${word}-added`, `${word}-dropped`] as const) : ([`${word}-changed`, `${word}-changed`] as const);
    found.push({
      rule,
      writer,
      reader,
      word,
      written: ours ? `${word} ${ours}` : `any string`,
      wanted: `all but ${word} ${theirs}`,
    });
  }
  return found;
}

const listOf = (values: readonly unknown[]): string => values.map((value) => JSON.stringify(value)).join(', ') || 'nothing';
