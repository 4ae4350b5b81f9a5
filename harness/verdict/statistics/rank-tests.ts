/**
 * Which of two samples tends to be larger, judged by ranks alone: nothing is assumed of their shape, and a value slower than any
 * limit is simply the last. Mann and Whitney's test says how surprising it is, Vargha and Delaney's A how much it is.
 */

export interface RankTest {
  /** Pairs in which the first sample's value is the larger one; a tie counts half. */
  readonly u: number;
  /** The share of such pairs: 0.5 where neither tends to be larger, 1 where the first always is. Cliff's delta is `2 * superiority - 1`. */
  readonly superiority: number;
  /** Two-sided, by the normal approximation with tie and continuity correction: for more than some twenty values in all. */
  readonly p: number;
}

/** Both samples must hold something; no value may be NaN. */
export function mannWhitney(first: readonly number[], second: readonly number[]): RankTest {
  const [m, n] = [first.length, second.length];
  const all = [...first.map((value) => ({ value, own: true })), ...second.map((value) => ({ value, own: false }))].sort((a, b) =>
    a.value === b.value ? 0 : a.value - b.value,
  );
  let ranksOfFirst = 0;
  /** The sum of t^3 - t over all groups of equal values. */
  let tied = 0;
  for (let from = 0, to = 0; from < all.length; from = to) {
    while (to < all.length && all[to]?.value === all[from]?.value) to += 1;
    const size = to - from;
    const own = all.slice(from, to).filter((one) => one.own).length;
    // Ranks count from one, and equal values share the middle of theirs.
    ranksOfFirst += own * ((from + 1 + to) / 2);
    tied += size ** 3 - size;
  }
  const u = ranksOfFirst - (m * (m + 1)) / 2;
  const spread = Math.sqrt(((m * n) / 12) * (m + n + 1 - tied / ((m + n) * (m + n - 1))));
  const away = Math.max(0, Math.abs(u - (m * n) / 2) - 0.5);
  return { u, superiority: u / (m * n), p: spread > 0 ? Math.min(1, 2 * upperTail(away / spread)) : 1 };
}

/** Of the standard normal distribution, for z >= 0: Abramowitz and Stegun 26.2.17, wrong by less than 1e-7. */
function upperTail(z: number): number {
  const t = 1 / (1 + 0.2316419 * z);
  const polynomial = t * (0.31938153 + t * (-0.356563782 + t * (1.781477937 + t * (-1.821255978 + t * 1.330274429))));
  return (Math.exp((-z * z) / 2) / Math.sqrt(2 * Math.PI)) * polynomial;
}
