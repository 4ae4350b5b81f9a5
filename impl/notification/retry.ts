/** When a delivery is tried again. Pure: chance and age come as values. */

/** 2, 10, 50, 250, 1250 s: some 26 minutes in all, because greylisting servers want a quarter of an hour. */
export const attemptsMax = 6;
const retryMsMax = 30 * 60_000;

/** `attempts`: how many have failed. `chance`: 0 to 1, so that what failed together does not come back together. */
export const retryMs = (attempts: number, chance: number): number =>
  jittered(Math.min(retryMsMax, 2_000 * 5 ** (attempts - 1)), chance);

/** When the server could not even be reached: in proportion to how long it has been tried, which doubles by itself. */
export const unreachedMs = (ageMs: number, chance: number): number =>
  jittered(Math.min(60_000, Math.max(1_000, ageMs / 4)), chance);

/** How long a lane keeps still after its server was away so many times in a row. */
export const pauseMs = (failures: number, chance: number): number =>
  jittered(Math.min(30_000, 500 * 2 ** Math.min(failures - 1, 10)), chance);

const jittered = (ms: number, chance: number): number => Math.round(ms * (0.75 + 0.5 * chance));
