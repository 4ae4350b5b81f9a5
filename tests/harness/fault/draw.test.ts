import { describe, expect, it } from '@jest/globals';
import { drawn } from '../../../harness/fault/draw.ts';
import type { Fault } from '../../../harness/fault/fault.ts';

const kill: Fault = { do: 'kill', to: 'kafka', afterMs: { from: 1_000, to: 9_000 }, forMs: 500, tolerated: true };

describe('what is drawn of faults', () => {
  it('is the same with the same seed, and another with another', () => {
    expect(drawn([kill], 7, 'one')).toEqual(drawn([kill], 7, 'one'));
    expect(drawn([kill], 7, 'one')).not.toEqual(drawn([kill], 8, 'one'));
    expect(drawn([kill], 7, 'one')).not.toEqual(drawn([kill], 7, 'other'));
  });

  it('lies in its range, and reaches all of it', () => {
    const times = Array.from({ length: 500 }, (_, seed) => drawn([kill], seed, 'one')[0]?.afterMs ?? Number.NaN);
    expect(Math.min(...times)).toBeGreaterThanOrEqual(1_000);
    expect(Math.max(...times)).toBeLessThanOrEqual(9_000);
    expect(Math.max(...times) - Math.min(...times)).toBeGreaterThan(7_000);
  });

  it('is not moved by a fault before it', () => {
    const other: Fault = { ...kill, to: 'redis' };
    expect(drawn([other, kill], 7, 'one')[1]).toEqual({ ...drawn([kill, kill], 7, 'one')[1], name: 'kill-kafka' });
  });

  it('keeps every parameter, and gives each a name of its own', () => {
    const two = drawn([{ ...kill, depth: 3 }, kill], 7, 'one');
    expect(two.map(({ name }) => name)).toEqual(['kill-kafka', 'kill-kafka-2']);
    expect(two[0]).toMatchObject({ do: 'kill', to: 'kafka', depth: 3, forMs: 500, tolerated: true });
  });
});
