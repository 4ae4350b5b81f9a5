/** What an answer must say of Redis comes from what was done to Redis, never from the answer. */
import { expect, it } from '@jest/globals';
import { mustSay } from '../../chaos/redis-down.drill.ts';

const redis = (now: { in: boolean; healing: boolean }) => [{ name: 'kill-redis', part: 'redis', ...now }];
const untouched: never[] = [];
const goingIn = redis({ in: false, healing: false });
const away = redis({ in: true, healing: false });
const comingBack = redis({ in: true, healing: true });
const other = [{ name: 'kill-kafka', part: 'kafka', in: true, healing: false }];

it.each([
  ['before Redis went', untouched, untouched, false],
  ['while something else was away', other, other, false],
  ['while Redis was away from before it was sent until after it was answered', away, away, true],
  ['when Redis went meanwhile', untouched, away, undefined],
  ['when Redis was on its way out', goingIn, away, undefined],
  ['when Redis came back meanwhile', away, comingBack, undefined],
  ['after Redis came back', comingBack, comingBack, undefined],
])('%s', (_when, before, after, said) => {
  expect(mustSay(before, after)).toBe(said);
});
