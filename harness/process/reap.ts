/**
 * The watchdog's program: `node reap.ts <list>`. Its standard input ends when the harness is gone, however it went; then it
 * kills every group still on the list, removes the folders on it, and ends. It imports little, to start fast.
 *
 * Lines: `+<pid> <start ticks>` a group, `-<pid>` gone, `dir <path>` a folder, `undir <path>` removed.
 */
import { readFileSync, rmSync } from 'node:fs';
import { isGroupRunning, isRunning, killFamily, processAt, type Relative } from './family.ts';

// Ctrl-C and a closing terminal are for the harness; the watchdog is the one who must survive them.
for (const signal of ['SIGINT', 'SIGTERM', 'SIGQUIT', 'SIGHUP'] as const) process.on(signal, () => {});

const list = process.argv[2] as string;
process.stdin.resume();
process.stdin.on('error', () => {});
process.stdin.once('close', () => void reap());

async function reap(): Promise<void> {
  const groups = new Map<number, string>();
  const folders = new Set<string>();
  for (const line of readFileSync(list, 'utf8').split('\n')) {
    const [word = '', rest = ''] = [line.split(' ', 1)[0], line.slice(line.indexOf(' ') + 1)];
    if (word.startsWith('+')) groups.set(Number(word.slice(1)), rest);
    else if (word.startsWith('-')) groups.delete(Number(word.slice(1)));
    else if (word === 'dir') folders.add(rest);
    else if (word === 'undir') folders.delete(rest);
  }
  const killed: Relative[] = [];
  for (const [leader, startTicks] of groups) {
    // A pid stays reserved while its group has members: another start time means that ours is gone altogether.
    const now = processAt(leader);
    if (now && startTicks !== '' && now.startTicks !== startTicks) groups.delete(leader);
    else killed.push(...killFamily(leader));
  }
  // Folders only after their writers: 10 s is long for a SIGKILL, short for a person who waits.
  const giveUpAt = Date.now() + 10_000;
  while (Date.now() < giveUpAt && (killed.some(isRunning) || [...groups.keys()].some(isGroupRunning))) {
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
  for (const folder of folders) rmSync(folder, { recursive: true, force: true, maxRetries: 3 });
  rmSync(list, { force: true });
  process.exit(0);
}
