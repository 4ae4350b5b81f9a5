/** What is checked out in a folder, and how it differs from what was committed. */
import { execFileSync } from 'node:child_process';
import { createHash } from 'node:crypto';

export interface Checkout {
  readonly commit: string;
  /** Whether tracked files were changed since. */
  readonly dirty: boolean;
  /** sha256 of the changes as a patch; only where there are any. */
  readonly diffSha256?: string;
}

/** Undefined where nobody keeps versions, or nothing has been committed. */
export function checkoutOf(folder: string): Checkout | undefined {
  const commit = git(folder, 'rev-parse', 'HEAD')?.toString('utf8').trim();
  if (commit === undefined) return undefined;
  const status = git(folder, 'status', '--porcelain', '--untracked-files=no');
  if (status?.length === 0) return { commit, dirty: false };
  // Whatever git is told to show to this user: the same changes have the same digest. Binary, or two images would be the same change.
  const plain = ['--binary', '--full-index', '--no-ext-diff', '--no-textconv', '--no-color', '--no-renames', '--unified=3'];
  const fixed = [
    '--diff-algorithm=myers',
    '--src-prefix=a/',
    '--dst-prefix=b/',
    '--no-indent-heuristic',
    '--ignore-submodules=dirty',
    '--no-relative',
  ];
  const patch = git(folder, 'diff', 'HEAD', ...plain, ...fixed, '--', ':/');
  return { commit, dirty: true, ...(patch && { diffSha256: createHash('sha256').update(patch).digest('hex') }) };
}

/** The root of the repository that it lies in. */
export const topOf = (folder: string): string | undefined => git(folder, 'rev-parse', '--show-toplevel')?.toString('utf8').trim();

/** Whether the file is among those: a package in node_modules lies in its user's repository, and is none of it. */
export const isTracked = (folder: string, file: string): boolean =>
  git(folder, 'ls-files', '--error-unmatch', file) !== undefined;

function git(cwd: string, ...args: string[]): Buffer | undefined {
  try {
    return execFileSync('git', args, { cwd, stdio: ['ignore', 'pipe', 'ignore'], maxBuffer: 2 ** 30 });
  } catch {
    return undefined;
  }
}
