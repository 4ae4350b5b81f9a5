/** `GET /openapi.json`: the contract of this API in one document, for whoever can't follow its references to files. */
import { readFileSync } from 'node:fs';
import Router from '@koa/router';

const contracts = new URL('../../contracts/http/', import.meta.url);

type Json = null | boolean | number | string | readonly Json[] | { readonly [name: string]: Json };
type JsonObject = { readonly [name: string]: Json };

export function openApiRoutes(): Router {
  const text = JSON.stringify(openApiDocument());
  return new Router().get('/openapi.json', (ctx) => {
    ctx.type = 'application/json';
    ctx.body = text;
  });
}

/** `contracts/http/openapi.json` with every schema it refers to among its components, named by title. */
export function openApiDocument(): JsonObject {
  const schemas = new Map<string, JsonObject>();

  const withinOne = (value: Json): Json => {
    if (Array.isArray(value)) return value.map(withinOne);
    if (value === null || typeof value !== 'object') return value;
    const { $ref: ref } = value as JsonObject;
    if (typeof ref === 'string' && !ref.startsWith('#')) return { $ref: `#/components/schemas/${adopted(ref)}` };
    return Object.fromEntries(Object.entries(value).map(([name, inner]) => [name, withinOne(inner)]));
  };
  const adopted = (file: string): string => {
    // $id would make the references inside relative to an address that answers nobody.
    const { $id: _id, $schema: _schema, ...schema } = read(file);
    const title = schema.title as string;
    if (!schemas.has(title)) {
      schemas.set(title, schema); // before its own references are followed: they may lead back here
      schemas.set(title, withinOne(schema) as JsonObject);
    }
    return title;
  };

  const document = withinOne(read('openapi.json')) as { readonly components: JsonObject } & JsonObject;
  return { ...document, components: { ...document.components, schemas: Object.fromEntries(schemas) } };
}

const read = (file: string): JsonObject => JSON.parse(readFileSync(new URL(file, contracts), 'utf8'));
