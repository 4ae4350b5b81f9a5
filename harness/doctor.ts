/** `plumbline doctor`: is this machine ready, and if not, what to install. Looks only; makes and installs nothing. */
import { statfs } from 'node:fs/promises';
import { dirname } from 'node:path';
import { cacheFolder } from './toolchain/cache.ts';
import { duration } from './toolchain/make.ts';
import { checkProgram, type ProgramName, programs } from './toolchain/programs.ts';
import type { Recipe } from './toolchain/recipe.ts';
import { type Sought, type Surroundings, search } from './toolchain/search.ts';
import { ToolError } from './toolchain/tool-error.ts';
import { recipesFor, type ToolName, toolNames } from './toolchain/toolchain.ts';
import { atLeast } from './toolchain/wanted.ts';

export interface DoctorOptions {
  readonly env?: NodeJS.ProcessEnv;
  readonly cache?: string;
  readonly signal?: AbortSignal;
  /** The types of Dapr components that the project uses. */
  readonly components?: readonly string[];
}

export interface DoctorRow {
  readonly label: string;
  /** `later` is not there and will be made by itself; `skipped` does not matter on this machine. */
  readonly state: 'ok' | 'later' | 'missing' | 'skipped';
  readonly found: string;
  readonly fix?: string;
}

interface Seen {
  readonly recipes: ReturnType<typeof recipesFor>;
  readonly around: Surroundings;
  /** What the search of each tool came to; an Error where it can neither be found nor made. */
  readonly tools: Readonly<Record<ToolName, Sought | Error>>;
}

interface Check {
  readonly label: string;
  /** Absent: always. Otherwise the reason why it does not matter here, or undefined when it does. */
  idle?(seen: Seen): string | undefined;
  test(seen: Seen): Promise<Omit<DoctorRow, 'label'>>;
}

const runningNodeLeast = '24';
/** Brokers, stores, four services and their sidecars, and a load generator; measured with room to spare. */
const memoryMbLeast = 2_500;
/** Logs and evidence of some runs. */
const diskMbForRuns = 500;

const checks: readonly Check[] = [
  { label: 'Node', test: async () => nodeRow(process.versions.node) },
  program('npm', 'npm'),
  program('Java', 'java'),
  { ...program('Go', 'go'), idle: (seen) => notNeeded(seen, 'go') },
  { ...program('Maven', 'mvn'), idle: (seen) => notNeeded(seen, 'mvn') },
  ...toolNames.map((name): Check => ({
    label: name,
    test: async ({ tools, recipes }) => toolRow(recipes[name], tools[name]),
  })),
  { label: 'disk for the cache', test: diskRow },
  { label: 'memory', test: async () => memoryRow(Math.round(process.availableMemory() / 2 ** 20)) },
];

export async function doctor(options: DoctorOptions = {}): Promise<{ ok: boolean; rows: DoctorRow[] }> {
  const { env = process.env, signal = new AbortController().signal } = options;
  const around: Surroundings = { env, cache: options.cache ?? cacheFolder(env), signal };
  const recipes = recipesFor(options.components);
  const sought = await Promise.all(
    toolNames.map(async (name) => [name, await search(recipes[name], around).catch((error: Error) => error)] as const),
  );
  signal.throwIfAborted();
  const seen: Seen = { around, recipes, tools: Object.fromEntries(sought) as Seen['tools'] };
  const rows = await Promise.all(
    checks.map(async ({ label, idle, test }): Promise<DoctorRow> => {
      const reason = idle?.(seen);
      return { label, ...(reason === undefined ? await test(seen) : { state: 'skipped' as const, found: reason }) };
    }),
  );
  return { ok: rows.every((row) => row.state !== 'missing'), rows };
}

const marks: Readonly<Record<DoctorRow['state'], string>> = { ok: 'ok', later: '..', missing: '!!', skipped: '--' };

