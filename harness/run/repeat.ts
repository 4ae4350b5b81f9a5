/** The one line that repeats a run: for a shell in the root of the project, or anywhere in a repository that holds more than it. */
import { existsSync } from 'node:fs';
import { dirname, join, relative, resolve } from 'node:path';

export interface CommandAsked {
  /** `verify`, or names of experiments and paths of their files, as they were typed. */
  readonly names: readonly string[] | 'verify';
  /** Where they were typed. */
  readonly from: string;
  /** Of the project. */
  readonly root: string;
  /** As it was typed; undefined when the project's own was taken. */
  readonly system?: string | undefined;
  readonly replicas: ReadonlyMap<string, number>;
}

/** The words after `plumbline`, for a shell that stands in the project's root. The seed is not among them. */
export function commandOf({ names, from, root, system, replicas }: CommandAsked): string {
  const file = (named: string) => {
    const path = relative(root, resolve(from, named));
    return path.startsWith('-') ? `./${path}` : path;
  };
  const words = [
    ...(names === 'verify' ? ['verify'] : ['run', ...names.map((name) => (name.endsWith('.ts') ? file(name) : name))]),
    ...(system === undefined ? [] : ['--system', file(system)]),
    ...[...replicas].flatMap(([name, count]) => ['--replicas', `${name}=${count}`]),
  ];
  return words.map(quoted).join(' ');
}

export interface RepeatAsked {
  readonly command: string;
  readonly seed: number;
  readonly root: string;
  /** What is checked out; undefined where nobody keeps versions. */
  readonly commit: string | undefined;
  /** The repository's own root. */
  readonly top: string | undefined;
}

export function repeatOf({ command, seed, root, commit, top }: RepeatAsked): string {
  const below = top === undefined ? '' : relative(top, root);
  const steps = [
    ...(commit === undefined ? [] : [`git checkout ${commit.slice(0, 12)}`]),
    ...(below === '' ? [] : [`cd "$(git rev-parse --show-toplevel)"/${quoted(below)}`]),
    ...(isInstalled(root, top ?? root) ? ['npm ci'] : []),
    `npx plumbline ${command} --seed ${seed}`,
  ];
  return steps.join(' && ');
}

/** Whether there is a lock file that `npm ci` would keep to. */
function isInstalled(root: string, top: string): boolean {
  for (let folder = root; ; folder = dirname(folder)) {
    if (existsSync(join(folder, 'package-lock.json'))) return true;
    if (folder === top || dirname(folder) === folder) return false;
  }
}

/** One word of a POSIX shell. */
export const quoted = (word: string): string => (/^[\w@%+=:,./-]+$/.test(word) ? word : `'${word.replaceAll("'", "'\\''")}'`);
