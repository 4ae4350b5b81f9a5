/** What a workload leaves to chance: the same seed and iteration give the same draw, whichever virtual user makes it. Also for k6. */
export interface Draw {
  readonly title: string;
  readonly description: string;
  readonly priority: number;
}

const words = 'as long as people write them when they have something to say about what there is to be done '.repeat(8);
/** Most are short and a few are long, as people's are: between none and all of `words`. */
const descriptionOf = (share: number): string => words.slice(0, Math.round(words.length * share ** 3));

export function drawTask(seed: number, iteration: number): Draw {
  const random = mulberry32((Math.imul(iteration + 1, 0x9e3779b1) ^ seed) >>> 0);
  return {
    title: `task ${iteration}`,
    description: descriptionOf(random()),
    priority: 1 + Math.floor(random() * 3),
  };
}

function mulberry32(seed: number): () => number {
  let state = seed;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4_294_967_296;
  };
}
