/** How an event names the contract that it keeps: by its type, and by fields that the contract's path is made of. */
import type { EventNaming } from './records.ts';

export type Named =
  | { readonly path: string; readonly known: RegExp }
  | { readonly because: string; /** It has a type, and nobody promised anything of it. */ readonly unnamed?: true };

/** The schema an event says it keeps, as a path below `contracts/events`, and a pattern for the copies of its other versions. */
export function contractOf(event: unknown, { type: typeField, contracts }: EventNaming): Named {
  const type = textAt(event, typeField);
  if (type === undefined) return { because: `${typeField} is missing: this is no event` };
  const [, template] = Object.entries(contracts).find(([pattern]) => matching(pattern, '*').test(type)) ?? [];
  if (template === undefined) return { because: `no contract is named for events of type ${type}`, unnamed: true };
  const lacking: string[] = [];
  const path = template.replaceAll(/\{(\w+)\}/g, (_all, field: string) => {
    const value = textAt(event, field);
    // It becomes a part of a path: `../` is nobody's version.
    if (value === undefined || !/^[\w.-]+$/.test(value)) lacking.push(field);
    return value ?? '';
  });
  return lacking.length > 0
    ? { because: `${lacking.join(' and ')} of a ${type} event is missing, and names its contract: this is no event` }
    : { path, known: matching(schemaNameOf(template), '{}') };
}

/** Types that are promised together: those that one pattern fits. A type of which nobody promised anything is alone. */
export const familyOf = (type: string, { contracts }: EventNaming): string =>
  Object.keys(contracts).find((pattern) => matching(pattern, '*').test(type)) ?? type;

/** Whether a file below `contracts/events` is one that an event could name. */
export function isContract(path: string, { contracts }: EventNaming): boolean {
  return Object.values(contracts).some((template) => matching(template, '{}').test(path));
}

/** Whether a type is one of those that the patterns name; no patterns name all. */
export const isOneOf = (type: string, patterns: readonly string[] = ['*']): boolean =>
  patterns.some((pattern) => matching(pattern, '*').test(type));

/** `task-event/v1.0.json` -> `task-event-v1.0`: the name of its copy in a run folder. */
export const schemaNameOf = (path: string): string => path.replace(/\.json$/, '').replaceAll('/', '-');

const matchers = { '*': new Map<string, RegExp>(), '{}': new Map<string, RegExp>() };

/** `*` stands for any text; `{}` for fields, each within one part of a path. Made once for each pattern: they are asked of each row. */
function matching(pattern: string, holes: '*' | '{}'): RegExp {
  const known = matchers[holes].get(pattern);
  if (known) return known;
  const parts = holes === '*' ? pattern.split('*') : pattern.split(/\{\w+\}/);
  const made = new RegExp(`^${parts.map((part) => RegExp.escape(part)).join(holes === '*' ? '.*' : '[\\w.-]+')}$`);
  matchers[holes].set(pattern, made);
  return made;
}

export function textAt(value: unknown, name: string): string | undefined {
  const own = typeof value === 'object' && value !== null && Object.hasOwn(value, name);
  const found = own ? (value as Record<string, unknown>)[name] : undefined;
  return typeof found === 'string' ? found : undefined;
}
