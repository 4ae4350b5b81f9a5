/** The order of the line, without a database: which rows may share a call. */
import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { backoffMs, headsOf } from '#kit/relay/lane.ts';
import { bucketCount, bucketOf, type OutboxRow } from '#kit/outbox.ts';

const rowOf = (key: string, id: string, body = '{}'): OutboxRow => ({
  id,
  key,
  topics: ['t'],
  bucket: 0,
  type: 'x',
  body,
  trace: null,
  requestId: null,
  attempts: 0,
});
const rowsArbitrary = fc.array(fc.constantFrom('a', 'b', 'c', 'd')).map((keys) => keys.map((key, at) => rowOf(key, String(at))));

describe('heads of a lane', () => {
  it('holds each key once, and nothing overtakes an earlier row of its key', () => {
    fc.assert(
      fc.property(rowsArbitrary, fc.integer({ min: 1, max: 5 }), (rows, rowsMax) => {
        const { batch, rest } = headsOf(rows, rowsMax);
        expect(new Set(batch.map((row) => row.key)).size).toBe(batch.length);
        expect(batch.length).toBeLessThanOrEqual(rowsMax);
        for (const row of batch)
          expect(rest.some((other) => other.key === row.key && Number(other.id) < Number(row.id))).toBe(false);
        expect([...batch, ...rest].map((row) => Number(row.id)).sort((a, b) => a - b)).toEqual(rows.map((row) => Number(row.id)));
      }),
    );
  });

  it('is never empty, however large its first row is, and stays under the size daprd takes', () => {
    const large = JSON.stringify('x'.repeat(900_000));
    expect(headsOf([rowOf('a', '1', large), rowOf('b', '2', large)], 10).batch.map((row) => row.id)).toEqual(['1']);
  });
});

it('backoff doubles and is bounded', () => {
  expect([1, 2, 3, 6, 1000].map(backoffMs)).toEqual([100, 200, 400, 2_000, 2_000]);
});

it('buckets depend on the key alone and use the whole range', () => {
  const used = new Set(Array.from({ length: 2_000 }, (_, id) => bucketOf(String(id))));
  expect(used.size).toBe(bucketCount);
  expect(bucketOf('42')).toBe(bucketOf('42'));
});
