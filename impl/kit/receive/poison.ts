/**
 * Whether an event that its handler can't bear is to blame for it. Proven only by its like: while one event failed again and again for
 * most of a minute, another of its kind was handled. As long as none goes through, the trouble is ours, and all wait for its end.
 */
const triesMin = 10;
const triesMsMin = 45_000;
const rememberedMax = 1_000;

export interface Poison {
  /** `kind`: events that one handler treats alike. */
  handled(kind: string, id: string): void;
  /** It failed once more. Says why it is poison, as a phrase, or nothing while that isn't proven. */
  failed(kind: string, id: string, error: Error): string | undefined;
}

export function openPoison(nowMs = () => performance.now()): Poison {
  const failing = new Map<string, { sinceMs: number; tries: number }>();
  const handledAtMs = new Map<string, number>();
  return {
    handled(kind, id) {
      handledAtMs.set(kind, nowMs());
      failing.delete(id);
    },
    failed(kind, id, error) {
      const known = failing.get(id) ?? { sinceMs: nowMs(), tries: 0 };
      known.tries += 1;
      failing.set(id, known);
      // The oldest is forgotten, and has to prove itself anew.
      if (failing.size > rememberedMax) failing.delete(failing.keys().next().value as string);
      const forMs = nowMs() - known.sinceMs;
      if (known.tries < triesMin || forMs < triesMsMin || !((handledAtMs.get(kind) ?? 0) > known.sinceMs)) return undefined;
      failing.delete(id);
      return `failed ${known.tries} times in ${Math.round(forMs / 1_000)} s, while others of its kind were handled: ${error.message}`;
    },
  };
}
