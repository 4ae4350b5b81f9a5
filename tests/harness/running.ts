/** The commands that tests started and that have not ended, and what each of their threads does. */
import type { ChildProcess } from 'node:child_process';
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';

export const running = new Set<ChildProcess>();

const read = (file: string): string => {
  try {
    return readFileSync(file, 'utf8').trim();
  } catch (error) {
    return (error as NodeJS.ErrnoException).code ?? '?';
  }
};

/** A thread a line: its name, its state, what it waits in. */
export function threadsOf(pid: number): string[] {
  const folder = `/proc/${pid}/task`;
  const [, state = ''] = /^State:\s+(.*)$/m.exec(read(`/proc/${pid}/status`)) ?? [];
  const threads = read(`/proc/${pid}/comm`) === 'ENOENT' ? [] : readdirSync(folder);
  return [state, ...threads.map((id) => ['comm', 'wchan', 'syscall'].map((file) => read(join(folder, id, file))).join(' '))];
}
