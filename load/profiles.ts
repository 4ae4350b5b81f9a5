/** Who the load comes from: enough users that no one's rows are a hot spot, few enough to mint a token for each. */
export const fiftyUsers = (seed: number): readonly string[] => Array.from({ length: 50 }, (_, n) => `k6-${seed}-${n}`);
