/**
 * May this release of a service run beside what runs? Every promise between it and each of them is compared, both ways: what it writes
 * and they read, what they write and it reads. From the frozen files alone.
 */
import { join } from 'node:path';
import type { ContractFinding } from '../finding.ts';
import {
  byVersion,
  channels,
  familyOf,
  majorOf,
  meant,
  readReleases,
  releaseOf,
  versionIn,
  type Promises,
  type Releases,
} from './releases.ts';
import { diffDocuments, linesOf, orMisuse, type SchemaDiff } from './diff.ts';
import { ContractMisuse, readSchema, type SchemaDocument } from './document.ts';

interface Running {
  readonly service: string;
  readonly release: string;
  readonly promises: Promises;
}

/** One schema as written, and one it is read by. */
export interface Compared {
  readonly writer: string;
  readonly reader: string;
  readonly written: string;
  readonly read: string;
  readonly diff: Pick<SchemaDiff, 'findings' | 'counterExamples'>;
}

export interface Deployability {
  readonly deployable: boolean;
  readonly compared: readonly Compared[];
  /** Of whole pairs: a version nobody there reads (error), a promise that was never frozen (warning). */
  readonly findings: readonly ContractFinding[];
}

export interface DeployOptions {
  readonly folder: string;
  readonly seed?: number;
  readonly runs?: number;
}

export function canIDeploy(
  service: string,
  version: string,
  beside: Readonly<Record<string, string>>,
  options: DeployOptions,
): Deployability {
  const releases = readReleases(options.folder);
  const running = Object.entries(beside).map(([name, at]) => runningOf(releases, name, at));
  if (running.length === 0)
    throw new ContractMisuse(`nothing to compare ${service} ${version} with. Name what runs, e.g. --with api@1.1.`);
  const candidate = runningOf(releases, service, version);
  // Its own replicas meet too: those of this release, and during a rollout those of the one before.
  const pairs = [
    [candidate, candidate] as const,
    ...running.flatMap((other) => [[candidate, other] as const, [other, candidate] as const]),
  ];
  const results = pairs.map(([writer, reader]) => comparePair(releases, writer, reader, options));
  const compared = results.flatMap((each) => each.compared);
  const findings = results.flatMap((each) => each.findings);
  const all = [...findings, ...compared.flatMap(({ diff }) => diff.findings)];
  return { deployable: all.every(({ severity }) => severity !== 'error'), compared, findings };
}

function runningOf(releases: Releases, service: string, version: string): Running {
  const known = [...new Set(releases.releases.flatMap((each) => Object.keys(each.services)))];
  if (!known.includes(service))
    throw new ContractMisuse(`service ${service} is unknown${meant(service, known)}. Known: ${known.join(', ')}.`);
  const { release, services } = releaseOf(releases, version);
  const promises = Object.hasOwn(services, service) ? services[service] : undefined;
  if (!promises)
    throw new ContractMisuse(`service ${service} is not part of release ${release}. It is of: ${holding(releases, service)}.`);
  return { service, release, promises };
}

const holding = ({ releases }: Releases, service: string): string =>
  releases.flatMap(({ release, services }) => (Object.hasOwn(services, service) ? [release] : [])).join(', ');

function comparePair(
  releases: Releases,
  writer: Running,
  reader: Running,
  options: DeployOptions,
): { compared: Compared[]; findings: ContractFinding[] } {
  const [compared, findings]: [Compared[], ContractFinding[]] = [[], []];
  const finding = (rule: string, severity: 'error' | 'warning', message: string): ContractFinding => ({
    rule,
    file: join(releases.folder, 'releases.json'),
    line: 1,
    pointer: '',
    message,
    severity,
  });
  for (const channel of channels) {
    const unjudged: string[] = [];
    for (const path of writer.promises[channel.writes] ?? []) {
      const known = (reader.promises[channel.reads] ?? []).filter((each) => familyOf(each) === familyOf(path));
      const names = `${writer.service} ${writer.release} ${channel.writes} ${path}`;
      if (known.length === 0) {
        if (readsElsewhere(releases, reader.service, channel.reads, path)) unjudged.push(path);
        continue;
      }
      const readers = readersOf(path, known);
      if (readers.length === 0)
        findings.push(
          finding(
            'version-not-read',
            'error',
            `${names}, and ${reader.service} ${reader.release} refuses it: it ${channel.reads} only ${known.join(', ')}. ` +
              `Deploy a ${reader.service} that knows it first.`,
          ),
        );
      for (const each of readers) {
        const [written, read] = [frozen(releases, writer, path), frozen(releases, reader, each)];
        compared.push({
          writer: `${writer.service} ${writer.release}`,
          reader: `${reader.service} ${reader.release}`,
          written: written.file,
          read: read.file,
          diff: diffOf(written, read, byVersion(writer.release, reader.release) > 0, options),
        });
      }
    }
    if (unjudged.length > 0)
      findings.push(
        finding(
          'nothing-frozen',
          'warning',
          `${writer.service} ${writer.release} ${channel.writes} ${unjudged.join(', ')}, and nothing is frozen of what ` +
            `${reader.service} ${reader.release} ${channel.reads}: not judged`,
        ),
      );
  }
  return { compared, findings };
}

