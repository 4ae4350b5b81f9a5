/** The newest of what came in, in memory and in an append-only file: a sink that was killed and revived still has it. */
import { appendFileSync, existsSync, readFileSync, renameSync, writeFileSync } from 'node:fs';

export interface Kept<T> {
  /** In the order they came. */
  all(): readonly T[];
  /** On the file before it returns, so what was acknowledged to a client outlives a SIGKILL. */
  add(one: T): void;
  clear(): void;
}

export function kept<T>(file: string, countMax: number): Kept<T> {
  let things = read<T>(file).slice(-countMax);
  let lines = 0;
  /** Whole or not at all: a rename. */
  const rewrite = () => {
    writeFileSync(`${file}.new`, things.map(line).join(''), { mode: 0o600 });
    renameSync(`${file}.new`, file);
    lines = things.length;
  };
  // A half line of a killed life would spoil the one written after it.
  rewrite();
  return {
    all: () => things,
    add(one) {
      things.push(one);
      if (things.length > countMax) things.shift();
      if (lines >= 2 * countMax) return rewrite();
      appendFileSync(file, line(one));
      lines += 1;
    },
    clear() {
      things = [];
      rewrite();
    },
  };
}

const line = (thing: unknown) => `${JSON.stringify(thing)}\n`;

function read<T>(file: string): T[] {
  if (!existsSync(file)) return [];
  const lines = readFileSync(file, 'utf8').split('\n');
  // After the last line feed there is nothing, or the half line of a killed life.
  return lines.slice(0, -1).map((each) => JSON.parse(each) as T);
}
