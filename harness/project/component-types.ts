/** Which kinds of Dapr components a system uses: what its sidecar must be able to load. */
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { parseAllDocuments } from 'yaml';
import type { System } from './system.ts';

interface Resource {
  readonly kind?: unknown;
  readonly spec?: { readonly type?: unknown; readonly nameResolution?: { readonly component?: unknown } };
}

/**
 * `pubsub.kafka`, `nameresolution.sqlite` ..., sorted, of the folder that a sidecar is given and of its configuration. What can't be read
 * is told by whoever validates.
 */
export function componentTypesOf({ components, configuration }: Pick<System, 'components' | 'configuration'>): string[] {
  const files = new Set([...resourcesIn(components), configuration]);
  const types = [...files].flatMap(documentsIn).flatMap(({ kind, spec }) => {
    if (kind === 'Component') return typeof spec?.type === 'string' ? [spec.type] : [];
    const resolver = kind === 'Configuration' && spec?.nameResolution?.component;
    return typeof resolver === 'string' ? [`nameresolution.${resolver}`] : [];
  });
  return [...new Set(types)].sort();
}

/** Files of a folder that a sidecar is given, without subfolders: it looks into none. None where there is no folder. */
export function resourcesIn(folder: string): string[] {
  try {
    return readdirSync(folder)
      .filter((name) => /\.ya?ml$/.test(name))
      .map((name) => join(folder, name));
  } catch {
    return [];
  }
}

function documentsIn(file: string): Resource[] {
  try {
    return [...parseAllDocuments(readFileSync(file, 'utf8'))]
      .filter(({ errors }) => errors.length === 0)
      .map((document) => (document.toJS({ maxAliasCount: 100 }) ?? {}) as Resource);
  } catch {
    return [];
  }
}
