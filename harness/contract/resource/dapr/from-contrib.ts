/** What each component type of daprd understands: from its metadata.yaml, and from its Go source where that file is silent. */
import { readdirSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { parseDocument } from 'yaml';
import { keysInSource } from './from-go.ts';

export interface Key {
  /** Absent: string. */
  readonly type?: 'number' | 'bool' | 'duration' | 'bytesize';
  readonly required?: true;
  readonly allowed?: readonly string[];
  readonly deprecated?: true;
}
export type Keys = Readonly<Record<string, Key>>;

export interface Description {
  readonly keys: Keys;
  /** Ways to authenticate: the keys of each; one whose required keys are all there is enough. */
  readonly profiles?: readonly Keys[];
  /** Dapr's common ways (`aws`, `azuread`, `gcp`), with the keys this component adds to them. */
  readonly builtIn?: Readonly<Record<string, Keys>>;
  /** Keys that the source reads and metadata.yaml does not tell, aliases among them. */
  readonly also?: readonly string[];
  /** Names of the same value, in which any is as good as the first. */
  readonly synonyms?: readonly (readonly string[])[];
  /** `backOff` stands for backOffPolicy, backOffDuration and so on. */
  readonly prefixes?: readonly string[];
}

/** A registered type: version -> description, or the name of the type and version that has it. */
export type Table = Readonly<Record<string, Readonly<Record<string, Description | string>>>>;

interface Field {
  readonly name: string;
  readonly type?: string;
  readonly required?: boolean;
  readonly allowedValues?: readonly unknown[];
  readonly deprecated?: boolean;
}
interface Metadata {
  readonly type: string;
  readonly name: string;
  readonly version: string;
  readonly metadata?: readonly Field[];
  readonly authenticationProfiles?: readonly { readonly metadata?: readonly Field[] }[];
  readonly builtinAuthenticationProfiles?: readonly { readonly name: string; readonly metadata?: readonly Field[] }[];
}

/** metadata.yaml spells these otherwise than cmd/daprd registers them. */
const registeredAs: Readonly<Record<string, string>> = {
  'crypto.jwks': 'crypto.dapr.jwks',
  'crypto.kubernetes.secrets': 'crypto.dapr.kubernetes.secrets',
  'crypto.localstorage': 'crypto.dapr.localstorage',
  'secretstores.aws.secretsmanager': 'secretstores.aws.secretmanager',
};

export function tableOfComponents(contrib: string, registrations: string): Table {
  const described = new Map<string, Description>();
  for (const file of readdirSync(contrib, { recursive: true, encoding: 'utf8' }).filter((name) =>
    /[/\\]metadata\.yaml$/.test(name),
  )) {
    // Two of them hold tabs; `yaml` reads over that, as Dapr's own bundler does not.
    const metadata = parseDocument(readFileSync(join(contrib, file), 'utf8')).toJS() as Metadata;
    const kind = metadata.type === 'middleware' ? 'middleware.http' : metadata.type;
    const name = registeredAs[`${kind}.${metadata.name}`] ?? `${kind}.${metadata.name}`;
    described.set(`${name}/${metadata.version}`, describe(metadata, contrib, dirname(file)));
  }

  const table: Record<string, Record<string, Description | string>> = {};
  for (const siblings of registered(registrations)) {
    for (const { type, versions } of siblings) {
      const own: Record<string, Description | string> = (table[type] ??= {});
      for (const version of versions) {
        const candidates = [type, ...siblings.map((sibling) => sibling.type)].map((each) => `${each}/${version}`);
        const found = [...candidates, sameImplementation[`${type}/${version}`] ?? '', `${type}/v1`].find((key) =>
          described.has(key),
        );
        // Registered, and nobody wrote down its keys: the validator says so instead of passing it.
        if (found === undefined) own[version] = '';
        else own[version] = found === `${type}/${version}` ? (described.get(found) as Description) : found;
      }
    }
  }
  return Object.fromEntries(Object.entries(table).sort(([a], [b]) => (a < b ? -1 : 1)));
}

/** Registered under a name of its own with another's constructor. */
const sameImplementation: Readonly<Record<string, string>> = { 'state.cockroachdb/v2': 'state.postgresql/v2' };

/** The files of cmd/daprd/components; the names in one file are one implementation. */
function registered(folder: string): { type: string; versions: string[] }[][] {
  const files = readdirSync(folder).filter((name) => /^[a-z].*\.go$/.test(name) && !/^(zz_|nameresolution_)/.test(name));
  return files.map((file) => {
    const source = readFileSync(join(folder, file), 'utf8');
    // Dapr's own tests have one that no flavour contains.
    if (!/^\/\/go:build .*allcomponents/m.test(source)) return [];
    const kind = file.startsWith('middleware_http') ? 'middleware.http' : file.slice(0, file.indexOf('_'));
    const calls = source
      .slice(source.indexOf('func init'))
      .split(/(?=\.Register\w+\()/)
      .slice(1);
    const types = new Map<string, string[]>();
    for (const call of calls) {
      const [, versioned] = /^\.RegisterComponentWithVersions\("([^"]+)"/.exec(call) ?? [];
      if (versioned)
        types.set(
          versioned,
          [...call.matchAll(/Version:\s*"(v\d+)"/g)].map(([, version]) => version as string),
        );
      // The names are the last arguments: RegisterComponent(constructor, "kafka", "alias").
      else
        for (const [, names] of call.matchAll(/,\s*((?:"[^"]+",?\s*)+)\)\s*$/gm))
          for (const [, name] of (names as string).matchAll(/"([^"]+)"/g)) types.set(name as string, ['v1']);
    }
    return [...types].map(([name, versions]) => ({ type: `${kind}.${name}`, versions }));
  });
}

function describe(metadata: Metadata, contrib: string, folder: string): Description {
  const keys = keysOf(metadata.metadata);
  const profiles = (metadata.authenticationProfiles ?? []).map(({ metadata: fields }) => keysOf(fields));
  const builtIn = Object.fromEntries(
    (metadata.builtinAuthenticationProfiles ?? []).map((each) => [each.name, keysOf(each.metadata)]),
  );
  const told = new Set([keys, ...profiles, ...Object.values(builtIn)].flatMap(Object.keys).map((key) => key.toLowerCase()));
  const { names, prefixes, synonyms } = keysInSource(contrib, folder);
  const also = names.filter((name) => !told.has(name.toLowerCase()));
  return {
    keys,
    ...(profiles.length > 0 && { profiles }),
    ...(Object.keys(builtIn).length > 0 && { builtIn }),
    ...(also.length > 0 && { also }),
    ...(synonyms.length > 0 && { synonyms }),
    ...(prefixes.length > 0 && { prefixes }),
  };
}

function keysOf(fields: readonly Field[] | undefined): Keys {
  return Object.fromEntries(
    (fields ?? []).map(({ name, type, required, allowedValues, deprecated }) => [
      name,
      {
        ...(type && type !== 'string' && { type: type as NonNullable<Key['type']> }),
        ...(required && { required }),
        // Some are written with quotes within the quotes.
        ...(allowedValues && { allowed: allowedValues.map((value) => String(value).replace(/^["'](.*)["']$/, '$1')) }),
        ...(deprecated && { deprecated }),
      },
    ]),
  );
}
