/** `plumbline trial`: the project's crimes, one after the other, and the table of what the judge said. */
import { existsSync, readdirSync, realpathSync } from 'node:fs';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import type { Project } from '../project/project.ts';
import type { Crimes } from './crime.ts';
import { table, trial } from './trial.ts';

export interface TrialOptions {
  readonly project: Pick<Project, 'crimes'>;
  /** A run that passes, absolute. */
  readonly folder: string;
  readonly say: (text: string) => void;
}

/** Resolves with the exit code: 0 when each was judged rightly, 1 when one was not, 2 when none could be tried. */
export async function tryTheJudge({ project, folder, say }: TrialOptions): Promise<0 | 1 | 2> {
  if (!existsSync(join(folder, 'manifest.json')))
    throw new Error(`NO_RUN: ${folder} holds no run. Name one that passes, or make one: npx plumbline verify`);
  const kinds = await crimesOf(project);
  const all = await trial(realpathSync(folder), kinds, ({ crime, right, verdict }) =>
    say(`${crime}: ${verdict ?? 'not tried'}${right ? '' : ', WRONGLY'}`),
  );
  process.stdout.write(`${table(all)}\n`);
  if (all.some(({ right }) => !right)) return 1;
  return all.some(({ verdict }) => verdict !== undefined) ? 0 : 2;
}

/** Of every crime file of the project, in the order of their names. */
export async function crimesOf({ crimes: { folder, suffix } }: Pick<Project, 'crimes'>): Promise<Crimes[]> {
  const files = (existsSync(folder) ? readdirSync(folder) : []).filter((name) => name.endsWith(suffix)).sort();
  if (files.length === 0) throw new Error(`NO_CRIMES: ${folder} has no file *${suffix}. See harness/trial/crime.ts`);
  const modules = await Promise.all(files.map(async (file) => (await import(pathToFileURL(join(folder, file)).href)) as object));
  return modules.flatMap((exported) =>
    Object.values(exported).filter(
      (value): value is Crimes => typeof value === 'object' && value !== null && 'kind' in value && 'crimes' in value,
    ),
  );
}
