/**
 * Reads the Dapr resources before any sidecar does. daprd skips a file it can't parse with a warning and a file of a
 * kind it doesn't know in silence, so a broken component would surface minutes later as a missing one.
 */
import { readdirSync } from 'node:fs';
import { validateComponents } from '../contract/resource/resources.ts';
import type { System } from '../project/system.ts';

/** All errors, each `file:line: sentence`; empty when every file can be loaded. Warnings don't keep a run from starting. */
export function complaintsAboutComponents({ components: folder, services }: System): string[] {
  try {
    if (!readdirSync(folder, { recursive: true, encoding: 'utf8' }).some((name) => /\.ya?ml$/.test(name)))
      return [`${folder}: holds no .yaml file`];
  } catch (error) {
    return [`${folder}: ${(error as Error).message}`];
  }
  const errors = validateComponents(folder, { known: Object.keys(services) }).filter(({ severity }) => severity === 'error');
  return errors.map(({ file, line, message }) => `${file}:${line}: ${message}`);
}
