/** Which files a run was made from, as digests: two runs with the same ones stood on the same components and packages. */
import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { join, relative, sep } from 'node:path';
import { resourcesIn } from '../project/component-types.ts';

export interface InputFiles {
  /** Of the project that is judged; absolute, as all paths here. */
  readonly root: string;
  readonly systemFile: string;
  /** The folder of Dapr resources, and the Configuration, that the sidecars are given. */
  readonly components: string;
  readonly configuration: string;
}

/** From the root with `/` -> sha256, sorted. What is not there has no line. */
export function inputsOf({ root, systemFile, components, configuration }: InputFiles): Record<string, string> {
  const files = [systemFile, ...resourcesIn(components), configuration, join(root, 'package-lock.json')];
  const digested = files.flatMap((file) => {
    const digest = digestOf(file);
    return digest === undefined ? [] : [[relative(root, file).split(sep).join('/'), digest] as const];
  });
  return Object.fromEntries(digested.sort(([a], [b]) => (a < b ? -1 : 1)));
}

function digestOf(file: string): string | undefined {
  try {
    return createHash('sha256').update(readFileSync(file)).digest('hex');
  } catch (error) {
    if (['ENOENT', 'ENOTDIR'].includes((error as NodeJS.ErrnoException).code ?? '')) return undefined;
    throw error;
  }
}
