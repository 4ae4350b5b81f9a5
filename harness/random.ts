/** Chance that can be repeated: everything drawn in a run comes from its one seed. */
import { createHash } from 'node:crypto';

/** Uniform numbers in [0, 1). */
export type Random = () => number;

/** mulberry32: small, seeded, good enough to choose schedules; not for secrets. */
export function randomFrom(seed: number): Random {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4_294_967_296;
  };
}

/** A seed of its own for each who draws, so that nobody's draw moves another's. */
export const seedOf = (seed: number, ...who: readonly (string | number)[]): number =>
  createHash('sha256')
    .update(JSON.stringify([seed, ...who]))
    .digest()
    .readUInt32BE(0);

/** A version 4 UUID of the run's own chance, in the place of `crypto.randomUUID`: the same seed names the same things. */
export function uuidFrom(random: Random): string {
  const bytes = Buffer.from(Array.from({ length: 16 }, () => Math.floor(random() * 256)));
  bytes[6] = (bytes.readUInt8(6) & 0x0f) | 0x40;
  bytes[8] = (bytes.readUInt8(8) & 0x3f) | 0x80;
  return bytes.toString('hex').replace(/^(.{8})(.{4})(.{4})(.{4})(.{12})$/, '$1-$2-$3-$4-$5');
}
