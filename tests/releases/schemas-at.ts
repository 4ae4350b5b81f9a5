/**
 * In the place of `impl/kit/schemas.ts`: the event versions the release knew, and no other. Fields that came later are taken off
 * before a handler sees them, as the release's code never looked at them.
 */
import { Ajv, type ValidateFunction } from 'ajv';
import addFormats from 'ajv-formats';
import { schemasOf } from './release.ts';

export * from '../../impl/kit/schemas.ts';

export function eventSchemas<T>(family: string): ReadonlyMap<string, ValidateFunction<T>> {
  const ajv = new Ajv({ strict: true, allowUnionTypes: true, removeAdditional: 'all' });
  addFormats.default(ajv);
  return new Map([...schemasOf(family)].map(([version, schema]) => [version, ajv.compile<T>(schema)]));
}
