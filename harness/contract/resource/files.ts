/** A folder of Dapr resources as documents that know where each of their values stands. */
import { readdirSync } from 'node:fs';
import { dirname, join, relative } from 'node:path';
import type { ContractFinding } from '../finding.ts';
import { type Path, pointerOf, readYamlFile, type YamlDocument, type YamlMistake } from '../yaml-lines.ts';

export type { Path };

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
  const { documents, mistakes } = readYamlFile(path);
  const findings = mistakes.map((mistake) => unreadable(file, mistake));
  const full = documents.filter(({ value }) => value !== null);
  if (full.length + mistakes.length === 0)
    return { resources: [], findings: [at(file, 1, 'empty-file', 'the file is empty; daprd reads nothing from it')] };
  const resources: Resource[] = [];
  for (const document of full) {
    if (typeof document.value === 'object' && !Array.isArray(document.value))
      resources.push(resourceOf(file, document, full.length + mistakes.length));
    else
      findings.push(
        at(file, document.line, 'not-a-resource', 'a Dapr resource is a map with apiVersion, kind, metadata and spec'),
      );
  }
  return { resources, findings };
}

function resourceOf(file: string, document: YamlDocument, siblings: number): Resource {
  const value = document.value as Record<string, unknown>;
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
      line: document.lineOf(path),
      pointer: pointerOf(path),
      message,
      severity,
    }),
  };
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
function unreadable(file: string, { code, line, message }: YamlMistake): ContractFinding {
  if (code === 'DUPLICATE_KEY') return at(file, line, 'yaml-duplicate-key', `${message}; keep one of the two`);
  if (/\ttab|tabs?\b/i.test(message) || code === 'TAB_AS_INDENT')
    return at(file, line, 'yaml-tab', `${message}; indent with spaces, or daprd passes over this file`);
  return at(file, line, 'yaml-error', `${message}; daprd passes over this file`);
}
