/** A folder of Dapr resources as documents that know where each of their values stands. */
import { readdirSync, readFileSync } from 'node:fs';
import { dirname, join, relative } from 'node:path';
import { type Document, isMap, isScalar, isSeq, LineCounter, parseAllDocuments, type YAMLError } from 'yaml';
import type { ContractFinding } from './finding.ts';

export type Path = readonly (string | number)[];

/** One YAML document that could be parsed. */
export interface Resource {
  readonly file: string;
  readonly apiVersion: unknown;
  readonly kind: unknown;
  readonly name: unknown;
  readonly value: Readonly<Record<string, unknown>>;
  /** How many documents its file holds. */
  readonly siblings: number;
  /** A finding at this path, or at the nearest thing above it that exists. */
  finding(rule: string, path: Path, message: string, severity?: ContractFinding['severity']): ContractFinding;
}

/** What one daprd reads: the files of one folder, without its subfolders. */
export interface ResourceFolder {
  readonly path: string;
  readonly resources: readonly Resource[];
  /** What kept a file from being read. */
  readonly findings: readonly ContractFinding[];
}

/** The folder and those below it; each is a world of its own, because daprd looks into no subfolder. */
export function readResources(folder: string): ResourceFolder[] {
  const files = readdirSync(folder, { recursive: true, encoding: 'utf8' }).filter((name) => /\.ya?ml$/.test(name));
  const byFolder = Map.groupBy(files.sort(), (name) => dirname(join(folder, name)));
  return [...byFolder].map(([path, names]) => {
    const read = names.map((name) => readFile(join(folder, name)));
    return { path, resources: read.flatMap((each) => each.resources), findings: read.flatMap((each) => each.findings) };
  });
}

function readFile(path: string): { resources: Resource[]; findings: ContractFinding[] } {
  const file = relative(process.cwd(), path);
  const lines = new LineCounter();
  const parsed = parseAllDocuments(readFileSync(path, 'utf8'), { lineCounter: lines });
  const documents = Array.isArray(parsed)
    ? (parsed as Document.Parsed[]).filter(({ contents, errors }) => contents || errors.length)
    : [];
  if (documents.length === 0)
    return { resources: [], findings: [at(file, 1, 'empty-file', 'the file is empty; daprd reads nothing from it')] };
  const findings: ContractFinding[] = [];
  const resources: Resource[] = [];
  for (const document of documents) {
    if (document.errors.length > 0) findings.push(...document.errors.map((error) => unreadable(file, error)));
    else if (!isMap(document.contents)) {
      const line = lines.linePos(document.contents?.range[0] ?? 0).line;
      findings.push(at(file, line, 'not-a-resource', 'a Dapr resource is a map with apiVersion, kind, metadata and spec'));
    } else resources.push(resourceOf(file, document, lines, documents.length));
  }
  return { resources, findings };
}

function resourceOf(file: string, document: Document.Parsed, lines: LineCounter, siblings: number): Resource {
  const value = document.toJS() as Record<string, unknown>;
  const metadata = value['metadata'] as { name?: unknown } | null | undefined;
  return {
    file,
    value,
    siblings,
    apiVersion: value['apiVersion'],
    kind: value['kind'],
    name: metadata?.name,
    finding: (rule, path, message, severity = 'error') => ({
      rule,
      file,
      line: lines.linePos(offsetOf(document, path)).line,
      pointer: path.map((part) => `/${String(part).replaceAll('~', '~0').replaceAll('/', '~1')}`).join(''),
      message,
      severity,
    }),
  };
}

/** Of the key rather than of its value, which may begin lines below. */
function offsetOf(document: Document.Parsed, path: Path): number {
  let node: unknown = document.contents;
  let offset = document.contents?.range[0] ?? 0;
  for (const part of path) {
    if (isMap(node)) {
      const pair = node.items.find(({ key }) => isScalar(key) && key.value === part);
      if (pair === undefined) break;
      offset = (pair.key as { range?: readonly number[] }).range?.[0] ?? offset;
      node = pair.value;
    } else if (isSeq(node)) {
      node = node.items[part as number];
      offset = (node as { range?: readonly number[] } | undefined)?.range?.[0] ?? offset;
    }
  }
  return offset;
}

const at = (file: string, line: number, rule: string, message: string): ContractFinding => ({
  rule,
  file,
  line,
  pointer: '',
  message,
  severity: 'error',
});

/** daprd logs one warning and passes over the whole file. */
function unreadable(file: string, error: YAMLError): ContractFinding {
  const line = error.linePos?.[0].line ?? 1;
  const [sentence = 'not YAML'] = error.message.split(/ at line \d|\n/);
  if (error.code === 'DUPLICATE_KEY') return at(file, line, 'yaml-duplicate-key', `${sentence}; keep one of the two`);
  if (/\ttab|tabs?\b/i.test(sentence) || error.code === 'TAB_AS_INDENT')
    return at(file, line, 'yaml-tab', `${sentence}; indent with spaces, or daprd passes over this file`);
  return at(file, line, 'yaml-error', `${sentence}; daprd passes over this file`);
}
