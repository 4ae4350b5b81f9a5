/** A copy of a sealed run in which one crime is committed: rows are changed by hand, and everything is sealed again as the collector would. */
import { copyFileSync, linkSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { dirname, join, relative } from 'node:path';
import { evidenceFiles, type EvidenceKind, type EvidenceRows, RECORD_FILE } from '../evidence/files.ts';
import type { ExperimentRecord, Manifest, Mark } from '../evidence/records.ts';
import { readNdjson } from '../evidence/ndjson.ts';
import { runPaths, SESSION_FILE, writeJson, writeNdjson } from '../evidence/run-folder.ts';
import { outputs } from '../report/outputs.ts';

/** A run that has nothing such a crime could be committed on: told as such, neither convicted nor acquitted. */
export class NotHere extends Error {}

type Changeable<Row> = { -readonly [K in keyof Row]: Row[K] };
export type RowOf<Kind extends EvidenceKind> = Changeable<NonNullable<EvidenceRows[Kind]>[number]>;

export interface ExperimentScene {
  readonly name: string;
  readonly record: ExperimentRecord;
  /** What lies on disk, each row one's own to change; none where there is no file. */
  rows<Kind extends EvidenceKind>(kind: Kind): RowOf<Kind>[];
  /** The journal's counts follow: whoever forges evidence is not that careless. */
  write<Kind extends EvidenceKind>(kind: Kind, rows: readonly RowOf<Kind>[]): void;
  /** Reads, changes in place or returns others, writes. */
  change<Kind extends EvidenceKind>(kind: Kind, how: (rows: RowOf<Kind>[]) => readonly RowOf<Kind>[] | void): void;
  changeRecord(how: (record: Changeable<ExperimentRecord>) => void): void;
  /** As text, for what is no row. */
  spoil(kind: EvidenceKind, text: (before: string) => string): void;
  remove(kind: EvidenceKind): void;
}

export interface Scene {
  readonly folder: string;
  readonly manifest: Manifest;
  /** In the order in which they were performed. */
  readonly experiments: readonly ExperimentScene[];
  /** The first of which this holds. Throws NotHere, with what was looked for. */
  find(wanted: string, such: (experiment: ExperimentScene) => boolean): ExperimentScene;
  session(how: (marks: Changeable<Mark>[]) => readonly Mark[] | void): void;
  /** A file of the run, e.g. `requirements.json`. */
  remove(path: string): void;
  writeText(path: string, text: string): void;
  changeJson<T>(path: string, how: (value: T) => T | void): void;
}

const derived: ReadonlySet<string> = new Set(outputs.map(({ file }) => file));

/** Hard links: only what is changed is written, and then as a new file. `folder` must not exist. */
export function openScene(from: string, folder: string): Scene {
  for (const entry of readdirSync(from, { recursive: true, withFileTypes: true })) {
    if (!entry.isFile()) continue;
    const source = join(entry.parentPath, entry.name);
    const path = relative(from, source);
    // What an earlier judgement left is no evidence, and logs are nobody's claim.
    if (path.startsWith('logs') || derived.has(path)) continue;
    const copy = join(folder, path);
    mkdirSync(dirname(copy), { recursive: true });
    try {
      linkSync(source, copy);
    } catch {
      // Another disk.
      copyFileSync(source, copy);
    }
  }
  const paths = runPaths(folder);
  rmSync(paths.sealed, { force: true });
  const fresh = (path: string) => {
    rmSync(path, { force: true, recursive: true });
    return path;
  };
  const manifest = JSON.parse(readFileSync(paths.manifest, 'utf8')) as Manifest;
  const experiments = manifest.experiments.map((name): ExperimentScene => {
    const own = paths.experiment(name);
    const file = (kind: EvidenceKind) => join(own, evidenceFiles[kind].name);
    const readRecord = () => JSON.parse(readFileSync(join(own, RECORD_FILE), 'utf8')) as Changeable<ExperimentRecord>;
    const experiment: ExperimentScene = {
      name,
      get record() {
        return readRecord();
      },
      rows: <Kind extends EvidenceKind>(kind: Kind) => readNdjson<RowOf<Kind>>(file(kind), []) ?? [],
      write(kind, rows) {
        writeNdjson(fresh(file(kind)), rows);
        if (kind === 'marks') return;
        const counts = ({ name: mark, detail }: Mark) =>
          /^(collected|journal-end)$/.test(mark) && detail && Object.hasOwn(detail, kind);
        const marks = experiment
          .rows('marks')
          .map((one) => (counts(one) ? { ...one, detail: { ...one.detail, [kind]: rows.length } } : one));
        writeNdjson(fresh(file('marks')), marks);
      },
      change(kind, how) {
        const rows = experiment.rows(kind);
        experiment.write(kind, how(rows) ?? rows);
      },
      changeRecord(how) {
        const record = readRecord();
        how(record);
        writeJson(fresh(join(own, RECORD_FILE)), record);
      },
      spoil(kind, text) {
        const before = readFileSync(file(kind), 'utf8');
        writeFileSync(fresh(file(kind)), text(before));
      },
      remove: (kind) => rmSync(file(kind)),
    };
    return experiment;
  });
  return {
    folder,
    manifest,
    experiments,
    find(wanted, such) {
      const found = experiments.find(such);
      if (!found) throw new NotHere(`no experiment of this run has ${wanted}`);
      return found;
    },
    session(how) {
      const marks = readNdjson<Changeable<Mark>>(paths.session, []);
      if (!marks) throw new NotHere(`this run has no ${SESSION_FILE}`);
      writeNdjson(fresh(paths.session), how(marks) ?? marks);
    },
    remove: (path) => rmSync(join(folder, path), { recursive: true }),
    writeText(path, text) {
      mkdirSync(dirname(join(folder, path)), { recursive: true });
      writeFileSync(fresh(join(folder, path)), text);
    },
    changeJson<T>(path: string, how: (value: T) => T | void) {
      const value = JSON.parse(readFileSync(join(folder, path), 'utf8')) as T;
      writeJson(fresh(join(folder, path)), how(value) ?? value);
    },
  };
}