export function renderDoctor(rows: readonly DoctorRow[]): string {
  const width = Math.max(...rows.map((row) => row.label.length));
  const lines = rows.flatMap(({ label, state, found, fix }) => [
    `${marks[state]}  ${label.padEnd(width)}  ${found}`,
    ...(fix === undefined ? [] : [`${' '.repeat(width + 6)}-> ${fix}`]),
  ]);
  const missing = rows.filter((row) => row.state === 'missing').map((row) => row.label);
  const verdict = missing.length === 0 ? 'Ready.' : `Not ready: ${missing.join(', ')}.`;
  return `${[...lines, '', verdict].join('\n')}\n`;
}

export function nodeRow(version: string): Omit<DoctorRow, 'label'> {
  if (atLeast(version, runningNodeLeast)) return { state: 'ok', found: version };
  const fix = `Start it with npm run: after npm ci the package's own Node >= ${runningNodeLeast} comes first`;
  return { state: 'missing', found: `${version} is running, wanted is >= ${runningNodeLeast}`, fix };
}

export function memoryRow(freeMb: number): Omit<DoctorRow, 'label'> {
  const found = `${freeMb} MB available`;
  if (freeMb >= memoryMbLeast) return { state: 'ok', found };
  return {
    state: 'missing',
    found: `${found}, wanted are ${memoryMbLeast} MB`,
    fix: 'Close other programs or give the machine more memory',
  };
}

function program(label: string, name: ProgramName): Check {
  return {
    label,
    async test({ around }) {
      const check = await checkProgram(name, around.env, around.signal);
      if (check.ok) return { state: 'ok', found: `${check.version} (${check.path})` };
      return { state: 'missing', found: `${check.because}, wanted is >= ${programs[name].least}`, fix: programs[name].fix };
    },
  };
}

/** A program only some tool is made with does not matter once that tool is there, or can be made another way. */
function notNeeded({ tools, recipes }: Seen, name: ProgramName): string | undefined {
  const waiting = toolNames.filter((tool) => {
    const sought = tools[tool];
    if (sought instanceof Error) return recipes[tool].ways.some((way) => way.needs.includes(name));
    return 'toMake' in sought && sought.toMake.ways[0].needs.includes(name);
  });
  return waiting.length === 0 ? 'not needed: nothing has to be made with it' : undefined;
}

function toolRow({ onlyFor, aboutS }: Recipe, sought: Sought | Error): Omit<DoctorRow, 'label'> {
  if (sought instanceof ToolError && onlyFor !== undefined)
    return { state: 'skipped', found: `not there, needed only for ${onlyFor}: ${sought.because}` };
  if (sought instanceof ToolError) return { state: 'missing', found: sought.because };
  if (sought instanceof Error) return { state: 'missing', found: sought.message };
  const notes = sought.notes.map((note) => `; ${note}`).join('');
  if ('tool' in sought) return { state: 'ok', found: `${sought.tool.version} (${sought.tool.from}) ${sought.tool.path}${notes}` };
  const damage = sought.toMake.damage === undefined ? '' : `; the cached one is damaged (${sought.toMake.damage})`;
  return { state: 'later', found: `will be made on first use: about ${duration(aboutS)}${damage}${notes}` };
}

async function diskRow({ around, tools, recipes }: Seen): Promise<Omit<DoctorRow, 'label'>> {
  const freeMb = await freeDiskMb(around.cache);
  const toMake = toolNames.filter((name) => {
    const sought = tools[name];
    return recipes[name].onlyFor === undefined && !(sought instanceof Error) && 'toMake' in sought;
  });
  const wantedMb = toMake.reduce((sum, name) => sum + recipes[name].aboutMb, diskMbForRuns);
  const found = `${freeMb} MB free at ${around.cache}`;
  if (freeMb >= wantedMb) return { state: 'ok', found };
  return {
    state: 'missing',
    found: `${found}, wanted are ${wantedMb} MB`,
    fix: 'Free some space or set PLUMBLINE_CACHE to a folder on a larger disk',
  };
}

/** Of the nearest folder that exists: the cache may not be there yet. */
async function freeDiskMb(folder: string): Promise<number> {
  try {
    const { bavail, bsize } = await statfs(folder);
    return Math.round((bavail * bsize) / 2 ** 20);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ENOENT' || dirname(folder) === folder) throw error;
    return freeDiskMb(dirname(folder));
  }
}
