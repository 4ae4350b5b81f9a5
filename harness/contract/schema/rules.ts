/**
 * The first proof of compatibility: the structure of two schemas. A *writer's* schema is compared with a *reader's*: backward, the new
 * one reads what the old one wrote; forward, the old one reads what the new one writes. Where the structure can't prove that the reader
 * takes everything (`oneOf`, `not`, patterns), it says that it breaks.
 */
import type { ContractFinding } from '../finding.ts';
import { lineOfPointer } from '../json-lines.ts';
import { type SchemaDocument, type SchemaNode, constraints } from './document.ts';
import {
  type Break,
  type Comparison,
  type Direction,
  alternatives,
  childOf,
  childrenOf,
  isAmong,
  resolved,
  sameJson,
  typesOf,
  valuesOf,
} from './rules-nodes.ts';
import { arrayBreaks, carefully, fewest, objectBreaks } from './rules-parts.ts';
import { valueBreaks } from './rules-values.ts';

export interface SchemaFinding extends ContractFinding {
  readonly direction: Direction;
}

export function compareSchemas(old: SchemaDocument, next: SchemaDocument, direction: Direction): SchemaFinding[] {
  const [writer, reader] = direction === 'backward' ? [old, next] : [next, old];
  const found = new Walk(writer, reader).breaks(writer.root, reader.root);
  const findings = found.map((each) => findingOf(each, old, next, direction));
  return [...new Map(findings.map((each) => [`${each.rule} ${each.file} ${each.pointer} ${each.message}`, each])).values()];
}

/** Deeper than any contract a person wrote; a schema that unfolds for ever ends here. */
const depthMax = 64;

class Walk implements Comparison {
  readonly #seen = new Set<string>();
  readonly writer: SchemaDocument;
  readonly reader: SchemaDocument;
  #depth = 0;
  #reverse: Walk | undefined;

  constructor(writer: SchemaDocument, reader: SchemaDocument, reverse?: Walk) {
    [this.writer, this.reader, this.#reverse] = [writer, reader, reverse];
  }

  /** The walk the other way round: one, kept, so that it too knows which pairs it is inside of. */
  get #back(): Walk {
    this.#reverse ??= new Walk(this.reader, this.writer, this);
    return this.#reverse;
  }

