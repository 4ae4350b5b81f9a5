/**
 * `kill -9` of the harness leaves nothing running: one small process of its own session per harness process (reap.ts) sees
 * our end of its pipe close, and kills what is still on the list. The list is a file written with one synchronous write
 * right after each spawn, so nothing waits in a buffer of a process that is about to die.
 */
import { spawn } from 'node:child_process';
import { randomUUID } from 'node:crypto';
import { openSync, writeSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { processAt } from './family.ts';

let list: number | undefined;

/** Registers a process group by its leader; call the result when the group is gone. */
export function watchGroup(leader: number): () => void {
  write(`+${leader} ${processAt(leader)?.startTicks ?? ''}`);
  return () => write(`-${leader}`);
}

/** Registers a folder for removal; call the result when it is gone. */
export function watchFolder(path: string): () => void {
  write(`dir ${path}`);
  return () => write(`undir ${path}`);
}

/** Starts the watchdog if it isn't yet: before the first spawn, so that its start is not paid between a spawn and its line. */
export function watch(): void {
  if (list !== undefined) return;
  const path = join(tmpdir(), `plumbline-reap-${process.pid}-${randomUUID()}`);
  list = openSync(path, 'ax', 0o600);
  const watchdog = spawn(process.execPath, [join(import.meta.dirname, 'reap.ts'), path], {
    detached: true,
    stdio: ['pipe', 'ignore', 'ignore'],
    // Nothing of ours: NODE_OPTIONS of a test run would only slow it down.
    env: {},
    cwd: '/',
  });
  // The pipe closes when we end, in whatever way; neither may keep us alive till then.
  watchdog.on('error', () => {});
  watchdog.stdin.on('error', () => {});
  (watchdog.stdin as unknown as { unref(): void }).unref();
  watchdog.unref();
}

function write(line: string): void {
  watch();
  writeSync(list as number, `${line}\n`);
}
