import type { Part } from '../../process/part.ts';
import type { Controls, CrashSeen } from '../target.ts';

/** What a broker does with one of its topics. */
export interface Topics {
  refuseWrites(topic: string): Promise<void>;
  takeWrites(topic: string): Promise<void>;
}

/** What can be done to parts that are processes of our own, and to topics. */
export function localControls(parts: ReadonlyMap<string, Part>, topics: Topics): Controls {
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
    refuse: async (name) => topics.refuseWrites(topicOf(name)),
    accept: async (name) => topics.takeWrites(topicOf(name)),
  };
}

function topicOf(name: string): string {
  const [, topic] = /^kafka\/(.+)$/.exec(name) ?? [];
  if (topic === undefined) throw new Error(`NO_PART: ${name} is no topic; name it as kafka/<topic>`);
  return topic;
}

export const crashesOf = (parts: ReadonlyMap<string, Part>, sinceMs: number): CrashSeen[] =>
  [...parts].flatMap(([part, { crashes }]) =>
    crashes
      .filter(({ at }) => at >= sinceMs)
      .map(({ at, exit: { code, signal, logTail } }) => ({ part, at, code, signal, lastWords: logTail.slice(-1_000) })),
  );
