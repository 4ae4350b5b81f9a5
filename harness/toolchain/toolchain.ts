/** Real parts at pinned versions: found where they are, or made once and kept in the cache. */
import { nearest } from '../nearest.ts';
import { cacheFolder } from './cache.ts';
import { chromium } from './chromium.ts';
import { daprdWith } from './daprd.ts';
import { k6 } from './k6.ts';
import { kafka } from './kafka.ts';
import { make } from './make.ts';
import { postgres } from './postgres.ts';
import type { Recipe } from './recipe.ts';
import { redis } from './redis.ts';
import { type Sought, type Surroundings, search } from './search.ts';
import type { Progress, Tool } from './tool.ts';
import { ToolError } from './tool-error.ts';
import { zipkin } from './zipkin.ts';

/**
 * Every tool there is, for runs, `doctor` and `tools` alike: one file and one line here is one tool. `components`: the types of Dapr
 * components that a sidecar must be able to load.
 */
export const recipesFor = (components: readonly string[] = []) =>
  ({ daprd: daprdWith(components), k6, kafka, postgres, redis, zipkin, chromium }) satisfies Readonly<Record<string, Recipe>>;

export type ToolName = keyof ReturnType<typeof recipesFor>;

export const toolNames = Object.keys(recipesFor()) as ToolName[];

/** A sentence about a word that is none of them; undefined when it is one. */
export function complaintAboutTool(name: string): string | undefined {
  if ((toolNames as readonly string[]).includes(name)) return undefined;
  const guess = nearest(name, toolNames);
  return `there is no tool ${name}${guess ? `; did you mean ${guess}?` : '.'} Tools: ${toolNames.join(', ')}`;
}

export interface ToolchainOptions {
  readonly progress: Progress;
  readonly signal: AbortSignal;
  /** Default: `$PLUMBLINE_CACHE`, else `plumbline` in the user's cache folder. */
  readonly cache?: string;
  readonly env?: NodeJS.ProcessEnv;
  /** The types of Dapr components that daprd must have been built with; default: the few it always is. */
  readonly components?: readonly string[];
}

export async function toolchain<N extends ToolName>(names: readonly N[], options: ToolchainOptions): Promise<Record<N, Tool>> {
  const { progress, env = process.env } = options;
  const [unknown] = names.flatMap((name) => complaintAboutTool(name) ?? []);
  if (unknown !== undefined) throw new Error(`TOOL_UNKNOWN: ${unknown}`);
  const cache = options.cache ?? cacheFolder(env);
  const recipes = recipesFor(options.components);
  // One failure stops the others: nobody wants to wait four minutes for a build that can't be used.
  const failed = new AbortController();
  const around: Surroundings = { env, cache, signal: AbortSignal.any([options.signal, failed.signal]) };

  const sought = await searchAll(
    names.map((name) => recipes[name]),
    around,
    options.signal,
  );
  const tools = await Promise.allSettled(
    names.map(async (name, index) => {
      try {
        const tool = await toolOf(recipes[name], sought[index] as Sought, around, progress);
        progress({ tool: name, text: `${tool.version} (${tool.from}) ${tool.path}`, done: true });
        return [name, tool] as const;
      } catch (error) {
        if (!around.signal.aborted) failed.abort(error);
        throw error;
      }
    }),
  );
  // Everything has stopped by now; the caller's own abort, or else the first failure, is the one to tell.
  options.signal.throwIfAborted();
  failed.signal.throwIfAborted();
  return Object.fromEntries(tools.map((each) => (each as PromiseFulfilledResult<readonly [N, Tool]>).value)) as Record<N, Tool>;
}

async function toolOf(recipe: Recipe, sought: Sought, around: Surroundings, progress: Progress): Promise<Tool> {
  for (const note of sought.notes) progress({ tool: recipe.name, text: note, done: false });
  return 'tool' in sought ? sought.tool : make(recipe, sought.toMake, around, progress);
}

/** All of them are looked for before any is made, so that everything missing is told at once. */
async function searchAll(recipes: readonly Recipe[], around: Surroundings, signal: AbortSignal): Promise<Sought[]> {
  const results = await Promise.allSettled(recipes.map((recipe) => search(recipe, around)));
  signal.throwIfAborted();
  const refusals = results.flatMap((result) => (result.status === 'rejected' ? [result.reason as Error] : []));
  const [first, ...others] = refusals;
  if (first !== undefined && others.length === 0) throw first;
  if (first instanceof ToolError) {
    const sentences = refusals.map((each) => (each instanceof ToolError ? each.because : each.message));
    throw new ToolError(first.code, `${[...new Set(sentences)].join('\n  ')}\n `, { cause: first });
  }
  if (first !== undefined) throw first;
  return results.map((result) => (result as PromiseFulfilledResult<Sought>).value);
}
