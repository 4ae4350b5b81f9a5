/** Looks for one tool: the explicit variable, PATH and well-known places, then the cache. Makes nothing. */
import { existsSync, readdirSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { folderOf, inspect, type Place } from './cache.ts';
import { checkProgram, programs } from './programs.ts';
import type { Recipe, Way } from './recipe.ts';
import type { Tool } from './tool.ts';
import { ToolError } from './tool-error.ts';
import { fits } from './wanted.ts';

export interface Surroundings {
  readonly env: NodeJS.ProcessEnv;
  readonly cache: string;
  readonly signal: AbortSignal;
}

export interface ToMake {
  /** The ways whose programs are there, in order of preference; never empty. */
  readonly ways: readonly [Way, ...Way[]];
  readonly place: Place;
  /** What is wrong with the one in the cache, when there is one. */
  readonly damage?: string;
}

/** `notes` tell what was seen and not taken, and why. */
export type Sought = { readonly notes: readonly string[] } & ({ readonly tool: Tool } | { readonly toMake: ToMake });

export async function search(recipe: Recipe, around: Surroundings): Promise<Sought> {
  const found = await searchPlaces(recipe, around);
  for (const name of recipe.runsOn ?? []) {
    const check = await checkProgram(name, around.env, around.signal);
    if (!check.ok) throw new ToolError('TOOL_MISSING', `${check.because}; needed to run ${recipe.name}. ${programs[name].fix}.`);
  }
  return found;
}

async function searchPlaces(recipe: Recipe, around: Surroundings): Promise<Sought> {
  const explicit = around.env[recipe.variable];
  if (explicit) return { tool: await explicitTool(recipe, explicit, around.signal), notes: [] };

  const { make, accept } = recipe.wanted;
  const notes: string[] = [];
  for (const candidate of recipe.candidates(around.env)) {
    const version = await versionOrNote(recipe, candidate.path, around.signal, notes);
    if (version === undefined) continue;
    // Somebody else's daprd has every component: the flavour is a property of what is built here only.
    if (fits(version, accept)) return { tool: { name: recipe.name, version, ...candidate }, notes };
    notes.push(`${candidate.path} is ${version}, wanted is ${accept}: not used`);
  }

  const place: Place = { cache: around.cache, tool: recipe.name, key: [make, recipe.flavour].filter(Boolean).join('-') };
  const state = await inspect(place);
  if (state.state === 'sound') return { tool: cachedTool(recipe, place, state.version, 'cache'), notes };
  const other = await otherFlavour(recipe, place);
  if (other) return { tool: other, notes };
  const damage = state.state === 'damaged' ? state.because : undefined;
  return { toMake: { ways: await usableWays(recipe, around), place, ...(damage !== undefined && { damage }) }, notes };
}

async function otherFlavour(recipe: Recipe, place: Place): Promise<Tool | undefined> {
  const folder = dirname(folderOf(place));
  if (!recipe.serves || !existsSync(folder)) return undefined;
  const { make } = recipe.wanted;
  for (const key of readdirSync(folder).filter((name) => name.startsWith(`${make}-`) && name !== place.key)) {
    const there = { ...place, key };
    if (!recipe.serves(folderOf(there))) continue;
    const state = await inspect(there);
    const flavour = key.slice(make.length + 1);
    if (state.state === 'sound') return cachedTool({ ...recipe, flavour }, there, state.version, 'cache');
  }
  return undefined;
}

export function cachedTool(recipe: Recipe, place: Place, version: string, from: string): Tool {
  const path = join(folderOf(place), recipe.product);
  return { name: recipe.name, version, path, from, ...(recipe.flavour !== undefined && { flavour: recipe.flavour }) };
}

/** What somebody set on purpose is used or refused, never skipped. */
async function explicitTool(recipe: Recipe, path: string, signal: AbortSignal): Promise<Tool> {
  const { variable, name, shape } = recipe;
  const next = `Point ${variable} at ${shape} or unset it.`;
  if (!existsSync(path)) throw new ToolError('TOOL_MISSING', `${variable}=${path} does not exist. ${next}`);
  const version = await recipe.version(path, signal).catch((cause: Error) => {
    signal.throwIfAborted();
    throw new ToolError('TOOL_WRONG', `${variable}=${path} is not a usable ${name}: ${cause.message}. ${next}`, { cause });
  });
  const { accept } = recipe.wanted;
  if (!fits(version, accept))
    throw new ToolError('TOOL_WRONG', `${variable}=${path} is ${version}, wanted is ${accept}. ${next}`);
  return { name, version, path, from: variable };
}

async function versionOrNote(recipe: Recipe, path: string, signal: AbortSignal, notes: string[]): Promise<string | undefined> {
  try {
    return await recipe.version(path, signal);
  } catch (error) {
    signal.throwIfAborted();
    notes.push(`${path} does not run: ${(error as Error).message}`);
    return undefined;
  }
}

async function usableWays(recipe: Recipe, { env, signal }: Surroundings): Promise<[Way, ...Way[]]> {
  const usable: Way[] = [];
  const lacking: string[] = [];
  for (const way of recipe.ways.filter((each) => each.applies?.() ?? true)) {
    const checks = await Promise.all(way.needs.map(async (name) => ({ name, check: await checkProgram(name, env, signal) })));
    const refused = checks.flatMap(({ name, check }) =>
      check.ok ? [] : [`${check.because}; needed to ${way.title}. ${programs[name].fix}`],
    );
    if (refused.length === 0) usable.push(way);
    lacking.push(...refused);
  }
  const [first, ...others] = usable;
  if (first !== undefined) return [first, ...others];
  if (lacking.length === 0) lacking.push(`${recipe.name} not found, and there is no way to make it on this machine. Install it`);
  throw new ToolError('TOOL_MISSING', `${lacking.join('; or ')} or set ${recipe.variable} to ${recipe.shape}.`);
}