  breaks(written: SchemaNode, wanted: SchemaNode): Break[] {
    const [writer, reader] = [resolved(written, this.writer), resolved(wanted, this.reader)];
    if (constraints(reader.schema).length === 0 || valuesOf(writer.schema)?.length === 0) return [];
    // A pair met again inside itself (a circular $ref) holds if the rest of it does.
    const key = JSON.stringify([writer.schema, reader.schema]);
    if (this.#seen.has(key)) return [];
    if (this.#depth > depthMax) return [tooDeep(writer, reader)];
    this.#seen.add(key);
    this.#depth++;
    const found = this.#conjuncts(writer, reader);
    this.#depth--;
    this.#seen.delete(key);
    return found;
  }

  /** The reader's plain words and each of its compositions hold together: every one is asked for itself. */
  #conjuncts(writer: SchemaNode, reader: SchemaNode): Break[] {
    const { allOf: _allOf, anyOf, oneOf, not, if: condition, ...plain } = reader.schema;
    const parts = alternatives(writer, this.writer);
    const asked = { schema: plain, at: reader.at };
    return [
      ...parts.flatMap((part) => this.#plain(part, asked)),
      ...childrenOf(reader, 'allOf').flatMap((member) => this.breaks(writer, member)),
      ...(anyOf && !this.#unchanged('anyOf', writer, reader) ? parts.flatMap((part) => this.#any(part, reader)) : []),
      ...(oneOf && !this.#unchanged('oneOf', writer, reader) ? parts.flatMap((part) => this.#one(part, reader)) : []),
      ...(not !== undefined && !parts.every((part) => this.#apart(part, childOf(reader, 'not')))
        ? this.#not(writer, reader)
        : []),
      ...(condition !== undefined ? ['if', 'then', 'else'].flatMap((word) => carefully(word, writer, reader)) : []),
    ];
  }

  #plain(writer: SchemaNode, reader: SchemaNode): Break[] {
    const has = (type: 'object' | 'array') =>
      valuesOf(writer.schema) === undefined && [writer, reader].every(({ schema }) => typesOf(schema).includes(type));
    return [
      ...valueBreaks(writer, reader),
      ...(has('object') ? objectBreaks(writer, reader, this) : []),
      ...(has('array') ? arrayBreaks(writer, reader, this) : []),
    ];
  }

  #any(part: SchemaNode, reader: SchemaNode): Break[] {
    const branches = childrenOf(reader, 'anyOf');
    return split(part).flatMap((piece) => {
      const tried = branches.map((branch) => this.breaks(piece, branch));
      if (tried.some((found) => found.length === 0)) return [];
      return branches.length === 1 ? fewest(tried) : [composed('anyOf', part, reader, fewest(tried))];
    });
  }

  /** As any, and the other branches must not take it too. */
  #one(part: SchemaNode, reader: SchemaNode): Break[] {
    const branches = childrenOf(reader, 'oneOf');
    return split(part).flatMap((piece) => {
      const tried = branches.map((branch) => this.breaks(piece, branch));
      const taken = tried.findIndex((found) => found.length === 0);
      if (taken >= 0 && branches.every((branch, n) => n === taken || this.#apart(piece, branch))) return [];
      return [composed('oneOf', part, reader, fewest(tried))];
    });
  }

  #not(writer: SchemaNode, reader: SchemaNode): Break[] {
    if (writer.schema.not !== undefined && this.#same(childOf(writer, 'not'), childOf(reader, 'not'))) return [];
    return [composed('not', writer, reader, [])];
  }

  /** The same list with the same members, in any order. */
  #unchanged(word: 'anyOf' | 'oneOf', writer: SchemaNode, reader: SchemaNode): boolean {
    const [ours, theirs] = [childrenOf(writer, word), childrenOf(reader, word)];
    if (ours.length !== theirs.length) return false;
    return ours.every((one) => theirs.some((other) => this.#same(one, other)));
  }

  /** Both let through the same: each reads the other. */
  #same(written: SchemaNode, wanted: SchemaNode): boolean {
    if (!JSON.stringify([written.schema, wanted.schema]).includes('"$ref"')) return sameJson(written.schema, wanted.schema);
    return this.breaks(written, wanted).length === 0 && this.#back.breaks(wanted, written).length === 0;
  }

  /** Provably nothing in common: other types, or a required property whose listed values differ. */
  #apart(piece: SchemaNode, branch: SchemaNode): boolean {
    return alternatives(branch, this.reader).every((other) => {
      const shared = typesOf(piece.schema).some((type) =>
        typesOf(other.schema).some((two) => isAmong(type, [two]) || isAmong(two, [type])),
      );
      if (!shared) return true;
      const [ours, theirs] = [valuesOf(piece.schema), valuesOf(other.schema)];
      if (ours && theirs) return !ours.some((one) => theirs.some((two) => sameJson(one, two)));
      const must = (node: SchemaNode) => (node.schema.required ?? []) as string[];
      const onlyObjects = [piece, other].every(({ schema }) => typesOf(schema).join() === 'object');
      return onlyObjects && must(piece).some((name) => must(other).includes(name) && this.#listedApart(piece, other, name));
    });
  }

  #listedApart(piece: SchemaNode, other: SchemaNode, name: string): boolean {
    const ours = valuesOf(resolved(childOf(piece, 'properties', name), this.writer).schema);
    const theirs = valuesOf(resolved(childOf(other, 'properties', name), this.reader).schema);
    return ours !== undefined && theirs !== undefined && !ours.some((one) => theirs.some((two) => sameJson(one, two)));
  }
}

/** Smaller parts that together are the whole: one value, or one type, at a time. */
function split({ schema, at }: SchemaNode): SchemaNode[] {
  const values = valuesOf(schema);
  if (values) return values.map((value) => ({ schema: { ...schema, const: value, enum: [value] }, at }));
  return typesOf(schema).map((type) => ({ schema: { ...schema, type }, at }));
}

function composed(word: 'anyOf' | 'oneOf' | 'not', writer: SchemaNode, reader: SchemaNode, because: readonly Break[]): Break {
  const name = { anyOf: 'any-of-changed', oneOf: 'one-of-changed', not: 'not-changed' }[word];
  const [first] = because;
  const wanted = first ? `some of it (${word}; the nearest branch refuses ${first.wanted})` : `perhaps some of it (${word})`;
  return {
    rule: [name, name],
    writer,
    reader,
    word,
    written: first?.written ?? `what this ${word} is not known to allow`,
    wanted,
  };
}

const tooDeep = (writer: SchemaNode, reader: SchemaNode): Break => ({
  rule: ['too-deep-to-prove', 'too-deep-to-prove'],
  writer,
  reader,
  word: '',
  written: `parts nested deeper than ${depthMax}`,
  wanted: 'perhaps some of them',
});

/** Told at the place in the new schema, where the change was made; for what is gone from it, at the nearest place around. */
function findingOf(found: Break, old: SchemaDocument, next: SchemaDocument, direction: Direction): SchemaFinding {
  const changed = direction === 'backward' ? found.reader : found.writer;
  const [file = next.file, inside = ''] = changed.at.split('#');
  const rule = found.rule[direction === 'backward' ? 0 : 1];
  const hasWord = found.word !== '' && found.word in changed.schema;
  const pointer = hasWord ? `${inside}/${found.word}` : inside;
  const text = next.documents.get(file)?.text ?? old.documents.get(file)?.text ?? '';
  const [reader, writer] = direction === 'backward' ? ['new', 'old'] : ['old', 'new'];
  const [readerFile, writerFile] = direction === 'backward' ? [next.file, old.file] : [old.file, next.file];
  const message =
    `${direction}: a consumer with the ${reader} schema (${readerFile}) cannot read all data of the ${writer} (${writerFile}): ` +
    `at ${pointer || '/'} they may hold ${found.written}, and it refuses ${found.wanted}`;
  return { rule, file, line: lineOfPointer(text, pointer), pointer, message, severity: 'error', direction };
}
