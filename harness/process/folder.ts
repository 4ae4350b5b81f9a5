/** Folders that live as long as a scope, and are removed even when the harness is killed. */
import { chmodSync, mkdtempSync, statSync } from 'node:fs';
import { rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { watchFolder } from './reaper.ts';
import type { Scope } from './scope.ts';

/** A new folder `<under>/plumbline-<name>-` and six random letters that others may pass through (0711): Postgres runs under another uid than root. */
export function claimFolder(
  scope: Scope,
  { name, under = tmpdir() }: { readonly name: string; readonly under?: string },
): string {
  let unwatch = () => {};
  let path: string | undefined;
  scope.defer(`remove the folder of ${name}`, async () => {
    if (!path) return;
    await rm(path, { recursive: true, force: true, maxRetries: 3 });
    unwatch();
  });
  path = mkdtempSync(join(under, `plumbline-${name}-`));
  unwatch = watchFolder(path);
  chmodSync(path, 0o711);
  return path;
}

/** Whether a process of that uid can walk down to `path`: mkdtemp makes 0700 folders, and so do many home folders. */
export function canReach(path: string, uid: number): boolean {
  const { mode, uid: owner } = statSync(path);
  if (!(owner === uid ? mode & 0o100 : mode & 0o001)) return false;
  return dirname(path) === path || canReach(dirname(path), uid);
}
