/** Finds experiments. Adding one is adding one file; nobody keeps a list. */
import { existsSync, readdirSync } from 'node:fs';
import { join, relative, resolve } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';
import type { Experiment } from './experiment.ts';
import { nearest } from './nearest.ts';
import { complaintsAboutShape, isMeantAsExperiment } from './preflight/experiment-shape.ts';
import type { Project } from './project/project.ts';

type Where = Pick<Project, 'experiments'>;

/** A file has no more to do than to say what is to be done. */
const importMsMax = 20_000;

/** In the order in which they run. A project need not have every kind. Throws when a file can't be read, or two share a name. */
export async function catalogue({ experiments }: Where): Promise<Experiment[]> {
  const files = experiments.flatMap(({ folder, suffix }) =>
    (existsSync(folder) ? readdirSync(folder) : [])
      .filter((name) => name.endsWith(suffix))
      .sort()
      .map((name) => join(folder, name)),
  );
  const all: { readonly file: string; readonly experiment: Experiment }[] = [];
  // One after the other: the first that is broken is the one to tell, and not whichever was read first.
  for (const file of files) for (const experiment of await experimentsIn(file)) all.push({ file, experiment });
  for (const [name, [first, second]] of Map.groupBy(all, ({ experiment }) => experiment.name))
    if (first && second)
      throw new Error(
        `EXPERIMENT_TWICE: ${shown(first.file)} and ${shown(second.file)} both call one ${name}; rename one of the two`,
      );
  return all.map(({ experiment }) => experiment);
}

async function experimentsIn(file: string): Promise<Experiment[]> {
  const exported = Object.entries(await imported(file)).filter(([, value]) => isMeantAsExperiment(value));
  if (exported.length === 0) throw new Error(`NO_EXPERIMENT: ${shown(file)} exports no Experiment. See harness/experiment.ts`);
  const complaints = exported.flatMap(([name, value]) =>
    complaintsAboutShape(value as object).map((complaint) => `export ${name}: ${complaint}`),
  );
  if (complaints.length > 0)
    throw new Error(
      `EXPERIMENT_INVALID: ${shown(file)}: put right first:\n  ${complaints.join('\n  ')}\nSee harness/experiment.ts`,
    );
  // Under two names it is still one.
  return [...new Set(exported.map(([, value]) => value as Experiment))];
}

async function imported(file: string): Promise<Readonly<Record<string, unknown>>> {
  try {
    return (await inTime(import(pathToFileURL(file).href))) as Record<string, unknown>;
  } catch (error) {
    const sentence = (error instanceof Error ? error.message : String(error)).split('\n')[0];
    throw new Error(`EXPERIMENT_BROKEN: ${placeOf(error, file)}: ${sentence}`, { cause: error });
  }
}

/** One that waits for what nobody will do leaves the process with nothing to do; one that goes on keeps the timer alive. */
async function inTime<T>(importing: Promise<T>): Promise<T> {
  const over = Promise.withResolvers<never>();
  const idle = () => over.reject(new Error('it waits for what never comes'));
  const late = setTimeout(() => over.reject(new Error(`it was not read after ${importMsMax / 1000} s`)), importMsMax).unref();
  process.once('beforeExit', idle);
  try {
    return await Promise.race([importing, over.promise]);
  } finally {
    clearTimeout(late);
    process.off('beforeExit', idle);
  }
}

/** `load/a.load.ts:3`: the first line of its own that the stack names, else one of what it imports, else the file alone. */
function placeOf(error: unknown, file: string): string {
  const stack = error instanceof Error ? (error.stack ?? '') : '';
  const places = [...stack.matchAll(/(?:^|\(|\s)((?:file:\/\/)?\/[^\n()]*?\.[cm]?[jt]s):(\d+)/gm)].map(
    ([, path = '', line]) => [path.startsWith('file:') ? fileURLToPath(path) : path, line] as const,
  );
  const [path, line] = places.find(([one]) => one === file) ?? places.find(([one]) => !one.startsWith(import.meta.dirname)) ?? [];
  return path === undefined ? shown(file) : `${shown(path)}:${line}`;
}

const shown = (file: string): string => relative(process.cwd(), file);

/** By name, or by the path of a file that exports one. */
export async function select(names: readonly string[], where: Where): Promise<Experiment[]> {
  const all = await catalogue(where);
  const chosen: Experiment[] = [];
  for (const name of names) {
    if (name.endsWith('.ts')) {
      if (!existsSync(name)) throw new Error(`UNKNOWN_EXPERIMENT: ${name}: there is no such file. Try: npx plumbline list`);
      chosen.push(...(await experimentsIn(resolve(name))));
      continue;
    }
    const experiment = all.find((one) => one.name === name);
    if (!experiment) {
      const known = all.map((one) => one.name);
      const guess = nearest(name, known);
      throw new Error(
        `UNKNOWN_EXPERIMENT: ${name}${guess ? `; did you mean ${guess}?` : ''} Known: ${known.join(', ') || 'none'}. Try: npx plumbline list`,
      );
    }
    chosen.push(experiment);
  }
  return chosen;
}
