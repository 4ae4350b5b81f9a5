/** YAML as values that know their lines, read as Kubernetes reads it. */
import { type Document, isAlias, isMap, isNode, isScalar, isSeq, LineCounter, parseAllDocuments } from 'yaml';
import { textOf } from '../project/text-file.ts';
import { sentenceOf } from '../project/yaml-file.ts';

export type Path = readonly (string | number)[];

export interface YamlDocument {
  /** Aliases resolved. `null`: an empty document. */
  readonly value: unknown;
  /** Where it begins, from 1. */
  readonly line: number;
  /** Of the deepest part of the path that exists: where the missing rest would belong. */
  lineOf(path: Path): number;
}

export interface YamlMistake {
  readonly code: string;
  readonly line: number;
  readonly message: string;
}

export interface Yaml {
  /** Those without mistakes. */
  readonly documents: readonly YamlDocument[];
  readonly mistakes: readonly YamlMistake[];
}

/** A file that is no text is one mistake. */
export function readYamlFile(path: string): Yaml {
  const read = textOf(path);
  if ('text' in read) return readYaml(read.text);
  return { documents: [], mistakes: [{ code: 'UNREADABLE', line: 1, message: read.because }] };
}

export function readYaml(text: string): Yaml {
  const lines = new LineCounter();
  // 1.1, as Kubernetes has it: there a bare `yes` or `on` is a boolean.
  const parsed = parseAllDocuments(text, { lineCounter: lines, version: '1.1', strict: true, uniqueKeys: true });
  const documents: YamlDocument[] = [];
  const mistakes: YamlMistake[] = [];
  for (const document of Array.isArray(parsed) ? parsed : []) {
    const line = lineAt(lines, document.contents?.range?.[0] ?? document.range[0]);
    if (document.errors.length > 0) {
      // After the first the parser guesses; only equal keys are sure to be mistakes of their own.
      for (const { code, linePos, message } of document.errors.filter((each, n) => n === 0 || each.code === 'DUPLICATE_KEY'))
        mistakes.push({ code, line: linePos?.[0].line ?? line, message: message.split('\n')[0]!.replace(/ at line .*$/, '') });
      continue;
    }
    try {
      const value = document.toJS({ maxAliasCount: 100 }) as unknown;
      // What holds itself would keep whoever walks through it for ever.
      JSON.stringify(value);
      documents.push({
        value,
        line,
        lineOf: (path) => lineOf(document, lines, path, line),
      });
    } catch (error) {
      mistakes.push({ code: 'BAD_ALIAS', line, message: sentenceOf(error as Error) });
    }
  }
  return { documents, mistakes };
}

const lineAt = (lines: LineCounter, offset: number): number => Math.max(1, lines.linePos(offset).line);

function lineOf(document: Document.Parsed, lines: LineCounter, path: Path, first: number): number {
  let node: unknown = document.contents;
  let line = first;
  for (const step of path) {
    if (isAlias(node)) node = node.resolve(document);
    if (isMap(node)) {
      const pair = node.items.find(({ key }) => (isScalar(key) ? String(key.value) : String(key)) === String(step));
      if (pair === undefined) break;
      if (isNode(pair.key) && pair.key.range) line = lineAt(lines, pair.key.range[0]);
      node = pair.value;
    } else if (isSeq(node) && typeof step === 'number') {
      node = node.items[step];
      if (node === undefined) break;
      if (isNode(node) && node.range) line = lineAt(lines, node.range[0]);
    } else break;
  }
  return line;
}

/** What is at the path, `undefined` where the tree has another shape. */
export function at(value: unknown, ...path: Path): unknown {
  let here = value;
  for (const step of path) {
    if (typeof here !== 'object' || here === null) return undefined;
    // Own fields only: a document may say `constructor`.
    here = Object.hasOwn(here, step) ? (here as Record<string | number, unknown>)[step] : undefined;
  }
  return here;
}

/** The items at the path, none where there is no list. */
export const listAt = (value: unknown, ...path: Path): readonly unknown[] => {
  const found = at(value, ...path);
  return Array.isArray(found) ? found : [];
};

/** The fields at the path, none where there is no map. */
export const fieldsAt = (value: unknown, ...path: Path): readonly (readonly [string, unknown])[] => {
  const found = at(value, ...path);
  return typeof found === 'object' && found !== null && !Array.isArray(found) ? Object.entries(found) : [];
};

/** RFC 6901. */
export const pointerOf = (path: Path): string =>
  path.map((step) => `/${String(step).replaceAll('~', '~0').replaceAll('/', '~1')}`).join('');
