/**
 * What was made once is kept outside the checkout: `<cache>/<tool>/<version>[-flavour]/`. An entry is made in a staging
 * folder beside its place and put there by one rename, so it is whole or absent, whatever kills the run that makes it.
 * One lock per tool: a second run waits and then uses the first one's result.
 */
import { mkdir, mkdtemp, readdir, readlink, rename, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { lock } from 'proper-lockfile';
import { checkContents, type State, writeContents } from './contents.ts';
import { homeOf } from './places.ts';
import { ToolError } from './tool-error.ts';

export interface Place {
  readonly cache: string;
  readonly tool: string;
  /** `<version>` or `<version>-<flavour>`. */
  readonly key: string;
}

export interface Staging {
  /** Becomes the entry. */
  readonly into: string;
  /** Is thrown away. */
  readonly scratch: string;
  /** Fires when the run is aborted or the lock is lost. */
  readonly signal: AbortSignal;
}

export interface ObtainOptions {
  /** Fills `into` and returns the version the made thing reports. */
  readonly fill: (staging: Staging) => Promise<string>;
  readonly say: (text: string) => void;
  readonly signal: AbortSignal;
  /** A lock that was not renewed for this long belongs to a run that was killed. */
  readonly lockStaleMs?: number;
  readonly waitMsMax?: number;
}

export interface Obtained {
  readonly folder: string;
  readonly version: string;
  readonly made: boolean;
}

const stagingPrefix = '.staging-';

export function cacheFolder(env: NodeJS.ProcessEnv): string {
  return env.PLUMBLINE_CACHE || join(env.XDG_CACHE_HOME || join(homeOf(env), '.cache'), 'plumbline');
}

export function folderOf({ cache, tool, key }: Place): string {
  return join(cache, tool, key);
}

export function inspect(place: Place): Promise<State> {
  return checkContents(folderOf(place));
}

/** The entry, made first if it is not there or damaged. */
export async function obtain(place: Place, options: ObtainOptions): Promise<Obtained> {
  const folder = folderOf(place);
  await mkdir(join(place.cache, place.tool), { recursive: true });
  const held = await takeLock(place, options);
  try {
    // Under the lock every staging folder is a rest of a run that was killed.
    await sweep(join(place.cache, place.tool));
    // Looked at again: while this run waited, the other one may have made it.
    const state = await inspect(place);
    if (state.state === 'sound') return { folder, version: state.version, made: false };
    if (state.state === 'damaged') options.say(`the cached one is damaged (${state.because}); making it again`);
    return { folder, version: await makeEntry(place, options.fill, held.signal), made: true };
  } finally {
    await held.release();
  }
}

async function makeEntry(place: Place, fill: ObtainOptions['fill'], signal: AbortSignal): Promise<string> {
  const staging = await mkdtemp(join(place.cache, place.tool, stagingPrefix));
  const [into, scratch] = [join(staging, 'into'), join(staging, 'scratch')];
  try {
    await mkdir(into);
    await mkdir(scratch);
    const version = await fill({ into, scratch, signal });
    await writeContents(into, version);
    signal.throwIfAborted();
    // A folder can't be renamed over another: the damaged one steps aside first.
    await rename(folderOf(place), join(staging, 'damaged')).catch(ignoreMissing);
    await rename(into, folderOf(place));
    return version;
  } finally {
    await removeTree(staging);
  }
}

async function takeLock(place: Place, { say, signal, lockStaleMs = 10_000, waitMsMax = 3_600_000 }: ObtainOptions) {
  const lost = new AbortController();
  const giveUpAt = Date.now() + waitMsMax;
  for (let turn = 0; ; turn += 1) {
    signal.throwIfAborted();
    try {
      const release = await lock(join(place.cache, place.tool), {
        realpath: false,
        lockfilePath: join(place.cache, place.tool, '.lock'),
        stale: lockStaleMs,
        update: lockStaleMs / 4,
        onCompromised: (cause) => lost.abort(new ToolError('TOOL_LOCK', `lost the lock of ${place.tool}.`, { cause })),
      });
      // A lost lock is not ours to release.
      return { signal: AbortSignal.any([signal, lost.signal]), release: () => release().catch(() => undefined) };
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== 'ELOCKED') throw error;
    }
    if (Date.now() > giveUpAt) throw new ToolError('TOOL_LOCK', `another run held the lock of ${place.tool} too long.`);
    if (turn === 0) say('another run is making it; waiting for that one');
    await pause(100, undefined, { signal });
  }
}

/** Also ends what a killed run left working in there, else it would go on writing and using the processors. */
async function sweep(folder: string): Promise<void> {
  const rests = (await readdir(folder)).filter((name) => name.startsWith(stagingPrefix)).map((name) => join(folder, name));
  if (rests.length === 0) return;
  for (const pid of (await readdir('/proc').catch(() => [])).filter((name) => /^\d+$/.test(name))) {
    const cwd = await readlink(`/proc/${pid}/cwd`).catch(() => '');
    if (rests.some((rest) => cwd.startsWith(`${rest}/`))) killIfThere(Number(pid));
  }
  for (const rest of rests) await removeTree(rest);
}

function killIfThere(pid: number): void {
  try {
    process.kill(pid, 'SIGKILL');
  } catch {
    // It ended by itself.
  }
}

function removeTree(folder: string): Promise<void> {
  return rm(folder, { recursive: true, force: true, maxRetries: 10, retryDelay: 50 });
}

function ignoreMissing(error: NodeJS.ErrnoException): void {
  if (error.code !== 'ENOENT') throw error;
}
