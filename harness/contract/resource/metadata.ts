/** Proof two, metadata: every key of a component against what its type understands; daprd ignores the others in silence. */
import { readFileSync } from 'node:fs';
import { type Correction, builtInKeys, corrections, retrySuffixes } from './metadata-corrections.ts';
import type { Resource } from './files.ts';
import { wrongValue } from './values.ts';
import type { Description, Key, Keys, Table } from './dapr/from-contrib.ts';
import { meant } from './shape.ts';
import { at } from '../yaml-lines.ts';
import type { ContractFinding } from '../finding.ts';

const { components: table } = JSON.parse(readFileSync(new URL('dapr/components.json', import.meta.url), 'utf8')) as {
  components: Table;
};

export interface Item {
  readonly name: string;
  readonly value?: unknown;
  readonly envRef?: string;
  readonly secretKeyRef?: { readonly name?: string; readonly key?: string };
}
interface Spec {
  readonly type?: unknown;
  readonly version?: unknown;
  readonly metadata?: unknown;
}

export const specOf = (resource: Resource) => (resource.value['spec'] ?? {}) as Spec;

/** Only what has the shape of an item; the rest is proof one's. */
export function itemsOf(resource: Resource): Item[] {
  const { metadata } = specOf(resource);
  return Array.isArray(metadata) ? metadata.map((item: Item | null) => ({ ...item, name: String(item?.name ?? '') })) : [];
}

/** What a person wrote, as daprd takes it; `undefined` when it comes from elsewhere. */
export function textOf({ value }: Item): string | undefined {
  return value === undefined || value === null || typeof value === 'object' ? undefined : String(value);
}

export function checkMetadata(resource: Resource): ContractFinding[] {
  const { type, version } = specOf(resource);
  if (typeof type !== 'string' || typeof version !== 'string') return [];
  const versions = at(table, type.toLowerCase()) as Table[string] | undefined;
  if (versions === undefined) return [unknownType(resource, type)];
  // Both mean the first one (components/versioning.go).
  const wanted = ['', 'v0'].includes(version) ? 'v1' : version.toLowerCase();
  if (at(versions, wanted) === undefined)
    return [
      resource.finding(
        'unknown-component-version',
        ['spec', 'version'],
        `${type} has version ${Object.keys(versions).join(' and ')}, not ${version}; daprd ends at it`,
      ),
    ];
  const [describedType, description] = resolve(type.toLowerCase(), wanted);
  if (description === undefined) {
    const sentence = `nobody has written down what ${type} ${wanted} understands, so its keys were not checked`;
    return [resource.finding('metadata-not-checked', ['spec', 'type'], sentence, 'warning')];
  }
  const applying = corrections.filter(
    ({ of }) => of === describedType || (of.endsWith('*') && describedType.startsWith(of.slice(0, -1))),
  );
  return [...checkKeys(resource, description, applying), ...checkRequired(resource, description, applying)];
}

function resolve(type: string, version: string): [string, Description | undefined] {
  const entry = at(table, type, version) as Description | string | undefined;
  if (typeof entry !== 'string') return [type, entry];
  const [otherType = '', otherVersion = ''] = entry.split('/');
  // Registered without a metadata.yaml of its own; a correction may tell all there is.
  if (entry === '') return [type, corrections.some(({ of }) => of === type) ? { keys: {} } : undefined];
  return resolve(otherType, otherVersion);
}

function unknownType(resource: Resource, type: string): ContractFinding {
  if (type.startsWith('nameresolution.'))
    return resource.finding(
      'unknown-component-type',
      ['spec', 'type'],
      'name resolution is no component: it stands in a Configuration, spec.nameResolution',
    );
  const guess = meant(type, Object.keys(table));
  if (guess !== '') return resource.finding('unknown-component-type', ['spec', 'type'], `daprd has no ${type}${guess}`);
  const sentence = `daprd has no ${type}. If it is a pluggable component, only its shape was checked`;
  return resource.finding('unknown-component-type', ['spec', 'type'], sentence, 'warning');
}

function* checkKeys(resource: Resource, description: Description, applying: readonly Correction[]): Generator<ContractFinding> {
  const known = knownKeys(description, applying);
  const spellings = [...known.values()].map(({ name }) => name);
  const exact = new Set(applying.flatMap(({ exactCase = [] }) => exactCase));
  const seen = new Set<string>();
  for (const [n, item] of itemsOf(resource).entries()) {
    const path = ['spec', 'metadata', n];
    const { name } = item;
    if (name === '') continue;
    const key = known.get(name.toLowerCase());
    const retry = description.prefixes?.some((prefix) => name.toLowerCase().startsWith(prefix.toLowerCase()));
    if (seen.has(name.toLowerCase()))
      yield resource.finding(
        'duplicate-metadata-key',
        path,
        `${name} is given twice; daprd refuses the component, or takes either`,
      );
    seen.add(name.toLowerCase());
    if (key === undefined) {
      const where = `${String(specOf(resource).type)} has no key ${name}; daprd ignores it in silence`;
      const message = retry
        ? `${name}: retry keys begin with ${description.prefixes?.join(' or ')}, to the letter; daprd ignores it in silence`
        : where;
      yield resource.finding(
        'unknown-metadata-key',
        path,
        `${message}${inOtherVersion(resource, name) ?? meant(name, spellings)}`,
      );
      continue;
    }
    if (key.name !== name && (exact.has(key.name) || retry))
      yield resource.finding(
        'metadata-key-case',
        path,
        `${name} is looked up to the letter as ${key.name}; daprd ignores it in silence`,
      );
    if (key.deprecated) yield resource.finding('deprecated-metadata-key', path, `${name} is deprecated`, 'warning');
    const text = textOf(item);
    const wrong = text === undefined || text === '' ? undefined : wrongValue(text, key);
    if (wrong !== undefined) yield resource.finding('wrong-metadata-value', [...path, 'value'], `${name}: ${wrong}`);
  }
}

