/**
 * A JSON Schema file (draft-07) and the sibling files it refers to, read and checked. Every `$ref` becomes `<file>#<pointer>`, so that
 * a part of a schema can be carried about and still be followed.
 */
import { existsSync, readFileSync, statSync } from 'node:fs';
import { dirname, join, normalize } from 'node:path';
import { pathToFileURL } from 'node:url';
import { Ajv, type AnySchema, type ValidateFunction } from 'ajv';
import * as formats from 'ajv-formats';
import { lineOfPointer, lineOfSyntaxError, stepsOf } from '../json-lines.ts';
import { at as valueAt, pointerOf } from '../yaml-lines.ts';

/** What was asked makes no sense: exit code 3, and the message is all there is to say. */
export class ContractMisuse extends Error {}

export type SchemaObject = Readonly<Record<string, unknown>>;

/** A schema or a part of one; `true` is `{}`, and `false` is an empty `enum`. */
export interface SchemaNode {
  readonly schema: SchemaObject;
  /** `<file>#<pointer>`. */
  readonly at: string;
}

export interface SchemaDocument {
  readonly file: string;
  readonly text: string;
  /** As written. */
  readonly source: SchemaObject;
  /** With absolute `$ref`s. */
  readonly root: SchemaNode;
  /** By file: this one and all that it refers to. */
  readonly documents: ReadonlyMap<string, SchemaDocument>;
  readonly validate: ValidateFunction;
}

const draft7 = /^https?:\/\/json-schema\.org\/draft-07\/schema#?$/;

export function readSchema(path: string): SchemaDocument {
  const file = normalize(path);
  const documents = new Map<string, SchemaDocument>();
  readInto(documents, file, `${file} is named`);
  const document = documents.get(file) as SchemaDocument;
  for (const each of documents.values()) checkRefs(each);
  Object.assign(document, { validate: compile(document) });
  return document;
}

/** The parsed file; a misuse with its line when it is no JSON. */
export function readJson(file: string, because = `${file} is named`): { readonly text: string; readonly value: unknown } {
  if (!existsSync(file)) throw new ContractMisuse(`${because}, but there is no such file. Correct the path, or add the file.`);
  if (statSync(file).isDirectory()) throw new ContractMisuse(`${because}, but that is a folder. Name a file in it.`);
  const text = readFileSync(file, 'utf8');
  try {
    return { text, value: JSON.parse(text) };
  } catch (error) {
    const line = lineOfSyntaxError(text, error as Error);
    throw new ContractMisuse(
      `${file}:${line}: not JSON: ${(error as Error).message.replaceAll(/\s+/g, ' ')}. Correct that line.`,
    );
  }
}

function readInto(documents: Map<string, SchemaDocument>, file: string, because: string): void {
  if (documents.has(file)) return;
  const { text, value } = readJson(file, because);
  if (typeof value !== 'object' || value === null || Array.isArray(value))
    throw new ContractMisuse(`${file}:1: a JSON Schema is an object; found ${JSON.stringify(value)?.slice(0, 40)}.`);
  const source = value as SchemaObject;
  const dialect = source.$schema ?? 'http://json-schema.org/draft-07/schema#';
  if (!draft7.test(String(dialect)))
    throw new ContractMisuse(
      `${file}:${lineOfPointer(text, '/$schema')}: $schema ${String(dialect)} is not read here. Write it in draft-07: http://json-schema.org/draft-07/schema#`,
    );
  const found: { ref: string; pointer: string; target: string }[] = [];
  const root = { schema: absolute(source, file, source.$id, '', found) as SchemaObject, at: `${file}#` };
  documents.set(file, { file, text, source, root, documents, validate: undefined as never });
  for (const { ref, pointer, target } of found)
    readInto(documents, target, `${file}:${lineOfPointer(text, pointer)}: $ref ${ref} leads to ${target}`);
}

/** Words whose value is data, in which nothing is a reference. */
const data = new Set(['enum', 'const', 'default', 'examples']);

