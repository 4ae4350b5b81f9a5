/**
 * Reads the Dapr resources before any sidecar does. daprd skips a file it can't parse with a warning and a file of a
 * kind it doesn't know in silence, so a broken component would surface minutes later as a missing one.
 */
import { readdirSync, statSync } from 'node:fs';
import { dirname, relative, resolve } from 'node:path';
import { readResources } from '../contract/resource/files.ts';
import { itemsOf } from '../contract/resource/metadata.ts';
import { validateComponents } from '../contract/resource/resources.ts';
import { at as valueAt, readYamlFile } from '../contract/yaml-lines.ts';
import { nearest } from '../nearest.ts';
import type { System } from '../project/system.ts';
import type { LineOf } from './lines.ts';

/** All errors, each `file:line: sentence`; empty when every file can be loaded. Warnings don't keep a run from starting. */
export function complaintsAboutComponents(system: System, at: LineOf): string[] {
  const { components: folder, services } = system;
  try {
    if (!readdirSync(folder, { recursive: true, encoding: 'utf8' }).some((name) => /\.ya?ml$/.test(name)))
      return [`${folder}: holds no .yaml file`];
  } catch (error) {
    return [`${at(['components'])}: components: ${(error as Error).message}`];
  }
  const errors = validateComponents(folder, { known: Object.keys(services) }).filter(({ severity }) => severity === 'error');
  return [...errors.map(({ file, line, message }) => `${file}:${line}: ${message}`), ...complaintsAboutRehearsal(system, at)];
}

/** The one file that every sidecar is told to read besides; daprd ends at it, or starts without what it says. */
export function complaintsAboutConfiguration({ configuration, components }: System, at: LineOf): string[] {
  const file = relative(process.cwd(), configuration);
  if (!statSync(configuration, { throwIfNoEntry: false })?.isFile())
    return [`${at(['configuration'])}: configuration: there is no file ${file}`];
  const { documents, mistakes } = readYamlFile(configuration);
  // Those in the folder of components are told with it.
  if (mistakes.length > 0)
    return dirname(configuration) === resolve(components)
      ? []
      : mistakes.map(({ line, message }) => `${file}:${line}: ${message}`);
  const kinds = documents.map(({ value }) => valueAt(value, 'kind'));
  if (kinds.includes('Configuration')) return [];
  return [
    `${file}:${documents[0]?.lineOf(['kind']) ?? 1}: the configuration that system.yaml names is ${
      kinds.length === 0 ? 'empty' : `of kind ${String(kinds[0])}`
    }; it must be of kind Configuration`,
  ];
}

function complaintsAboutRehearsal({ rehearsal = {}, components }: System, at: LineOf): string[] {
  // Of this folder alone: no sidecar looks into those below it.
  const resources = readResources(components).find(({ path }) => resolve(path) === resolve(components))?.resources ?? [];
  const known = new Map(resources.flatMap((one) => (one.kind === 'Component' ? [[String(one.name), one] as const] : [])));
  return Object.entries(rehearsal).flatMap(([name, values]) => {
    const component = known.get(name);
    if (!component)
      return [`${at(['rehearsal', name])}: rehearsal: there is no component ${name}${meant(name, [...known.keys()])}`];
    const keys = itemsOf(component).map((item) => item.name);
    return Object.keys(values)
      .filter((key) => !keys.includes(key))
      .map(
        (key) => `${at(['rehearsal', name, key])}: rehearsal.${name}: the component has no metadata ${key}${meant(key, keys)}`,
      );
  });
}

function meant(word: string, known: readonly string[]): string {
  const guess = nearest(word, known);
  return guess ? `; did you mean ${guess}?` : `; there is ${known.join(', ') || 'none'}`;
}
