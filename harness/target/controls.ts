import type { Part } from '../process/part.ts';
import type { Controls } from './target.ts';

/** What can be done to parts that are processes of our own. */
export function localControls(parts: ReadonlyMap<string, Part>): Controls {
  const part = (name: string): Part => {
    const found = parts.get(name);
    if (!found) throw new Error(`NO_PART: ${name}; this target has ${[...parts.keys()].join(', ')}`);
    return found;
  };
  return {
    kill: (name) => part(name).kill(),
    revive: (name) => part(name).revive(),
    pause: (name) => part(name).pause(),
    resume: (name) => part(name).resume(),
  };
}
