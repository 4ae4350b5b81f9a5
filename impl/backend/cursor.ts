/** Where a page of a list ended, as text that only the same list understands: same owner, same filter. */
import { createHash } from 'node:crypto';
import { AppError } from '#kit/web/errors.ts';

const idMax = 2_147_483_647;

/** `list` is what makes the list this one, e.g. `['tasks', userId, filter]`; it is compared as JSON. */
export const cursorOf = (lastId: number, list: unknown): string =>
  Buffer.from(`c2:${lastId}:${fingerprintOf(list)}`).toString('base64url');

export function idOfCursor(cursor: string, list: unknown): number {
  const id = Number(/^c2:(\d{1,10}):/.exec(Buffer.from(cursor, 'base64url').toString())?.[1] ?? Number.NaN);
  // Written back it must be the same text: base64 decoding forgives what it doesn't know, and another filter has another print.
  if (!(id > 0 && id <= idMax) || cursorOf(id, list) !== cursor) {
    throw new AppError('INVALID_CURSOR', 'The cursor was not made by this list with this filter; begin again without one');
  }
  return id;
}

/** Not a secret: a forged cursor shows its owner's own tasks. It only tells lists apart. */
const fingerprintOf = (list: unknown): string =>
  createHash('sha256').update(JSON.stringify(list)).digest('base64url').slice(0, 12);
