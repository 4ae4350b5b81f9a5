/** The one door to `contracts/`: JSON Schemas by path, compiled strictly, when the process starts and not per request. */
import { readdirSync, readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { Ajv, type ErrorObject, type ValidateFunction } from 'ajv';
import addFormats from 'ajv-formats';
import type { FieldError } from './errors.ts';

const contracts = fileURLToPath(new URL('../../contracts/', import.meta.url));
// Not allErrors: a hostile body would make the validator collect errors without end.
const ajv = new Ajv({ strict: true, allErrors: false, allowUnionTypes: true });
addFormats.default(ajv);

const read = (path: string): { $id?: string } => JSON.parse(readFileSync(`${contracts}${path}`, 'utf8'));

// Files refer to each other by $id; all of them are known before the first is compiled.
for (const path of readdirSync(contracts, { recursive: true, encoding: 'utf8' })) {
  if (!/^(http|events|state)\/.*\.json$/.test(path)) continue;
  const schema = read(path) as { $schema?: string; $id?: string };
  if (/draft-07/.test(schema.$schema ?? '')) ajv.addSchema(schema, schema.$id ?? path);
}

export function schemaAt<T>(path: string): ValidateFunction<T> {
  const validate = ajv.getSchema<T>(read(path).$id ?? path);
  if (!validate)
    throw new Error(
      `SCHEMA_UNKNOWN: contracts/${path} is not a draft-07 schema under contracts/http, contracts/events or contracts/state`,
    );
  return validate as ValidateFunction<T>;
}

/** All versions of one event, e.g. `{ 'v1.0': validate }` from `contracts/events/task-event/v1.0.json`. */
export function eventSchemas<T>(event: string): ReadonlyMap<string, ValidateFunction<T>> {
  const files = readdirSync(`${contracts}events/${event}`).filter((name) => /^v\d+\.\d+\.json$/.test(name));
  return new Map(files.map((name) => [name.slice(0, -'.json'.length), schemaAt<T>(`events/${event}/${name}`)]));
}

export function fieldErrors(errors: readonly ErrorObject[] | null | undefined): FieldError[] {
  return (errors ?? []).map((error) => {
    const extra = error.params as { additionalProperty?: string };
    return {
      pointer: error.instancePath,
      message: `${error.message}${extra.additionalProperty ? `: ${extra.additionalProperty}` : ''}`,
    };
  });
}
