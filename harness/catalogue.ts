/** Finds experiments. Adding one is adding one file; nobody keeps a list. */
import { existsSync, readdirSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { pathToFileURL } from 'node:url';
import type { Experiment } from './experiment.ts';
import { nearest } from './nearest.ts';
import type { Project } from './project/project.ts';

type Where = Pick<Project, 'experiments'>;

/** In the order in which they run. A project need not have every kind. */
export async function catalogue({ experiments }: Where): Promise<Experiment[]> {
  const files = experiments.flatMap(({ folder, suffix }) =>
    (existsSync(folder) ? readdirSync(folder) : [])
      .filter((name) => name.endsWith(suffix))
      .sort()
      .map((name) => join(folder, name)),
  );
  return (await Promise.all(files.map(experimentsIn))).flat();
}

async function experimentsIn(file: string): Promise<Experiment[]> {
  const exported = Object.values((await import(pathToFileURL(file).href)) as Record<string, unknown>);
  const found = exported.filter(
    (value): value is Experiment => typeof value === 'object' && value !== null && 'workload' in value && 'asks' in value,
  );
  if (found.length === 0) throw new Error(`NO_EXPERIMENT: ${file} exports no Experiment. See harness/experiment.ts`);
  return found;
}

/** By name, or by the path of a file that exports one. */
export async function select(names: readonly string[], where: Where): Promise<Experiment[]> {
  const all = await catalogue(where);
  const chosen: Experiment[] = [];
  for (const name of names) {
    if (name.endsWith('.ts')) {
      chosen.push(
        ...(await experimentsIn(resolve(name)).catch((error: Error) => {
          throw new Error(`UNKNOWN_EXPERIMENT: ${name}: ${error.message}`);
        })),
      );
      continue;
    }
    const experiment = all.find((one) => one.name === name);
    if (!experiment) {
      const known = all.map((one) => one.name);
      const guess = nearest(name, known);
      throw new Error(
        `UNKNOWN_EXPERIMENT: ${name}${guess ? `; did you mean ${guess}?` : ''} Known: ${known.join(', ')}. Try: npx plumbline list`,
      );
    }
    chosen.push(experiment);
  }
  return chosen;
}
