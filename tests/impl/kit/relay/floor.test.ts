import { expect, it } from '@jest/globals';
import { openFloor } from '#kit/relay/floor.ts';

function standing() {
  const clock = { ms: 0 };
  const floor = openFloor(() => clock.ms);
  const look = (resting: string[], seq: string) => {
    floor.snapshot(seq);
    floor.allSentBut(resting);
  };
  return { clock, floor, look };
}

it('lies where nothing can be committed any more that was not looked at', () => {
  const { clock, floor, look } = standing();
  look(['sick'], '100');
  expect(floor.of(['sick'])).toBe('0');
  clock.ms = 29_999;
  look(['sick'], '200');
  expect(floor.of(['sick'])).toBe('0');
  clock.ms = 30_000;
  look(['sick'], '300');
  expect(floor.of(['sick'])).toBe('100');
  clock.ms = 60_000;
  look(['sick'], '400');
  expect(floor.of(['sick'])).toBe('300');
});

it('is for looks that leave out at least the same topics', () => {
  const { clock, floor, look } = standing();
  look(['sick'], '100');
  clock.ms = 30_000;
  look(['sick'], '300');
  expect(floor.of(['sick', 'sick too'])).toBe('100');
  expect(floor.of(['sick too'])).toBe('0');
  expect(floor.of([])).toBe('0');
});

it('stays where it is while a look was not whole', () => {
  const { clock, floor, look } = standing();
  look(['sick'], '100');
  clock.ms = 40_000;
  floor.snapshot('300');
  expect(floor.of(['sick'])).toBe('0');
});

it('is forgotten with the buckets', () => {
  const { clock, floor, look } = standing();
  look(['sick'], '100');
  clock.ms = 30_000;
  look(['sick'], '300');
  floor.forget();
  expect(floor.of(['sick'])).toBe('0');
});
