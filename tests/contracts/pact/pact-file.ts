/** Pact files as they are kept: in one order and spelling, so that the same promises are the same bytes. */
import { mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { format, resolveConfig } from 'prettier';

export interface Interaction {
  readonly type: 'Synchronous/HTTP' | 'Asynchronous/Messages';
  readonly description: string;
  readonly [field: string]: unknown;
}
export interface Pact {
  readonly consumer: { readonly name: string };
  readonly provider: { readonly name: string };
  readonly interactions: readonly Interaction[];
  readonly metadata: Readonly<Record<string, unknown>>;
}

export const committedPacts = join(import.meta.dirname, '../../../contracts/pacts');

export const readPact = (path: string): Pact => JSON.parse(readFileSync(path, 'utf8')) as Pact;

/** Pact's version is no promise between the two, and would make every file differ after its update. */
export function canonicalPact({ metadata, interactions, ...parties }: Pact): Pact {
  const { pactSpecification } = metadata;
  const inOrder = interactions.map(withNames).toSorted((a, b) => order(a.type, b.type) || order(a.description, b.description));
  return sorted({ ...parties, interactions: inOrder, metadata: { pactSpecification } }) as Pact;
}

/**
 * The verifier reads the name before a rule as a path. Of metadata Pact writes it bare, so that a rule for `cloudevent.id`
 * would be one for the `id` in a `cloudevent`, and the example be compared letter by letter.
 */
function withNames(interaction: Interaction): Interaction {
  const rules = interaction['matchingRules'] as { metadata?: Readonly<Record<string, unknown>> } | undefined;
  if (rules?.metadata === undefined) return interaction;
  const metadata = Object.entries(rules.metadata).map(([name, rule]) => [/^[\w-]+$/.test(name) ? name : `$['${name}']`, rule]);
  return { ...interaction, matchingRules: { ...rules, metadata: Object.fromEntries(metadata) } };
}

/** Rewrites each file of the folder; says what it then holds, by name. */
export async function canonicalFolder(folder: string): Promise<ReadonlyMap<string, string>> {
  const style = await resolveConfig(committedPacts);
  const texts = new Map<string, string>();
  for (const name of pactNames(folder)) {
    const text = await format(textOf(canonicalPact(readPact(join(folder, name)))), { ...style, parser: 'json' });
    writeFileSync(join(folder, name), text);
    texts.set(name, text);
  }
  return texts;
}

export const pactNames = (folder: string): string[] =>
  readdirSync(folder)
    .filter((name) => name.endsWith('.json'))
    .sort();

/** The committed promises of a provider, those of one kind only: messages want no running service, calls do. Paths. */
export const pactsOf = (provider: string, kind: Interaction['type'], folder: string): string[] =>
  pactNames(committedPacts)
    .map((name) => readPact(join(committedPacts, name)))
    .filter((pact) => pact.provider.name === provider)
    .map((pact) => ({ pact, some: pact.interactions.filter(({ type }) => type === kind) }))
    .filter(({ some }) => some.length > 0)
    .map(({ pact, some }) => pactWith(join(folder, provider), pact, some));

/** A copy with some of the interactions only, or with the interactions changed; its path. */
export function pactWith(folder: string, pact: Pact, interactions: readonly Interaction[]): string {
  mkdirSync(folder, { recursive: true });
  const path = join(folder, `${pact.consumer.name}-${pact.provider.name}.json`);
  writeFileSync(path, textOf({ ...pact, interactions }));
  return path;
}

const textOf = (pact: Pact): string => `${JSON.stringify(pact, null, 2)}\n`;

function sorted(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(sorted);
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(
    Object.entries(value)
      .sort(([a], [b]) => order(a, b))
      .map(([name, each]) => [name, sorted(each)]),
  );
}

const order = (a: string, b: string): number => (a < b ? -1 : a > b ? 1 : 0);
