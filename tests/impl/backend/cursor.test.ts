import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { AppError } from '#kit/errors.ts';
import { cursorOf, idOfCursor } from '../../../impl/backend/cursor.ts';

describe('cursor', () => {
  it('comes back as the id it was made of', () => {
    fc.assert(fc.property(fc.integer({ min: 1, max: 2_147_483_647 }), (id) => idOfCursor(cursorOf(id)) === id));
  });

  it('refuses whatever it did not make', () => {
    const others = fc.string().filter((text) => !/^dDE6/.test(text));
    fc.assert(fc.property(others, (text) => expect(() => idOfCursor(text)).toThrow(AppError)));
    for (const text of ['', 't1:5', cursorOf(0), cursorOf(-1), cursorOf(2_147_483_648), `${cursorOf(5)}=`, `${cursorOf(5)}!`]) {
      expect(() => idOfCursor(text)).toThrow('The cursor was not made by this list');
    }
  });
});
