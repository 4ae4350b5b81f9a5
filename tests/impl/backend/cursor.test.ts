import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { AppError } from '#kit/web/errors.ts';
import { cursorOf, idOfCursor } from '../../../impl/backend/cursor.ts';
import { taskFilterOf, type TaskQuery } from '../../../impl/backend/task-query.ts';

const list = ['tasks', 'u', {}];

describe('cursor', () => {
  it('comes back as the id it was made of', () => {
    fc.assert(fc.property(fc.integer({ min: 1, max: 2_147_483_647 }), (id) => idOfCursor(cursorOf(id, list), list) === id));
  });

  it('refuses whatever it did not make', () => {
    const others = fc.string().filter((text) => !/^YzI6/.test(text));
    fc.assert(fc.property(others, (text) => expect(() => idOfCursor(text, list)).toThrow(AppError)));
    const made = (id: number) => cursorOf(id, list);
    for (const text of ['', 'c2:5', made(0), made(-1), made(2_147_483_648), `${made(5)}=`, `${made(5)}!`]) {
      expect(() => idOfCursor(text, list)).toThrow('The cursor was not made by this list');
    }
  });

  it('is good for its own list only', () => {
    const queries: TaskQuery[] = [
      {},
      { completed: 'true' },
      { completed: 'false' },
      { priority_id: '1' },
      { tag: 'a' },
      { q: 'a' },
      { due_before: '2030-01-01T00:00:00Z' },
      { due_after: '2030-01-01T00:00:00Z' },
    ];
    const lists = [...queries.map((query) => ['tasks', 'u', taskFilterOf(query)]), ['tasks', 'v', {}], ['templates', 'u']];
    for (const [made, from] of lists.entries()) {
      for (const [asked, of] of lists.entries()) {
        const cursor = cursorOf(7, from);
        if (made === asked) expect(idOfCursor(cursor, of)).toBe(7);
        else expect(() => idOfCursor(cursor, of)).toThrow('with this filter');
      }
    }
    // The same filter written in another way is the same filter; a limit is none.
    const same = [{ due_before: '2030-01-01T01:00:00+01:00' }, { due_before: '2030-01-01T00:00:00Z', limit: '5' }];
    expect(new Set(same.map((query) => cursorOf(7, taskFilterOf(query)))).size).toBe(1);
  });
});