/** In another release: there the promise is frozen, in this one it is not. */
const readsElsewhere = (
  { releases }: Releases,
  service: string,
  word: (typeof channels)[number]['reads'],
  path: string,
): boolean =>
  releases.some(
    ({ services }) =>
      Object.hasOwn(services, service) && services[service]?.[word]?.some((each) => familyOf(each) === familyOf(path)),
  );

const frozen = ({ folder }: Releases, { release }: Running, path: string): SchemaDocument =>
  readSchema(join(folder, release, path));

/** Told from old to new, so the newer release is the new schema, whether it writes or reads. */
function diffOf(
  written: SchemaDocument,
  read: SchemaDocument,
  writerIsNewer: boolean,
  { seed, runs }: DeployOptions,
): Compared['diff'] {
  const texts = ({ documents }: SchemaDocument) => [...documents.values()].map(({ text }) => text).join('\n');
  if (texts(written) === texts(read)) return { findings: [], counterExamples: [] };
  const given = { ...(seed !== undefined && { seed }), ...(runs !== undefined && { runs }) };
  return writerIsNewer
    ? diffDocuments(read, written, { mode: 'forward', ...given })
    : diffDocuments(written, read, { mode: 'backward', ...given });
}

/**
 * The schemas a reader holds an event to: its version's own, or the newest older one of that major (`impl/kit/receive/cloud-event.ts`); and the
 * newest it knows, for which its code is written.
 */
function readersOf(path: string, known: readonly string[]): string[] {
  const version = versionIn(path);
  if (version === undefined) return known.filter((each) => each === path);
  const same = known
    .filter((each) => majorOf(versionIn(each) ?? '') === majorOf(version))
    .toSorted((a, b) => byVersion(versionIn(b) as string, versionIn(a) as string));
  const picked = same.find((each) => byVersion(versionIn(each) as string, version) <= 0);
  return picked === undefined ? [] : [...new Set([picked, same[0] as string])];
}

export interface CanIDeployArguments extends DeployOptions {
  readonly service: string;
  readonly version: string;
  readonly with: Readonly<Record<string, string>>;
  /** Hears all findings, e.g. to write them as SARIF. */
  readonly heard?: (findings: readonly ContractFinding[]) => void;
}

/** 0 yes, 1 no and why, 3 misused. */
export async function runCanIDeploy(args: CanIDeployArguments, say: (text: string) => void): Promise<number> {
  return orMisuse(say, () => {
    const { deployable, compared, findings } = canIDeploy(args.service, args.version, args.with, args);
    args.heard?.([...findings, ...compared.flatMap(({ diff }) => diff.findings)]);
    for (const line of linesOf({ findings, counterExamples: [] })) say(line);
    for (const { writer, reader, written, read, diff } of compared) {
      if (diff.findings.length === 0) continue;
      say(`${writer} writes ${written}, ${reader} reads it by ${read}:`);
      for (const line of linesOf(diff)) say(line);
    }
    const beside = Object.entries(args.with).map(([name, version]) => `${name} ${version}`);
    say(
      `${args.service} ${args.version} beside ${beside.join(', ')}: ${deployable ? 'yes' : 'NO'} (${compared.length} comparisons)`,
    );
    return deployable ? 0 : 1;
  });
}
