import { expect, test } from '@jest/globals';
import { effectsSeen } from '../../../../harness/stage/observe/effects-seen.ts';
import type { Effect } from '../../../../harness/evidence/records.ts';

const start = 1_000_000;
/** A consumer whose effects become visible one after the other; which look read from when is remembered. */
function consumer() {
  const there: Effect[] = [];
  const readFrom: number[] = [];
  let now = start;
  const seen = effectsSeen(
    async (sinceMs) => {
      readFrom.push(sinceMs);
      return there.filter(({ at }) => at >= sinceMs);
    },
    () => now,
  );
  return {
    readFrom,
    make: (eventId: string, at: number) => void there.push({ seq: there.length, eventId, eventType: 'x', key: 'k', at }),
    async after(ms: number) {
      now += ms;
      return [...(await seen(start))].sort();
    },
  };
}

test('what was seen once stays seen, and only what is new is read', async () => {
  const { make, after, readFrom } = consumer();
  make('a', start + 10_000);
  expect(await after(0)).toEqual(['a']);
  make('b', start + 30_000);
  expect(await after(100)).toEqual(['a', 'b']);
  expect(await after(100)).toEqual(['a', 'b']);
  expect(readFrom).toEqual([start, start + 5_000, start + 25_000]);
});

test('a transaction that stood still for long is seen by the next look at all', async () => {
  const { make, after } = consumer();
  make('a', start + 60_000);
  expect(await after(0)).toEqual(['a']);
  make('late', start + 10);
  expect(await after(100)).toEqual(['a']);
  expect(await after(2_000)).toEqual(['a', 'late']);
});
