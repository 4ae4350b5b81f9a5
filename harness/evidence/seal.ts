/**
 * The seal says: this is what was seen, and nothing was added, changed or lost since. It guards against accidents and
 * against judging a folder somebody "cleaned up"; whoever rewrites evidence *and* seal is caught only by comparing
 * `sealDigest`, which every verdict prints.
 */
import { createHash } from 'node:crypto';
import { createReadStream, existsSync, lstatSync, readFileSync } from 'node:fs';
import { readdir } from 'node:fs/promises';
import { join, relative, sep } from 'node:path';
import { pipeline } from 'node:stream/promises';
import { runPaths, SEAL_FILE, writeJson } from './run-folder.ts';
import { isStray } from './stray.ts';

export interface Seal {
  readonly format: 1;
  readonly algorithm: 'sha256';
  /** Relative path with `/` -> hex digest, sorted by path. */
  readonly files: Readonly<Record<string, string>>;
}

export interface SealCheck {
  readonly intact: boolean;
  readonly because?: string;
  /** sha256 of sealed.json itself: names this evidence in one word. */
  readonly sealDigest?: string;
  /** Files that programs for looking at folders leave behind: no evidence, named and left aside. */
  readonly strays?: readonly string[];
}

/** Digests every evidence file and writes sealed.json last. Nothing may be written to evidence afterwards. */
export async function seal(folder: string): Promise<Seal> {
  const paths = runPaths(folder);
  const sealed: Seal = { format: 1, algorithm: 'sha256', files: await digests(paths.root) };
  writeJson(paths.sealed, sealed);
  return sealed;
}

/** `derived`: files in the run folder that were made from the evidence, and may come and go. */
export async function checkSeal(folder: string, derived: readonly string[]): Promise<SealCheck> {
  const paths = runPaths(folder);
  if (!existsSync(paths.sealed)) return { intact: false, because: 'the folder was never sealed: sealed.json is missing' };
  const bytes = lstatSync(paths.sealed).isFile() ? readable(paths.sealed) : undefined;
  if (bytes === undefined) return { intact: false, because: 'sealed.json can not be read' };
  const sealDigest = createHash('sha256').update(bytes).digest('hex');
  const expected = filesOf(bytes.toString('utf8'));
  if (expected === undefined) return { intact: false, sealDigest, because: 'sealed.json can not be read' };
  const actual = await digests(paths.root, derived);
  const strays = (await filesIn(paths.root)).filter((file) => isStray(file) && !Object.hasOwn(expected, file));
  const differences = [
    ...named(
      'changed',
      Object.keys(expected).filter((file) => Object.hasOwn(actual, file) && actual[file] !== expected[file]),
    ),
    ...named(
      'missing',
      Object.keys(expected).filter((file) => !Object.hasOwn(actual, file)),
    ),
    ...named(
      'added',
      Object.keys(actual).filter((file) => !Object.hasOwn(expected, file)),
    ),
  ];
  if (differences.length === 0) return { intact: true, sealDigest, ...(strays.length > 0 && { strays }) };
  return { intact: false, sealDigest, because: `evidence was altered after it was sealed: ${differences.join('; ')}` };
}

function readable(file: string): Buffer | undefined {
  try {
    return readFileSync(file);
  } catch {
    return undefined;
  }
}

function filesOf(text: string): Readonly<Record<string, string>> | undefined {
  try {
    const files: unknown = JSON.parse(text)?.files;
    return typeof files === 'object' && files !== null ? (files as Record<string, string>) : undefined;
  } catch {
    return undefined;
  }
}

function named(what: string, files: readonly string[]): string[] {
  const shown = files.slice(0, 5).join(', ');
  const more = files.length > 5 ? ` and ${files.length - 5} more` : '';
  return files.length === 0 ? [] : [`${what} ${shown}${more}`];
}

/** Relative, with `/`, sorted; links and pipes as well as files. */
async function filesIn(root: string): Promise<string[]> {
  const entries = await readdir(root, { recursive: true, withFileTypes: true });
  return entries
    .filter((entry) => !entry.isDirectory())
    .map((entry) => relative(root, join(entry.parentPath, entry.name)).split(sep).join('/'))
    .sort();
}

/** One file at a time, streamed: logs can be large and the machine is small. */
async function digests(root: string, derived: readonly string[] = []): Promise<Record<string, string>> {
  const outside = new Set([SEAL_FILE, ...derived]);
  const digested: [string, string][] = [];
  for (const file of (await filesIn(root)).filter((one) => !outside.has(one) && !isStray(one))) {
    // What a link leads to can change, and a pipe never ends: neither is evidence, whatever stands in it today.
    if (!lstatSync(join(root, file)).isFile()) {
      digested.push([file, 'no plain file']);
      continue;
    }
    const hash = createHash('sha256');
    const read = await pipeline(createReadStream(join(root, file)), hash).then(
      () => true,
      () => false,
    );
    digested.push([file, read ? hash.digest('hex') : 'unreadable']);
  }
  return Object.fromEntries(digested);
}
