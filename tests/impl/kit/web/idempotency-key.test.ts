import { describe, expect, it } from '@jest/globals';
import type { Context } from 'koa';
import { idempotencyKeyOf } from '#kit/web/idempotency-key.ts';
import { badKeys, goodKeys } from '../../idempotency-keys.ts';

const keyOf = (header: string) => idempotencyKeyOf({ get: () => header } as unknown as Context);

describe('Idempotency-Key', () => {
  it('is the same bare or in quotes, and none when nothing was given', () => {
    expect([keyOf('8e03978e'), keyOf('"8e03978e"')]).toEqual(['8e03978e', '8e03978e']);
    expect([keyOf('a\\b'), keyOf('"a\\\\b"'), keyOf('"say \\"x\\", twice"')]).toEqual(['a\\b', 'a\\b', 'say "x", twice']);
    expect(keyOf('')).toBeUndefined();
  });

  it.each(badKeys)('is refused as %s', (header) => {
    expect(() => keyOf(header)).toThrow('Idempotency-Key is 1 to 255 printable ASCII characters');
  });

  it.each(goodKeys)('may be %s', (header) => {
    expect(keyOf(header)?.length).toBeGreaterThan(0);
  });
});
