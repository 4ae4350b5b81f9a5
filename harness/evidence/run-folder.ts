/**
 * Where everything of a run lies on disk, and how it is read back. Reading keeps one difference alive that a judge
 * needs: a missing file is `undefined` (nobody looked), an empty file is `[]` (somebody looked and saw nothing).
 */
import { closeSync, existsSync, lstatSync, mkdirSync, openSync, readdirSync, writeFileSync, writeSync } from 'node:fs';
import { basename, dirname, join, resolve } from 'node:path';
import { evidenceFiles, evidenceKinds, type EvidenceRows, RECORD_FILE } from './files.ts';
import { isStray } from './stray.ts';
import { readBytes, readNdjson, Texts } from './ndjson.ts';
import { fileShapes, misshapen, rowShapes } from './shapes.ts';
import type { ExperimentRecord, Interruption, Manifest, Mark, OutboxRow, Requirement, SystemRecord } from './records.ts';

export const SEAL_FILE = 'sealed.json';
export const SESSION_FILE = 'session.ndjson';

/** What one experiment left behind. */
export interface ExperimentEvidence extends EvidenceRows {
  readonly name: string;
  /** Relative to the run folder, with `/`: `experiments/create-rate`. */
  readonly folder: string;
  readonly record?: ExperimentRecord;
  /** Of the run: which topics, events and changes this system has. */
  readonly system?: SystemRecord;
  /** Rows of the run's experiments before it, by event id: what those made is no stranger here. */
  readonly earlier?: ReadonlyMap<string, OutboxRow>;
  /** Sentences about what could not be read: a torn line, a file that is no JSON. */
  readonly damage: readonly string[];
}

export interface Run {
  /** The folder's name; equals `manifest.run` unless it was renamed. */
  readonly name: string;
  readonly manifest?: Manifest;
  readonly requirements?: readonly Requirement[];
  readonly system?: SystemRecord;
  /** What happened around the experiments: staged, restaged, unwell, crashed. */
  readonly session?: readonly Mark[];
  /** By file name without `.json`: `task-event-v1.0`. Absent when the run kept no copies. */
  readonly schemas?: Readonly<Record<string, unknown>>;
  /** In the manifest's order, then whatever else lies in the folder. */
  readonly experiments: readonly ExperimentEvidence[];
  readonly interrupted?: Interruption;
  readonly damage: readonly string[];
}

export interface RunPaths {
  readonly root: string;
  readonly manifest: string;
  readonly system: string;
  readonly session: string;
  readonly requirements: string;
  readonly schemas: string;
  readonly experiments: string;
  readonly logs: string;
  readonly interrupted: string;
  readonly sealed: string;
  readonly experiment: (name: string) => string;
}

export function runPaths(folder: string): RunPaths {
  const root = resolve(folder);
  const at = (name: string) => join(root, name);
  return {
    root,
    manifest: at('manifest.json'),
    system: at('system.json'),
    session: at(SESSION_FILE),
    requirements: at('requirements.json'),
    schemas: at('schemas'),
    experiments: at('experiments'),
    logs: at('logs'),
    interrupted: at('interrupted.json'),
    sealed: at(SEAL_FILE),
    experiment: (name) => join(root, 'experiments', name),
  };
}

/** Writes rows one by one, so that a hundred thousand ops never become one string. */
export function writeNdjson(path: string, rows: Iterable<object>): void {
  mkdirSync(dirname(path), { recursive: true });
  const file = openSync(path, 'w');
  try {
    for (const row of rows) writeSync(file, `${JSON.stringify(row)}\n`);
  } finally {
    closeSync(file);
  }
}

/** Two-space JSON with a final newline: evidence is read by people too. */
export function writeJson(path: string, value: unknown): void {
  mkdirSync(dirname(path), { recursive: true });
  writeFileSync(path, `${JSON.stringify(value, null, 2)}\n`);
}

export function readRun(folder: string): Run {
  const paths = runPaths(folder);
  const damage: string[] = [];
  const manifest = readJson<Manifest>(paths.manifest, damage);
  const requirements = readJson<Requirement[]>(paths.requirements, damage);
  const system = readJson<SystemRecord>(paths.system, damage);
  const session = readNdjson<Mark>(paths.session, damage, fileShapes[SESSION_FILE]);
  const interrupted = readJson<Interruption>(paths.interrupted, damage);
  const schemas = readSchemas(paths.schemas, damage);
  const begun = foldersIn(paths.experiments, damage);
  const names = [...new Set([...(manifest?.experiments ?? []), ...begun])];
  const texts = new Texts();
  return {
    name: basename(paths.root),
    experiments: names.map((name) => ({ ...readExperiment(paths.experiment(name), name, texts), ...(system && { system }) })),
    damage,
    ...(manifest && { manifest }),
    ...(requirements && { requirements }),
    ...(system && { system }),
    ...(session && { session }),
    ...(schemas && { schemas }),
    ...(interrupted && { interrupted }),
  };
}

function readExperiment(folder: string, name: string, texts: Texts): ExperimentEvidence {
  const damage: string[] = [];
  const record = readJson<ExperimentRecord>(join(folder, RECORD_FILE), damage);
  const rows = evidenceKinds.map(
    (kind) => [kind, readNdjson(join(folder, evidenceFiles[kind].name), damage, rowShapes[kind], texts)] as const,
  );
  return {
    name,
    folder: `experiments/${name}`,
    ...(record && { record }),
    ...(Object.fromEntries(rows.filter(([, read]) => read !== undefined)) as EvidenceRows),
    damage,
  };
}

function readJson<T>(path: string, damage: string[]): T | undefined {
  const bytes = readBytes(path, damage);
  if (bytes === undefined) return undefined;
  const file = basename(path);
  try {
    const value: unknown = JSON.parse(bytes.toString('utf8'));
    const shape = Object.hasOwn(fileShapes, file) ? fileShapes[file as keyof typeof fileShapes] : undefined;
    const because = shape && misshapen(shape, value);
    if (because === undefined) return value as T;
    damage.push(`${file} is not what it should be: ${because}`);
  } catch (cause) {
    damage.push(`${file} is not JSON: ${cause instanceof Error ? cause.message : String(cause)}`);
  }
  return undefined;
}

function readSchemas(folder: string, damage: string[]): Record<string, unknown> | undefined {
  if (!lstatSync(folder, { throwIfNoEntry: false })?.isDirectory()) return undefined;
  const files = readdirSync(folder)
    // What the seal leaves aside must vouch for nothing.
    .filter((file) => file.endsWith('.json') && !isStray(file))
    .sort();
  return Object.fromEntries(files.map((file) => [file.slice(0, -'.json'.length), readJson(join(folder, file), damage)]));
}

function foldersIn(folder: string, damage: string[]): string[] {
  if (!existsSync(folder)) return [];
  try {
    return readdirSync(folder, { withFileTypes: true })
      .filter((entry) => entry.isDirectory())
      .map((entry) => entry.name)
      .sort();
  } catch (cause) {
    damage.push(`${basename(folder)} can't be read: ${(cause as Error).message}`);
    return [];
  }
}
