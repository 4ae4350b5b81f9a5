/**
 * What each release promised, frozen under `contracts/releases/<release>/` and listed in `releases.json`: which service writes and reads
 * which schema. A frozen file never changes; the index keeps its sha256.
 */
import { createHash } from 'node:crypto';
import { copyFileSync, existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { nearest } from '#harness/nearest.ts';
import type { ContractFinding } from '../finding.ts';
import { lineOfPointer } from '../json-lines.ts';
import { pointerOf } from '../yaml-lines.ts';
import { ContractMisuse, readJson } from './document.ts';
import { diffSchemas } from './diff.ts';
import type { SchemaFinding } from './rules.ts';

/** Who writes, and who reads it. */
export const channels = [
  { writes: 'publishes', reads: 'reads' },
  { writes: 'sends', reads: 'accepts' },
  { writes: 'answers', reads: 'expects' },
] as const;
type Word = (typeof channels)[number]['writes' | 'reads'];

/** Schema files by word, relative to the release's folder and to `contracts/`. */
export type Promises = Readonly<Partial<Record<Word, readonly string[]>>>;

export interface Release {
  /** Major and minor, e.g. `1.2`. */
  readonly release: string;
  readonly services: Readonly<Record<string, Promises>>;
}

export interface Releases {
  /** `contracts/releases`. */
  readonly folder: string;
  readonly text: string;
  /** The next minor release while `contracts/` runs ahead of the newest frozen one. */
  readonly preparing: string | null;
  /** Oldest first. */
  readonly releases: readonly Release[];
  readonly sha256: Readonly<Record<string, string>>;
}

const words = channels.flatMap(({ writes, reads }) => [writes, reads]) as readonly string[];
const indexName = 'releases.json';

export function readReleases(folder: string): Releases {
  const file = join(folder, indexName);
  const { text, value } = readJson(file);
  const { releases, sha256, preparing = null } = (value ?? {}) as Partial<Releases>;
  const wrong = (pointer: string, what: string) => new ContractMisuse(`${file}:${lineOfPointer(text, pointer)}: ${what}`);
  if (!Array.isArray(releases) || releases.length === 0)
    throw wrong('/releases', 'releases must be a list of {release, services}.');
  if (typeof sha256 !== 'object') throw wrong('', 'sha256 is missing: the digest of every frozen file, by its path.');
  (releases as Release[]).forEach(({ release, services }, n) => {
    const at = pointerOf(['releases', n]);
    if (!/^\d+\.\d+$/.test(String(release))) throw wrong(at, `release ${release} must be <major>.<minor>, e.g. 1.2.`);
    if (n > 0 && byVersion((releases[n - 1] as Release).release, release) >= 0)
      throw wrong(at, `release ${release} comes after ${releases[n - 1]?.release}: list the oldest first, each once.`);
    for (const [service, promises] of Object.entries(services ?? {}))
      for (const [word, files] of Object.entries(promises)) {
        const place = at + pointerOf(['services', service, word]);
        if (!words.includes(word)) throw wrong(place, `unknown word ${word}${meant(word, words)}. Known: ${words.join(', ')}.`);
        if (!Array.isArray(files)) throw wrong(place, `${word} must be a list of schema files.`);
      }
  });
  return { folder, text, preparing, releases: releases as Release[], sha256: sha256 as Record<string, string> };
}

export const byVersion = (a: string, b: string): number => {
  const [[majorA = 0, minorA = 0], [majorB = 0, minorB = 0]] = [a, b].map((each) => each.split('.').map(Number)) as [
    number[],
    number[],
  ];
  return majorA - majorB || minorA - minorB;
};

export const meant = (word: string, known: readonly string[]): string => {
  const near = nearest(word, known);
  return near === undefined ? '' : ` (did you mean ${near}?)`;
};

/** Events carry their version in the file's name; HTTP schemas have none, their release is all. */
export const versionIn = (path: string): string | undefined => /\/v(\d+\.\d+)\.json$/.exec(path)?.[1];
export const familyOf = (path: string): string => path.replace(/\/v\d+\.\d+\.json$/, '');
export const majorOf = (version: string): string => version.split('.')[0] as string;

/** A release by its number, with or without a `v`. */
export function releaseOf({ folder, releases }: Releases, wanted: string): Release {
  const known = releases.map(({ release }) => release);
  const found = releases.find(({ release }) => release === wanted.replace(/^v/, ''));
  if (found) return found;
  throw new ContractMisuse(
    `release ${wanted} is not listed in ${join(folder, indexName)}. Known: ${known.join(', ')}. List it there, then: npx plumbline contracts freeze ${wanted}`,
  );
}

export const filesOf = ({ services }: Release): string[] =>
  [...new Set(Object.values(services).flatMap((promises) => Object.values(promises).flat()))].sort();

/** Frozen files that are gone, changed, unlisted, or listed without their digest. */
export function frozenFindings({ folder, text, releases, sha256 }: Releases): ContractFinding[] {
  const index = join(folder, indexName);
  const promised = releases.flatMap((release) => filesOf(release).map((file) => `${release.release}/${file}`));
  const present = readdirSync(folder, { recursive: true, encoding: 'utf8' }).filter(
    (path) => path.includes('/') && path.endsWith('.json'),
  );
  const finding = (rule: string, path: string, message: string): ContractFinding => {
    const pointer = path in sha256 ? pointerOf(['sha256', path]) : '';
    return { rule, file: index, line: lineOfPointer(text, pointer), pointer, message, severity: 'error' };
  };
  return [...new Set([...promised, ...Object.keys(sha256), ...present])].sort().flatMap((path) => {
    const file = join(folder, path);
    if (!existsSync(file))
      return [finding('frozen-file-missing', path, `${file} was published and is gone. Restore it from git.`)];
    if (!(path in sha256))
      return [finding('frozen-file-unlisted', path, `${file} has no sha256 here. Freeze the release again, or remove the file.`)];
    if (!promised.includes(path))
      return [
        finding(
          'frozen-file-unpromised',
          path,
          `${file} is frozen, but no service of its release writes or reads it. Name it there, or remove it.`,
        ),
      ];
    if (digestOf(file) === sha256[path]) return [];
    return [
      finding(
        'frozen-file-changed',
        path,
        `${file} was published and has changed since. Restore it from git; put the change into a new version.`,
      ),
    ];
  });
}

const digestOf = (file: string): string => createHash('sha256').update(readFileSync(file)).digest('hex');

/** Where the working contracts have left the newest release: never without a release in preparation, and even then only compatibly. */
export function workingFindings(read: Releases, contracts = dirname(read.folder)): ContractFinding[] {
  const newest = read.releases.at(-1) as Release;
  return filesOf(newest).flatMap((path): ContractFinding[] => {
    const [working, frozen] = [join(contracts, path), join(read.folder, newest.release, path)];
    const finding = (rule: string, message: string): ContractFinding => ({
      rule,
      file: working,
      line: 1,
      pointer: '',
      message,
      severity: 'error',
    });
    if (!existsSync(working))
      return [
        finding('published-schema-removed', `release ${newest.release} published it. Restore it: deployed services use it.`),
      ];
    if (readFileSync(working, 'utf8') === readFileSync(frozen, 'utf8')) return [];
    if (path.startsWith('events/'))
      return [
        finding(
          'published-event-changed',
          `differs from ${frozen}. An event's version is never edited: restore it and add the next version.`,
        ),
      ];
    if (read.preparing === null)
      return [
        finding(
          'published-schema-changed',
          `differs from ${frozen}. Restore it, or set "preparing" in ${join(read.folder, indexName)} to the next minor release.`,
        ),
      ];
    return [...diffSchemas(frozen, working, { mode: 'full' }).findings];
  });
}

/** "Backward compatible for 2 versions": of N-2, N-1 and N each reads each, so a field can't leave and come back as another one. */
const versionsKept = 3;

export function historyFindings(read: Releases, contracts = dirname(read.folder)): SchemaFinding[] {
  const working = readdirSync(join(contracts, 'events'), { recursive: true, encoding: 'utf8' });
  // Of the working contracts, so that a version that no release has yet is judged as well; published ones are the same in both.
  const events = working.map((path) => join('events', path)).filter((path) => versionIn(path) !== undefined);
  const lines = Map.groupBy(events, (path) => `${familyOf(path)} ${majorOf(versionIn(path) as string)}`);
  return [...lines.values()].flatMap((paths) => {
    const kept = paths.toSorted((a, b) => byVersion(versionIn(a) as string, versionIn(b) as string)).slice(-versionsKept);
    const files = kept.map((path) => join(contracts, path));
    const pairs = files.flatMap((old, n) => files.slice(n + 1).map((next) => [old, next] as const));
    return pairs.flatMap(([old, next]) => diffSchemas(old, next, { mode: 'full' }).findings);
  });
}

/** All three; comparing files that are not what was published would prove nothing, so changed ones are told alone. */
export function releaseFindings(folder: string): ContractFinding[] {
  const read = readReleases(folder);
  const broken = frozenFindings(read);
  return broken.length > 0 ? broken : [...workingFindings(read), ...historyFindings(read)];
}

/** Copies what a listed release names out of the working contracts and notes the digests; what is frozen already stays as it is. */
export function freezeRelease(read: Releases, wanted: string, contracts = dirname(read.folder)): string[] {
  const release = releaseOf(read, wanted);
  const added = filesOf(release).filter((path) => !(`${release.release}/${path}` in read.sha256));
  if (added.length === 0) return [];
  for (const path of added) {
    const frozen = join(read.folder, release.release, path);
    readJson(join(contracts, path), `release ${release.release} names ${path}`);
    mkdirSync(dirname(frozen), { recursive: true });
    copyFileSync(join(contracts, path), frozen);
  }
  const digests = added.map(
    (path) => [`${release.release}/${path}`, digestOf(join(read.folder, release.release, path))] as const,
  );
  const sha256 = Object.fromEntries([...Object.entries(read.sha256), ...digests].sort(([a], [b]) => (a < b ? -1 : 1)));
  writeFileSync(join(read.folder, indexName), `${JSON.stringify({ ...(JSON.parse(read.text) as object), sha256 }, null, 2)}\n`);
  return added;
}