/** state.postgresql calls the same thing tableName in v1 and tablePrefix in v2. */
function inOtherVersion(resource: Resource, name: string): string | undefined {
  const { type, version } = specOf(resource);
  for (const other of Object.keys(table[String(type).toLowerCase()] ?? {})) {
    const [, description] = resolve(String(type).toLowerCase(), other);
    if (other !== version && description && knownKeys(description, []).has(name.toLowerCase()))
      return `; version ${other} has it`;
  }
  return undefined;
}

/** By lower-case name. Later ones win: a correction stands above what it corrects. */
function knownKeys(description: Description, applying: readonly Correction[]): Map<string, Key & { readonly name: string }> {
  const known = new Map<string, Key & { readonly name: string }>();
  const add = (keys: Keys) => {
    for (const [name, key] of Object.entries(keys)) known.set(name.toLowerCase(), { ...key, name });
  };
  const plain = (list: readonly string[]) => add(Object.fromEntries(list.map((name) => [name, {}])));
  plain(description.also ?? []);
  for (const [name, keys] of Object.entries(description.builtIn ?? {})) {
    plain(builtInKeys[name] ?? []);
    add(withoutAllowed(keys));
  }
  // What one profile allows, another may not: only whether the key is known counts here.
  for (const profile of description.profiles ?? []) add(withoutAllowed(profile));
  add(description.keys);
  for (const prefix of description.prefixes ?? [])
    add(Object.fromEntries(Object.entries(retrySuffixes).map(([suffix, key]) => [prefix + suffix, key])));
  for (const { keys } of applying) add(keys ?? {});
  return known;
}

const withoutAllowed = (keys: Keys): Keys =>
  Object.fromEntries(Object.entries(keys).map(([name, { type }]) => [name, type ? { type } : {}]));

function* checkRequired(
  resource: Resource,
  description: Description,
  applying: readonly Correction[],
): Generator<ContractFinding> {
  const items = new Map(itemsOf(resource).map((item) => [item.name.toLowerCase(), item]));
  const optional = new Set(applying.flatMap((each) => each.optional ?? []));
  const isThere = (name: string) => {
    const group = description.synonyms?.find((names) => names.some((one) => one.toLowerCase() === name.toLowerCase()));
    return [name, ...(group ?? [])].some((one) => items.has(one.toLowerCase()));
  };
  const missingOf = (keys: Keys) =>
    Object.entries(keys).flatMap(([name, { required }]) => (required && !optional.has(name) && !isThere(name) ? [name] : []));
  const complain = (text: string, severity?: 'warning') =>
    resource.finding('missing-metadata-key', ['spec', 'metadata'], `${String(specOf(resource).type)} needs ${text}`, severity);

  for (const name of missingOf(description.keys)) yield complain(name);
  for (const { oneOf } of applying) if (oneOf && !oneOf.some(isThere)) yield complain(`one of ${oneOf.join(', ')}`);
  for (const [n, item] of itemsOf(resource).entries())
    if (textOf(item) === '' && description.keys[item.name]?.required && !item.envRef && !item.secretKeyRef)
      yield resource.finding('missing-metadata-key', ['spec', 'metadata', n, 'value'], `${item.name} is empty, and needed`);

  // `authType: password` says which way to authenticate is meant.
  const says = (way: Keys) =>
    Object.entries(way).some(([name, { allowed }]) =>
      allowed?.some((one) => one.toLowerCase() === textOf(items.get(name.toLowerCase()) ?? { name })?.toLowerCase()),
    );
  const ways = [...(description.profiles ?? []), ...Object.values(description.builtIn ?? {})];
  const [chosen] = ways.filter(says);
  for (const name of chosen ? missingOf(chosen) : []) yield complain(`${name} for this way to authenticate`);
  // Where nothing says it, any complete one will do, and there may be one that metadata.yaml does not know.
  if (chosen || ways.length === 0 || applying.some(({ oneOf }) => oneOf) || ways.some((way) => missingOf(way).length === 0))
    return;
  const [first = []] = ways.map(missingOf).sort((a, b) => a.length - b.length);
  yield complain(`a way to authenticate, such as ${first.join(' and ')}`, 'warning');
}
