/** A YAML file that a person wrote, as a value that knows its lines; whatever keeps it from being read is told in one sentence each. */
import { relative } from 'node:path';
import { type Document, isAlias, isMap, isScalar, isSeq, LineCounter, parseDocument, visit } from 'yaml';
import { textOf } from './text-file.ts';

export interface YamlFile {
  /** As complaints name it: from the folder in which the command was called. */
  readonly file: string;
  /** Aliases resolved; JSON could hold it. */
  readonly value: unknown;
  /** From 1; of the deepest part of the path that exists. */
  lineOf(path: readonly (string | number)[]): number;
}

/** `complaints`: each begins with `file:line:`, or with `file:` where no line could be told. */
export type YamlRead = YamlFile | { readonly complaints: readonly string[] };

export function readYamlFile(path: string): YamlRead {
  const file = relative(process.cwd(), path) || path;
  const text = textOf(path);
  if ('because' in text) return { complaints: [`${file}: ${text.because}`] };
  const lines = new LineCounter();
  const document = parseDocument(text.text, { lineCounter: lines });
  const line = (offset: number | undefined) => Math.max(1, offset === undefined ? 1 : lines.linePos(offset).line);
  // After the first mistake the parser guesses.
  const [mistake] = [...document.errors, ...document.warnings];
  if (mistake) {
    const sentence = mistake.message.split('\n')[0]?.replace(/ at line \d+, column \d+:?$/, '');
    return { complaints: [`${file}:${mistake.linePos?.[0].line ?? 1}: ${sentence}`] };
  }
  if (document.contents === null || (isScalar(document.contents) && document.contents.value === null))
    return { complaints: [`${file}:1: it is empty`] };
  const dangling = danglingAlias(document);
  if (dangling) return { complaints: [`${file}:${line(dangling.offset)}: nothing above is marked &${dangling.name}`] };
  try {
    const value = document.toJS({ maxAliasCount: 100 }) as unknown;
    // What holds itself can be neither checked nor kept.
    JSON.stringify(value);
    return { file, value, lineOf: (path) => line(offsetOf(document, path)) };
  } catch (error) {
    const because = sentenceOf(error as Error);
    return { complaints: [`${file}:1: ${because}`] };
  }
}

/** Why a document that could be parsed is no value. */
export const sentenceOf = ({ message }: Error): string =>
  /circular|Maximum call stack/i.test(message) ? 'an alias holds itself' : (message.split('\n')[0] as string);

function danglingAlias(document: Document.Parsed): { readonly name: string; readonly offset: number | undefined } | undefined {
  let found: ReturnType<typeof danglingAlias>;
  visit(document, {
    Alias(_key, node) {
      if (node.resolve(document)) return undefined;
      found = { name: node.source, offset: node.range?.[0] };
      return visit.BREAK;
    },
  });
  return found;
}

function offsetOf(document: Document.Parsed, path: readonly (string | number)[]): number | undefined {
  let node: unknown = document.contents;
  let offset = document.contents?.range?.[0];
  for (const step of path) {
    if (isAlias(node)) node = node.resolve(document);
    if (isMap(node)) {
      const pair = node.items.find(({ key }) => isScalar(key) && String(key.value) === String(step));
      if (!pair) break;
      if (isScalar(pair.key)) offset = pair.key.range?.[0] ?? offset;
      node = pair.value;
    } else if (isSeq(node)) {
      node = node.items[Number(step)];
      if (typeof node !== 'object' || node === null) break;
      offset = (node as { range?: [number, number, number] }).range?.[0] ?? offset;
    } else break;
  }
  return offset;
}