function absolute(
  value: unknown,
  file: string,
  id: unknown,
  pointer: string,
  found: { ref: string; pointer: string; target: string }[],
  named = false,
): unknown {
  if (Array.isArray(value)) return value.map((each, n) => absolute(each, file, id, pointer + pointerOf([n]), found));
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(
    Object.entries(value).map(([key, each]) => {
      const at = pointer + pointerOf([key]);
      if (!named && data.has(key)) return [key, each];
      if (named || key !== '$ref' || typeof each !== 'string') {
        const names = !named && ['properties', 'patternProperties', 'definitions', 'dependencies'].includes(key);
        return [key, absolute(each, file, id, at, found, names)];
      }
      const [path = '', fragment = ''] = targetOf(each, file, id);
      found.push({ ref: each, pointer: at, target: path });
      return [key, `${path}#${fragment}`];
    }),
  );
}

/** `$ref`s are relative to the `$id`; files lie to each other as their `$id`s do. */
function targetOf(ref: string, file: string, id: unknown): [file: string, pointer: string] {
  const here = typeof id === 'string' && URL.canParse(id) ? new URL(id) : new URL(`contract:///${file.split('/').at(-1)}`);
  const target = new URL(ref, here);
  const fragment = decodeURIComponent(target.hash.slice(1));
  if (target.href.split('#')[0] === here.href.split('#')[0]) return [file, fragment];
  const [hereSteps, targetSteps] = [here.pathname.split('/').slice(0, -1), target.pathname.split('/')];
  let shared = 0;
  while (shared < hereSteps.length && hereSteps[shared] === targetSteps[shared]) shared++;
  const up = hereSteps.slice(shared).map(() => '..');
  return [join(dirname(file), ...up, ...targetSteps.slice(shared)), fragment];
}

function checkRefs(document: SchemaDocument): void {
  JSON.stringify(document.root.schema, (key, value) => {
    if (key === '$ref' && typeof value === 'string') follow(value, document.documents, document.file);
    return value as unknown;
  });
}

/** The node that a `$ref` ends at, through further ones. */
export function follow(ref: string, documents: ReadonlyMap<string, SchemaDocument>, from = ref): SchemaNode {
  const seen = new Set<string>();
  let at = ref;
  for (;;) {
    if (seen.has(at)) throw new ContractMisuse(`${from}: $ref ${ref} leads back to itself and says nothing else. Name a schema.`);
    seen.add(at);
    const [file = '', pointer = ''] = at.split('#');
    const value = valueAt(documents.get(file)?.root.schema, ...stepsOf(pointer));
    if (value === undefined || (pointer !== '' && !pointer.startsWith('/')))
      throw new ContractMisuse(
        `${from}: $ref ${at} leads nowhere. Name a file and a JSON Pointer that exist, e.g. #/definitions/address.`,
      );
    const node = nodeOf(value, at);
    if (typeof node.schema.$ref !== 'string' || constraints(node.schema).length > 1) return node;
    at = node.schema.$ref;
  }
}

const annotations = new Set([
  '$schema',
  '$id',
  '$comment',
  'title',
  'description',
  'default',
  'examples',
  'definitions',
  'readOnly',
  'writeOnly',
]);

/** The words of a schema that refuse something. */
export const constraints = (schema: SchemaObject): string[] => Object.keys(schema).filter((word) => !annotations.has(word));

export const nodeOf = (value: unknown, at: string): SchemaNode => ({
  schema: value === true || value === undefined ? {} : value === false ? { enum: [] } : (value as SchemaObject),
  at,
});

function compile(document: SchemaDocument): ValidateFunction {
  // Unknown words and formats are errors; which types a word belongs to is the author's business.
  const ajv = new Ajv({ strict: true, strictTypes: false, strictTuples: false, strictRequired: false, validateSchema: false });
  (formats.default as unknown as (ajv: Ajv) => void)(ajv);
  for (const { file, source, text } of document.documents.values()) {
    if (!ajv.validateSchema(source as AnySchema)) {
      const [first] = ajv.errors ?? [];
      const pointer = first?.instancePath ?? '';
      throw new ContractMisuse(
        `${file}:${lineOfPointer(text, pointer)}: not a JSON Schema: ${pointer || '/'} ${first?.message}. Correct it.`,
      );
    }
    ajv.addSchema(source as AnySchema, typeof source.$id === 'string' ? source.$id : pathToFileURL(file).href);
  }
  const key = typeof document.source.$id === 'string' ? document.source.$id : pathToFileURL(document.file).href;
  try {
    return ajv.getSchema(key) as ValidateFunction;
  } catch (error) {
    throw new ContractMisuse(`${document.file}:1: not a JSON Schema that can be used: ${(error as Error).message}. Correct it.`);
  }
}
