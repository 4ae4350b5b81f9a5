/** Where a page of tasks ended, as text that only this list understands. */
import { AppError } from '#kit/errors.ts';

const idMax = 2_147_483_647;

export const cursorOf = (lastId: number): string => Buffer.from(`t1:${lastId}`).toString('base64url');

export function idOfCursor(cursor: string): number {
  const id = Number(/^t1:(\d{1,10})$/.exec(Buffer.from(cursor, 'base64url').toString())?.[1] ?? Number.NaN);
  // Written back it must be the same text: base64 decoding forgives what it doesn't know.
  if (!(id > 0 && id <= idMax) || cursorOf(id) !== cursor) throw new AppError('INVALID_CURSOR');
  return id;
}
