/** Which kinds of Dapr components a project uses: what its sidecar must be able to load. */
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { parseAllDocuments } from 'yaml';

interface Resource {
  readonly kind?: unknown;
  readonly spec?: { readonly type?: unknown; readonly nameResolution?: { readonly component?: unknown } };
}

/** `pubsub.kafka`, `nameresolution.sqlite` ..., sorted, of all files below the folder. What can't be read is told by whoever validates. */
export function componentTypesIn(folder: string): string[] {
  const files = existsSync(folder) ? readdirSync(folder, { recursive: true, encoding: 'utf8' }) : [];
  const documents = files
    .filter((name) => /\.ya?ml$/.test(name))
    .flatMap((name) => [...parseAllDocuments(readFileSync(join(folder, name), 'utf8'))]);
  const types = documents.flatMap((document) => {
    const { kind, spec } = ((document.errors.length === 0 && document.toJS()) || {}) as Resource;
    if (kind === 'Component') return typeof spec?.type === 'string' ? [spec.type] : [];
    const resolver = kind === 'Configuration' && spec?.nameResolution?.component;
    return typeof resolver === 'string' ? [`nameresolution.${resolver}`] : [];
  });
  return [...new Set(types)].sort();
}
