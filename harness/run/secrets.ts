/** Whether a log of the run tells a secret of it: those that were made for it, by value, and any token of a user, by its shape. */
import { createReadStream, existsSync, readdirSync } from 'node:fs';
import { join, relative } from 'node:path';
import { createInterface } from 'node:readline';
import type { Secret } from '../stage/stager.ts';

export interface Sought {
  readonly files: number;
  readonly lines: number;
  /** What was looked for. */
  readonly secrets: readonly string[];
  /** Lines that tell one. */
  readonly told: number;
  /** The first of them: `logs/1/backend.log:17: a user's token`. */
  readonly where: readonly string[];
}

const whereMax = 20;
/** Shorter ones would be found by chance. */
const charsMin = 12;
const userToken = /\beyJ[\w-]{8,}\.eyJ[\w-]{8,}\.[\w-]{16,}/;
const userTokenName = "a user's token";

/** Of all files below `root/folder`; names are from `root`. */
export async function secretsIn(root: string, folder: string, secrets: readonly Secret[]): Promise<Sought> {
  const sought = secrets.filter(({ value }) => value.length >= charsMin);
  const found: string[] = [];
  let lines = 0;
  const files = existsSync(folder)
    ? readdirSync(folder, { recursive: true, withFileTypes: true }).filter((entry) => entry.isFile())
    : [];
  for (const entry of files) {
    const file = join(entry.parentPath, entry.name);
    let number = 0;
    for await (const line of createInterface({ input: createReadStream(file), crlfDelay: Infinity })) {
      number += 1;
      const named = sought.filter(({ value }) => line.includes(value)).map(({ name }) => name);
      if (userToken.test(line)) named.push(userTokenName);
      if (named.length > 0) found.push(`${relative(root, file)}:${number}: ${named.join(', ')}`);
    }
    lines += number;
  }
  return {
    files: files.length,
    lines,
    secrets: [...new Set([...sought.map(({ name }) => name), userTokenName])],
    told: found.length,
    where: found.slice(0, whereMax),
  };
}
