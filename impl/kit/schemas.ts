/** The one door to `contracts/`: validators by path, compiled strictly beforehand (`npm run generate`). */
import type { ErrorObject, ValidateFunction } from 'ajv';
import type { FieldError } from './web/errors.ts';
import { validators } from './validators.js';

export function schemaAt<T>(path: string): ValidateFunction<T> {
  const validate = validators.get(path);
  if (!validate)
    throw new Error(
      `SCHEMA_UNKNOWN: contracts/${path} is not a draft-07 schema under contracts/http, contracts/events or contracts/state. ` +
        'Is it new? npm run generate',
    );
  return validate as ValidateFunction<T>;
}

/** All versions of one event, e.g. `{ 'v1.0': validate }` from `contracts/events/task-event/v1.0.json`. */
export function eventSchemas<T>(event: string): ReadonlyMap<string, ValidateFunction<T>> {
  const found = [...validators].flatMap(([path, validate]) => {
    const [, version] = new RegExp(`^events/${event}/(v\\d+\\.\\d+)\\.json$`).exec(path) ?? [];
    return version === undefined ? [] : [[version, validate as ValidateFunction<T>] as const];
  });
  if (found.length === 0) throw new Error(`SCHEMA_UNKNOWN: contracts/events/${event} holds no version of an event`);
  return new Map(found);
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
