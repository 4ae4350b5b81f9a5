import { posix } from 'node:path';
import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { type Call, calls, changes, pathOf } from '../../../impl/frontend/calls.ts';

const read = calls.find((call) => call.path === '/tasks/:id') ?? calls[0];
if (!read) throw new Error('no call');

describe('calls', () => {
  it('puts the user in front', () => {
    expect(pathOf(read, 'auth0|a b', { id: '7' })).toBe('/api/auth0%7Ca%20b/tasks/7');
  });

  it.each(['', '..', '.', '../x', 'a/b', '..%2F..', 'a?b', 'a#b', 'x'.repeat(65), 'ä', '1\n'])('takes no id like %j', (id) => {
    expect(pathOf(read, 'alice', { id })).toBeNull();
  });

  it("never leads out of what is the user's own, even after Dapr has decoded and tidied it", () => {
    fc.assert(
      fc.property(fc.string(), fc.constantFrom(...calls), (id, call) => {
        const path = pathOf(call, 'alice', { id, session_id: id });
        fc.pre(path !== null);
        expect(posix.normalize(decodeURIComponent(path as string)).startsWith('/api/alice/')).toBe(true);
      }),
    );
  });

  it('makes each call that changes something repeatable, and each call known once', () => {
    const [any] = calls as [Call];
    for (const method of ['POST', 'PUT', 'PATCH', 'DELETE'] as const) expect(changes({ ...any, method })).toBe(true);
    expect(changes({ ...any, method: 'GET' })).toBe(false);
    expect(new Set(calls.map(({ method, path }) => `${method} ${path}`)).size).toBe(calls.length);
  });
});
