/** JSON bodies as this system accepts them. */
import { bodyParser } from '@koa/bodyparser';
import type { Context, Next } from 'koa';
import { AppError } from './errors.ts';

const bodyBytesMax = '64kb';

const parse = bodyParser({
  enableTypes: ['json'],
  // The default leaves out DELETE, and what names the thing to be deleted would be lost.
  parsedMethods: ['POST', 'PUT', 'PATCH', 'DELETE'],
  jsonLimit: bodyBytesMax,
  onError(error) {
    const { status } = error as Error & { status?: number };
    throw status === 413 || status === 415 ? error : new AppError('MALFORMED_JSON', error.message);
  },
});

/** For routes that take a body. Refuses what Postgres can't hold as text: NUL, and half of a surrogate pair. */
export async function jsonBody(ctx: Context, next: Next): Promise<void> {
  if (!ctx.is('application/json')) throw new AppError('UNSUPPORTED_MEDIA_TYPE');
  await parse(ctx as never, async () => {});
  const pointer = unstorable(ctx.request.body, '');
  if (pointer !== undefined)
    throw new AppError('INVALID_INPUT', undefined, [{ pointer, message: 'must be well-formed text without NUL' }]);
  await next();
}

/**
 * For routes where a body may be left out; if there is one it is read as any other. The sidecar hands on no body as an empty
 * one in chunks, which has no type.
 */
export async function jsonBodyIfAny(ctx: Context, next: Next): Promise<void> {
  const inChunks = ctx.get('Transfer-Encoding') !== '' && ctx.get('Content-Type') !== '';
  const hasBody = inChunks || Number(ctx.get('Content-Length')) > 0;
  await (hasBody ? jsonBody(ctx, next) : next());
}

function unstorable(value: unknown, path: string): string | undefined {
  if (typeof value === 'string') return storable(value) ? undefined : path;
  if (typeof value !== 'object' || value === null) return undefined;
  for (const [name, inner] of Object.entries(value)) {
    // Deep nesting is refused by the schema; here it must only not overflow the stack.
    const found =
      path.length > 256 ? path : (unstorable(inner, `${path}/${name.slice(0, 64)}`) ?? (storable(name) ? undefined : path));
    if (found !== undefined) return found;
  }
  return undefined;
}

export const storable = (text: string): boolean => !text.includes('\0') && text.isWellFormed();
