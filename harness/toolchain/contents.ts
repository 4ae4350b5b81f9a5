/** The contents file of a cache entry: what lies in it, digested, so that a half copy or a flipped bit is seen before use. */
import { createHash } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { lstat, readdir, readFile, readlink, writeFile } from 'node:fs/promises';
import { join, relative, sep } from 'node:path';
import { pipeline } from 'node:stream/promises';

const contentsFile = 'contents.json';

interface Contents {
  readonly format: 1;
  /** What the tool itself answered when it was made. */
  readonly version: string;
  /** Relative path with `/` -> digest, see `digestOf`. */
  readonly files: Readonly<Record<string, string>>;
}

export type State =
  | { readonly state: 'sound'; readonly version: string }
  | { readonly state: 'absent' }
  | { readonly state: 'damaged'; readonly because: string };

export async function writeContents(folder: string, version: string): Promise<void> {
  const contents: Contents = { format: 1, version, files: await digests(folder) };
  await writeFile(join(folder, contentsFile), `${JSON.stringify(contents, null, 1)}\n`);
}

export async function checkContents(folder: string): Promise<State> {
  const there = await lstat(folder).catch(() => undefined);
  if (there === undefined) return { state: 'absent' };
  let contents: Contents;
  try {
    contents = JSON.parse(await readFile(join(folder, contentsFile), 'utf8'));
    if (contents.format !== 1 || typeof contents.files !== 'object') throw new Error('unknown format');
  } catch {
    return { state: 'damaged', because: `${contentsFile} can not be read` };
  }
  const actual = await digests(folder);
  const difference =
    named(
      'missing',
      Object.keys(contents.files).filter((file) => !Object.hasOwn(actual, file)),
    ) ??
    named(
      'changed',
      Object.keys(contents.files).filter((file) => actual[file] !== contents.files[file]),
    ) ??
    // Kafka's class path is the whole folder: a file too many is as bad as one too few.
    named(
      'added',
      Object.keys(actual).filter((file) => !Object.hasOwn(contents.files, file)),
    );
  return difference === undefined ? { state: 'sound', version: contents.version } : { state: 'damaged', because: difference };
}

function named(what: string, files: readonly string[]): string | undefined {
  if (files.length === 0) return undefined;
  return `${what}: ${files.slice(0, 3).join(', ')}${files.length > 3 ? ` and ${files.length - 3} more` : ''}`;
}

async function digests(folder: string): Promise<Record<string, string>> {
  const entries = await readdir(folder, { recursive: true, withFileTypes: true });
  const paths = entries.filter((entry) => !entry.isDirectory()).map((entry) => join(entry.parentPath, entry.name));
  const digested: Record<string, string> = {};
  for (const path of paths.sort()) {
    const name = relative(folder, path).split(sep).join('/');
    if (name !== contentsFile) digested[name] = await digestOf(path);
  }
  return digested;
}

/** A link counts by its target; a file by its bytes and by whether it may be executed. */
async function digestOf(path: string): Promise<string> {
  const stat = await lstat(path);
  if (stat.isSymbolicLink()) return `-> ${await readlink(path)}`;
  const hash = createHash('sha256');
  await pipeline(createReadStream(path, { highWaterMark: 1 << 20 }), hash);
  return `sha256:${hash.digest('hex')}${(stat.mode & 0o100) === 0 ? '' : ' x'}`;
}
