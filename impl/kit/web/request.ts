/** What routes read of a request: whose, which, what. Everything that can't be read is refused here, alike in every service. */
import type { ValidateFunction } from 'ajv';
import type { Context } from 'koa';
import { storable } from './body.ts';
import { AppError, type ErrorCode } from './errors.ts';
import { fieldErrors } from '../schemas.ts';

export type Call = Context & { readonly params: Readonly<Record<string, string>> };

const idMax = 2_147_483_647;

/** `requireOwner` has found it to be the subject of the caller's token. */
export const userIdOf = (ctx: Call): string => ctx.params['user_id'] as string;

/** An id that nothing can have names nothing: refused as one that is merely not there. */
export function rowIdOf(ctx: Call, notFound: ErrorCode): number {
  const text = ctx.params['id'] ?? '';
  const id = /^[1-9]\d{0,9}$/.test(text) ? Number(text) : 0;
  if (id < 1 || id > idMax) throw new AppError(notFound, `An id is a whole number from 1 to ${idMax}`);
  return id;
}

/** What `jsonBody` has parsed, by the schema of `contracts/http`. */
export function bodyOf<T>(ctx: Call, validate: ValidateFunction<T>): T {
  const body: unknown = ctx.request.body;
  if (!validate(body)) throw new AppError('INVALID_INPUT', undefined, fieldErrors(validate.errors));
  return body;
}

/** For what no schema can say of a body: the one value that can't be used, and why. */
export function refuseValue(pointer: string, message: string): never {
  throw new AppError('INVALID_INPUT', undefined, [{ pointer, message }]);
}

/** The query's values by name. A misspelt filter is an error, as a misspelt field is: silently it would show everything. */
export function queryOf<Name extends string>(ctx: Call, names: readonly Name[]): Readonly<Partial<Record<Name, string>>> {
  for (const [name, value] of Object.entries(ctx.query)) {
    if (!(names as readonly string[]).includes(name))
      throw new AppError('INVALID_INPUT', `The query takes ${names.join(', ')}; "${name}" is none of these`);
    if (Array.isArray(value)) throw new AppError('INVALID_INPUT', `${name} may be given once`);
    if (!storable(value ?? '')) throw new AppError('INVALID_INPUT', `${name} must be well-formed text without NUL`);
  }
  return ctx.query as Partial<Record<Name, string>>;
}

/** How many rows of a page were asked for. */
export const limitOf = (text: string | undefined): number => wholeOf('limit', text, 1, 100) ?? 20;

export function wholeOf(name: string, text: string | undefined, min: number, max: number): number | null {
  if (text === undefined) return null;
  const number = /^\d{1,10}$/.test(text) ? Number(text) : Number.NaN;
  if (!(number >= min && number <= max)) throw new AppError('INVALID_INPUT', `${name} is a whole number from ${min} to ${max}`);
  return number;
}
