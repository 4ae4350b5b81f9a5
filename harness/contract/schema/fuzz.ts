/**
 * The second proof of compatibility, which knows nothing of the rules: values are made from the writer's schema, the reader's Ajv judges
 * them, and the first it refuses is shrunk to the smallest one.
 */
import fc from 'fast-check';
import type { SchemaDocument } from './document.ts';
import { landmarksOf, valuesFor } from './fuzz-values.ts';
import type { Direction } from './rules-nodes.ts';

export interface CounterExample {
  readonly direction: Direction;
  /** Satisfies the writer's schema, and not the reader's. */
  readonly value: unknown;
  /** Where in the value, and why the reader refuses it. */
  readonly instancePath: string;
  readonly because: string;
  /** Of the reader's word that refuses: a JSON Pointer in its file, where Ajv tells one. */
  readonly schemaPointer: string;
}

export interface Fuzzed {
  readonly counterExample?: CounterExample;
  /** Values that truly satisfied the writer's schema and were judged. */
  readonly tried: number;
  readonly seed: number;
}

export interface FuzzOptions {
  readonly seed: number;
  readonly runs: number;
}

/** Values made in vain for one that fits; beyond it the writer's schema is too narrow for this generator, and `tried` says so. */
const skipsPerRunMax = 50;

export function fuzz(old: SchemaDocument, next: SchemaDocument, direction: Direction, { seed, runs }: FuzzOptions): Fuzzed {
  const [writer, reader] = direction === 'backward' ? [old, next] : [next, old];
  let tried = 0;
  const property = fc.property(valuesFor(writer, landmarksOf(writer, reader)), (made) => {
    const value = asJson(made);
    fc.pre(value !== undefined && writer.validate(value) === true);
    tried++;
    return reader.validate(value) === true;
  });
  const result = fc.check(property, { seed, numRuns: runs, maxSkipsPerRun: skipsPerRunMax });
  const [made] = result.counterexample ?? [];
  if (!result.counterexample) return { tried, seed };
  const value = asJson(made);
  reader.validate(value);
  const [first] = reader.validate.errors ?? [];
  const [, pointer = ''] = (first?.schemaPath ?? '').split('#');
  const because = `${first?.message ?? 'refused'}${first?.keyword === 'enum' ? ` (${JSON.stringify(first.params.allowedValues)})` : ''}`;
  return {
    tried,
    seed,
    counterExample: {
      direction,
      value,
      instancePath: first?.instancePath ?? '',
      because,
      schemaPointer: decodeURIComponent(pointer),
    },
  };
}

/** As it would cross the wire: what JSON can't say is gone, prototypes too. */
function asJson(value: unknown): unknown {
  const text = JSON.stringify(value) as string | undefined;
  return text === undefined ? undefined : JSON.parse(text);
}
