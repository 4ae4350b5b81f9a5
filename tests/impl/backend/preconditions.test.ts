import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import type { AppError } from '#kit/web/errors.ts';
import { etagOf, preconditionOf } from '../../../impl/backend/preconditions.ts';

/** What becomes of a change to something at revision 3. */
function outcome(headers: Readonly<Record<string, string>>): number {
  try {
    preconditionOf((name) => headers[name] ?? '')(3);
    return 200;
  } catch (error) {
    return (error as AppError).status;
  }
}

describe('preconditions', () => {
  it.each([
    [{}, 200],
    [{ 'If-Match': '"3"' }, 200],
    [{ 'If-Match': '*' }, 200],
    [{ 'If-Match': '"1", "2" ,"3"' }, 200],
    [{ 'If-Match': ', "3",,' }, 200],
    [{ 'If-Match': '"a,b", "3"' }, 200],
    [{ 'If-Match': '"2"' }, 412],
    [{ 'If-Match': '"03"' }, 412],
    [{ 'If-Match': '""' }, 412],
    [{ 'If-Match': '"3,"' }, 412],
    [{ 'If-Match': 'W/"3"' }, 412], // strong comparison
    [{ 'If-Match': 'W/"3", "3"' }, 200],
    [{ 'If-Match': '3' }, 400],
    [{ 'If-Match': '"3' }, 400],
    [{ 'If-Match': '"3""4"' }, 400],
    [{ 'If-Match': '"3" "4"' }, 400],
    [{ 'If-Match': 'w/"3"' }, 400], // W is case-sensitive
    [{ 'If-Match': '*, "3"' }, 400],
    [{ 'If-Match': ',' }, 400],
    [{ 'If-None-Match': '*' }, 412],
    [{ 'If-None-Match': 'W/"3"' }, 412], // weak comparison
    [{ 'If-None-Match': '"2"' }, 200],
    [{ 'If-None-Match': 'no' }, 400],
    [{ 'If-Match': '"3"', 'If-None-Match': '"3"' }, 412],
  ])('%j at revision 3: %d', (headers, status) => {
    expect(outcome(headers)).toBe(status);
  });

  it('lets its own tags pass, whatever stands beside them, and takes no time over odd ones', () => {
    const others = fc.array(fc.stringMatching(/^(W\/)?"[!#-~]{0,8}"$/));
    fc.assert(
      fc.property(fc.integer({ min: 1 }), others, (revision, tags) => {
        preconditionOf((name) => (name === 'If-Match' ? [...tags, etagOf(revision)].join(', ') : ''))(revision);
      }),
    );
    for (const odd of [' '.repeat(16_000), ','.repeat(16_000), '"'.repeat(16_000), ` ,"3"`.repeat(3_000), 'W/'.repeat(8_000)]) {
      const startedAt = performance.now();
      outcome({ 'If-Match': odd });
      expect(performance.now() - startedAt).toBeLessThan(500);
    }
  });
});
