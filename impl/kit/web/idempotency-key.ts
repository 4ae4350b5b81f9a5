/** `Idempotency-Key` (draft-ietf-httpapi-idempotency-key-header), read alike wherever a request may be sent again. */
import type { Context } from 'koa';
import { AppError } from './errors.ts';

const charsMax = 255;

/**
 * Bare (`Idempotency-Key: 8e03978e`), as most callers send it, or a structured-field string in quotes, as the draft wants it:
 * the same key either way. No comma in a bare one: that would be two headers, joined. Undefined: no key was given.
 */
export function idempotencyKeyOf(ctx: Context): string | undefined {
  const header = ctx.get('Idempotency-Key');
  if (header === '') return undefined;
  const quoted = /^"((?:[\x20\x21\x23-\x5b\x5d-\x7e]|\\["\\])*)"$/.exec(header)?.[1]?.replaceAll(/\\(["\\])/g, '$1');
  const key = quoted ?? (/^[\x21\x23-\x2b\x2d-\x7e]+$/.test(header) ? header : '');
  if (key.length < 1 || key.length > charsMax)
    throw new AppError('INVALID_INPUT', `Idempotency-Key is 1 to ${charsMax} printable ASCII characters, best a UUID`);
  return key;
}
