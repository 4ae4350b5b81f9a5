/** The Dapr resources as a run uses them: a copy, in which what nobody can wait for goes faster. */
import { cp, readdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { isMap, isSeq, parseAllDocuments } from 'yaml';
import type { System } from '../../project/system.ts';

/** Copies the components' folder to `into` with the values of `rehearsal` in place; throws when one has no place. */
export async function rehearsedComponents(system: System, into: string): Promise<string> {
  await cp(system.components, into, { recursive: true });
  const left = new Map(Object.entries(system.rehearsal ?? {}));
  for (const file of (await readdir(into)).filter((name) => /\.ya?ml$/.test(name))) {
    const path = join(into, file);
    const documents = parseAllDocuments(await readFile(path, 'utf8'));
    if (!Array.isArray(documents)) continue;
    let changed = false;
    for (const document of documents) {
      const name = String(document.getIn(['metadata', 'name']));
      const values = left.get(name);
      const items = document.getIn(['spec', 'metadata']);
      if (!values || document.get('kind') !== 'Component' || !isSeq(items)) continue;
      left.delete(name);
      for (const [key, value] of Object.entries(values)) {
        const item = items.items.find((each) => isMap(each) && each.get('name') === key);
        if (!isMap(item)) throw new Error(`SYSTEM_INVALID: rehearsal.${name}.${key}: the component has no such metadata`);
        item.set('value', value);
        changed = true;
      }
    }
    if (changed) await writeFile(path, documents.map(String).join('---\n'));
  }
  if (left.size > 0) throw new Error(`SYSTEM_INVALID: rehearsal: no component named ${[...left.keys()].join(', ')}`);
  return into;
}
