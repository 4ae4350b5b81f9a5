/** The metadata keys that a component's source reads: struct tags, aliases, and lookups by name. */
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';

const module = 'github.com/dapr/components-contrib/';

/** `folder` and what it imports from `common/`, which holds what several components share. */
export function keysInSource(contrib: string, folder: string): { names: string[]; prefixes: string[]; synonyms: string[][] } {
  const sources = [...reachable(contrib, folder)].map((each) => sourceOf(join(contrib, each)));
  const names = new Map<string, string>();
  const prefixes = new Set<string>();
  for (const source of sources) {
    for (const name of keysIn(source))
      if (/^[A-Za-z][\w.-]*$/.test(name) && !names.has(name.toLowerCase())) names.set(name.toLowerCase(), name);
    for (const [, prefix] of source.matchAll(/DecodeConfigWithPrefix\([^"]*"(\w+)",?\s*\)/g)) prefixes.add(prefix as string);
  }
  const synonyms = [
    ...new Map(sources.flatMap((source) => [...synonymsIn(source, sources)]).map((group) => [group.join(), group])).values(),
  ];
  for (const name of synonyms.flat()) if (!names.has(name.toLowerCase())) names.set(name.toLowerCase(), name);
  return { names: [...names.values()].sort(), prefixes: [...prefixes].sort(), synonyms };
}

function reachable(contrib: string, folder: string, seen = new Set<string>()): Set<string> {
  if (seen.has(folder) || !existsSync(join(contrib, folder))) return seen;
  seen.add(folder);
  for (const [, path] of sourceOf(join(contrib, folder)).matchAll(/"([^"\s]+)"/g))
    if (path?.startsWith(`${module}common/`)) reachable(contrib, path.slice(module.length), seen);
  return seen;
}

function sourceOf(folder: string): string {
  const files = readdirSync(folder).filter((name) => name.endsWith('.go') && !name.endsWith('_test.go'));
  return files.map((name) => readFileSync(join(folder, name), 'utf8')).join('\n');
}

function* keysIn(source: string): Generator<string> {
  for (const [, body] of source.matchAll(/^type \w*(?:[mM]etadata|[sS]ettings)\w* struct \{$([^]*?)^\}/gm)) {
    // Without a tag the decoder takes the field's own name; a field that no text can become is no metadata key.
    for (const [line, field] of (body as string).matchAll(
      /^\t([A-Z]\w*)\s+\*?(?:\[\])?(?:string|bool|u?int\d*|float\d+|time\.Duration)\b.*$/gm,
    )) {
      const [, tag] = /mapstructure:"([^",]*)/.exec(line) ?? [];
      const [, json] = /json:"([^",]*)/.exec(line) ?? [];
      if (tag !== '-') yield tag || json || (field as string).charAt(0).toLowerCase() + (field as string).slice(1);
    }
  }
  for (const [, tag] of source.matchAll(/mapstructure:"([A-Za-z][\w.-]*)/g)) yield tag as string;
  for (const [, aliases] of source.matchAll(/mapstructurealiases:"([^"]+)"/g)) yield* (aliases as string).split(',');
  for (const [, name] of source.matchAll(/Properties\["([^"]+)"\]/g)) yield name as string;
  // GetMetadataProperty(properties, "a", "b"), and lookups through a constant.
  for (const [, rest] of source.matchAll(/GetMetadataProperty\(([^)]*)\)/g))
    for (const [, name] of (rest as string).matchAll(/"([^"]+)"/g)) yield name as string;
  for (const [, constant] of source.matchAll(/(?:Properties\[|GetMetadataProperty\([^,]+, )([a-zA-Z]\w*)[\])]/g)) {
    const [, name] = new RegExp(`\\b${constant}\\s*(?:string)?\\s*=\\s*"([^"]+)"`).exec(source) ?? [];
    if (name) yield name;
  }
}

/** Names of one and the same value: by a struct tag, or by a group of `MetadataKeys` that some source here asks for. */
function* synonymsIn(source: string, all: readonly string[]): Generator<string[]> {
  for (const [, name, aliases] of source.matchAll(/mapstructure:"(\w+)"[^`\n]*mapstructurealiases:"([^"]+)"/g))
    yield [name as string, ...(aliases as string).split(',')];
  const [, groups = ''] = /^var MetadataKeys = map\[string\]\[\]string\{([^]*?)^\}/m.exec(source) ?? [];
  for (const [, group, names] of groups.matchAll(/^\t"(\w+)":\s*\{([^}]*)\}/gm))
    if (all.some((each) => new RegExp(`[\\[(,] ?"${group}"[\\])]`).test(each)))
      yield [...(names as string).matchAll(/"(\w+)"/g)].map(([, name]) => name as string);
}
