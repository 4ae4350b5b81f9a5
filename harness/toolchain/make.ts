/** Makes one tool in the cache, saying every few seconds that it is still at it. */
import { mkdir, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { obtain, type Staging } from './cache.ts';
import { runLogged } from './command.ts';
import type { Recipe, Way } from './recipe.ts';
import { cachedTool, type Surroundings, type ToMake } from './search.ts';
import type { Progress, Tool } from './tool.ts';
import { ToolError } from './tool-error.ts';
import { fits } from './wanted.ts';

const sayEveryMs = 5_000;
/** Far above the slowest machine seen; a download that hangs must end some day. */
const giveUpMs = 45 * 60_000;

export async function make(recipe: Recipe, { ways, place }: ToMake, around: Surroundings, progress: Progress): Promise<Tool> {
  const say = (text: string) => progress({ tool: recipe.name, text, done: false });
  const title = `${recipe.name} ${recipe.wanted.make}`;
  const log = join(place.cache, 'logs', `${recipe.name}-${place.key}.log`);
  const startedAt = performance.now();
  let doing = `making ${title}`;
  const seconds = () => Math.round((performance.now() - startedAt) / 1000);
  const ticking = setInterval(
    () => say(`${doing} ... ${seconds()} s (first run only, about ${duration(recipe.aboutS)})`),
    sayEveryMs,
  );
  const step = (text: string) => {
    doing = `making ${title}: ${text}`;
    say(doing);
  };
  const fill = async (staging: Staging) => {
    await mkdir(join(place.cache, 'logs'), { recursive: true });
    await writeFile(log, '');
    return firstThatWorks(recipe, ways, { ...around, signal: staging.signal }, staging, log, step);
  };
  try {
    const signal = AbortSignal.any([around.signal, AbortSignal.timeout(giveUpMs)]);
    const { version, made } = await obtain(place, { fill, say: (text) => step(text), signal });
    return cachedTool(recipe, place, version, made ? `just made in ${seconds()} s` : 'cache');
  } finally {
    clearInterval(ticking);
  }
}

async function firstThatWorks(
  recipe: Recipe,
  ways: readonly Way[],
  { env, signal }: Surroundings,
  { into, scratch }: Staging,
  log: string,
  step: (text: string) => void,
): Promise<string> {
  const failures: Error[] = [];
  for (const way of ways) {
    if (ways.length > 1) step(way.title);
    // Compilers and Maven drop temporary files; these go with the staging folder whatever happens.
    const childEnv = { ...env, TMPDIR: scratch };
    try {
      await way.build({
        into,
        scratch,
        signal,
        step,
        run: (command, args, options) =>
          runLogged(command, args, { cwd: options?.cwd ?? scratch, env: { ...childEnv, ...options?.env }, signal, log }),
      });
      const version = await recipe.version(join(into, recipe.product), signal);
      if (fits(version, recipe.wanted.accept)) return version;
      throw new Error(`what was made says it is ${version}`);
    } catch (error) {
      signal.throwIfAborted();
      failures.push(new Error(`${way.title}: ${(error as Error).message}`, { cause: error }));
      if (way !== ways.at(-1)) step(`could not ${way.title}, trying the next way`);
      for (const folder of [into, scratch]) {
        await rm(folder, { recursive: true, force: true });
        await mkdir(folder);
      }
    }
  }
  const story = failures.map((failure) => failure.message).join('\n  ');
  throw new ToolError(
    'TOOL_BUILD_FAILED',
    `${recipe.name} ${recipe.wanted.make} could not be made.\n  ${story}\n  or set ${recipe.variable} to ${recipe.shape}.`,
    {
      cause: failures[0],
    },
  );
}

export function duration(seconds: number): string {
  return seconds < 60 ? `${seconds} s` : `${Math.round(seconds / 60)} min`;
}
