/** Where in system.yaml something stands, for whoever complains of it. */
import { relative } from 'node:path';
import type { System } from '../project/system.ts';
import { readYamlFile } from '../project/yaml-file.ts';

/** `impl/system.yaml:12`; without the line where the file can't be read any more. */
export type LineOf = (path: readonly string[]) => string;

export function linesOf({ file }: Pick<System, 'file'>): LineOf {
  const read = readYamlFile(file);
  return (path) => ('complaints' in read ? relative(process.cwd(), file) : `${read.file}:${read.lineOf(path)}`);
}
