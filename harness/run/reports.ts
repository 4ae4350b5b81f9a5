/** The reports folder: a new folder for each run, and `latest`, which leads to the last one. */
import { existsSync, lstatSync, mkdirSync, renameSync, rmSync, symlinkSync } from 'node:fs';
import { basename, dirname, join } from 'node:path';

/** Makes `<reports>/<time>-<pid>`, with a number behind it where that is taken. Throws REPORTS_UNWRITABLE. */
export function makeRunFolder(reports: string, startedAt: Date): string {
  const name = `${startedAt.toISOString().replace(/[:.]/g, '-').slice(0, 19)}-${process.pid}`;
  try {
    makeWithParents(reports);
    for (let n = 1; ; n++) {
      const folder = join(reports, n === 1 ? name : `${name}-${n}`);
      try {
        // Not recursive: of two who want the same one, one must be told.
        mkdirSync(folder);
        return folder;
      } catch (error) {
        if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw error;
      }
    }
  } catch (error) {
    const sentence = `REPORTS_UNWRITABLE: no folder for the run can be made in ${reports} (${(error as Error).message})`;
    throw new Error(`${sentence}. Name another with --reports <folder>`, { cause: error });
  }
}

/** By hand: below /proc, Node's own `recursive` never comes back. */
function makeWithParents(folder: string): void {
  if (existsSync(folder)) return;
  if (dirname(folder) !== folder) makeWithParents(dirname(folder));
  mkdirSync(folder);
}

/** Lets `latest` lead to it, at once: whoever looks meanwhile finds the old run or the new one. Throws LATEST_UNCHANGED. */
export function pointLatest(reports: string, folder: string): void {
  const latest = join(reports, 'latest');
  const next = join(reports, `.latest-${basename(folder)}`);
  try {
    if (lstatSync(latest, { throwIfNoEntry: false })?.isSymbolicLink() === false)
      throw new Error('somebody made it, and it is no link. Move it away');
    symlinkSync(basename(folder), next);
    renameSync(next, latest);
  } catch (error) {
    rmSync(next, { force: true });
    throw new Error(`LATEST_UNCHANGED: ${latest} does not lead to this run: ${(error as Error).message}`, { cause: error });
  }
}
