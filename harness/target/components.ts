/**
 * Reads the Dapr resources before any sidecar does. daprd skips a file it can't parse with a warning and a file of a
 * kind it doesn't know in silence, so a broken component would surface minutes later as a missing one.
 */
import { readdirSync, readFileSync } from 'node:fs';
import { join, relative } from 'node:path';
import { LineCounter, parseAllDocuments } from 'yaml';

const kinds = new Set(['Component', 'Subscription', 'Resiliency', 'Configuration', 'HTTPEndpoint']);

/** All complaints, each `file:line: sentence`; empty when every file can be loaded. */
export function complaintsAboutComponents(folder: string): string[] {
  let files: string[];
  try {
    files = readdirSync(folder, { recursive: true, encoding: 'utf8' }).filter((name) => /\.ya?ml$/.test(name));
  } catch (error) {
    return [`${folder}: ${(error as Error).message}`];
  }
  if (files.length === 0) return [`${folder}: holds no .yaml file`];
  return files.sort().flatMap((name) => complaintsAboutFile(join(folder, name)));
}

function complaintsAboutFile(path: string): string[] {
  const file = relative(process.cwd(), path);
  const lines = new LineCounter();
  const documents = parseAllDocuments(readFileSync(path, 'utf8'), { lineCounter: lines });
  if (!Array.isArray(documents)) return [`${file}:1: the file is empty`];
  const complaints: string[] = [];
  for (const document of documents) {
    const line = document.contents?.range ? lines.linePos(document.contents.range[0]).line : 1;
    if (document.errors.length > 0) {
      complaints.push(
        ...document.errors.map((error) => `${file}:${error.linePos?.[0].line ?? line}: ${error.message.split('\n')[0]}`),
      );
      continue;
    }
    const get = (...keys: string[]) => document.getIn(keys) as unknown;
    const need = (what: string, ok: boolean) => void (ok || complaints.push(`${file}:${line}: ${what}`));
    need('apiVersion must be dapr.io/v1alpha1 or dapr.io/v2alpha1', /^dapr\.io\/v[12]alpha1$/.test(String(get('apiVersion'))));
    need(`kind must be one of ${[...kinds].join(', ')}, not ${String(get('kind'))}`, kinds.has(String(get('kind'))));
    need('metadata.name is missing', typeof get('metadata', 'name') === 'string');
    if (get('kind') === 'Component') {
      need('spec.type is missing (e.g. pubsub.kafka)', typeof get('spec', 'type') === 'string');
      need('spec.version is missing (e.g. v1)', typeof get('spec', 'version') === 'string');
    }
    // daprd reads only the first document of a Resiliency file (dapr.md section 6).
    if (get('kind') === 'Resiliency' && documents.length > 1) need('a Resiliency file must hold one document only', false);
  }
  return complaints;
}
