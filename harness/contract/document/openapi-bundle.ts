/**
 * An OpenAPI document in one piece: what it refers to in files beside it becomes a component, named by its title. A run
 * keeps such copies, because whoever judges it years later has no files beside the document.
 */
export type Json = null | boolean | number | string | readonly Json[] | JsonObject;
export interface JsonObject {
  readonly [name: string]: Json;
}

export function bundleOpenApi(
  document: JsonObject,
  read: (file: string) => JsonObject,
  nameOf: (schema: JsonObject, file: string) => string = ({ title }, file) => (typeof title === 'string' ? title : file),
): JsonObject {
  const schemas = new Map<string, Json>();
  const within = (value: Json): Json => {
    if (Array.isArray(value)) return value.map(within);
    if (!isObject(value)) return value;
    const { $ref: ref } = value;
    if (typeof ref === 'string' && !ref.startsWith('#')) return { $ref: `#/components/schemas/${adopted(ref)}` };
    return Object.fromEntries(Object.entries(value).map(([name, inner]) => [name, within(inner)]));
  };
  const adopted = (ref: string): string => {
    // With its $id, references inside would be relative to an address that answers nobody.
    const { $id: _id, $schema: _schema, ...schema } = read(ref);
    const title = nameOf(schema, ref);
    if (!schemas.has(title)) {
      schemas.set(title, schema); // before its own references are followed: they may lead back here
      schemas.set(title, within(schema));
    }
    return title;
  };
  const whole = within(document) as JsonObject;
  const components = isObject(whole.components) ? whole.components : {};
  return {
    ...whole,
    components: { ...components, schemas: { ...asObject(components.schemas), ...Object.fromEntries(schemas) } },
  };
}

export const isObject = (value: unknown): value is JsonObject =>
  typeof value === 'object' && value !== null && !Array.isArray(value);
export const asObject = (value: unknown): JsonObject => (isObject(value) ? value : {});

export const textOf = (value: Json | undefined): string =>
  value === undefined ? '' : typeof value === 'string' ? value : JSON.stringify(value);
export const listOf = (value: Json | undefined): readonly Json[] => (Array.isArray(value) ? (value as readonly Json[]) : []);

/** The value at `#/a/b`, following references it meets on the way; undefined when there is none. */
export function resolved(document: JsonObject, value: Json | undefined): Json | undefined {
  let found = value;
  // A document whose references go round in a ring must not hold anybody up.
  for (let hops = 0; hops < 16; hops++) {
    const ref = isObject(found) ? found.$ref : undefined;
    if (typeof ref !== 'string' || !ref.startsWith('#/')) return found;
    found = ref
      .slice(2)
      .split('/')
      .map((part) => decodeURIComponent(part).replaceAll('~1', '/').replaceAll('~0', '~'))
      .reduce<Json | undefined>((at, part) => {
        if (Array.isArray(at)) return (at as readonly Json[])[Number(part)];
        return Object.hasOwn(asObject(at), part) ? asObject(at)[part] : undefined;
      }, document);
  }
  return undefined;
}
