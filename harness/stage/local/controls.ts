import type { Part } from '../../process/part.ts';
import type { Controls, CrashSeen } from '../target.ts';

/** What can be done to parts that are processes of our own. */
export function localControls(parts: ReadonlyMap<string, Part>): Controls {
  const part = (name: string): Part => {
    const found = parts.get(name);
    if (!found) throw new Error(`NO_PART: ${name}; this target has ${[...parts.keys()].join(', ')}`);
    return found;
  };
  return {
    kill: async (name) => part(name).kill(),
    revive: async (name) => part(name).revive(),
    replace: async (name) => part(name).replace(),
    pause: async (name) => part(name).pause(),
    resume: async (name) => part(name).resume(),
  };
}

export const crashesOf = (parts: ReadonlyMap<string, Part>, sinceMs: number): CrashSeen[] =>
  [...parts].flatMap(([part, { crashes }]) =>
    crashes
      .filter(({ at }) => at >= sinceMs)
      .map(({ at, exit: { code, signal, logTail } }) => ({ part, at, code, signal, lastWords: logTail.slice(-1_000) })),
  );
