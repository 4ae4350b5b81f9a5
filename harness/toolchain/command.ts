/** Runs the programs that make tools: each in a process group of its own, so that an abort leaves no compiler behind. */
import { execFile, spawn } from 'node:child_process';
import { createWriteStream } from 'node:fs';
import { finished } from 'node:stream/promises';
import { setTimeout as pause } from 'node:timers/promises';
import { promisify } from 'node:util';

/** A quick question, such as `--version`; answers with stdout and stderr together (Java answers on stderr). */
export async function ask(
  path: string,
  args: readonly string[],
  { env = process.env, signal, giveUpMs = 10_000 }: { env?: NodeJS.ProcessEnv; signal: AbortSignal; giveUpMs?: number },
): Promise<string> {
  const { stdout, stderr } = await promisify(execFile)(path, [...args], { env, signal, timeout: giveUpMs });
  return `${stdout}${stderr}`;
}

export interface LoggedRun {
  readonly cwd: string;
  readonly env: NodeJS.ProcessEnv;
  readonly signal: AbortSignal;
  /** The output is appended here. */
  readonly log: string;
}

const tailLines = 12;

/** Returns stdout. Fails with the last lines of output when the command does, and with the signal's reason when aborted. */
export async function runLogged(command: string, args: readonly string[], { cwd, env, signal, log }: LoggedRun): Promise<string> {
  signal.throwIfAborted();
  const file = createWriteStream(log, { flags: 'a' });
  file.write(`$ ${command} ${args.join(' ')}\n`);
  const child = spawn(command, [...args], { cwd, env, detached: true, stdio: ['ignore', 'pipe', 'pipe'] });
  const killGroup = () => {
    if (child.pid !== undefined) signalGroup(child.pid, 'SIGKILL');
  };
  signal.addEventListener('abort', killGroup);
  process.on('exit', killGroup);
  let stdout = '';
  let tail = '';
  const keep = (text: string) => {
    file.write(text);
    tail = (tail + text).slice(-8_000);
  };
  child.stdout.setEncoding('utf8').on('data', (text: string) => {
    stdout += text;
    keep(text);
  });
  child.stderr.setEncoding('utf8').on('data', keep);
  try {
    const end = await new Promise<string | undefined>((resolve, reject) => {
      child.once('error', reject);
      child.once('close', (code, killedBy) => resolve(code === 0 ? undefined : `ended with ${killedBy ?? code}`));
    });
    if (signal.aborted && child.pid !== undefined) await groupGone(child.pid);
    signal.throwIfAborted();
    if (end === undefined) return stdout;
    const lines = tail.trimEnd().split('\n').slice(-tailLines).join('\n    ');
    throw new Error(`${command} ${args[0] ?? ''} ${end}; last output:\n    ${lines}\n  whole log: ${log}`);
  } finally {
    signal.removeEventListener('abort', killGroup);
    process.off('exit', killGroup);
    file.end();
    await finished(file);
  }
}

function signalGroup(leader: number, signal: NodeJS.Signals | 0): boolean {
  try {
    process.kill(-leader, signal);
    return true;
  } catch {
    return false;
  }
}

/** A killed compiler still holds its files for a moment; the staging folder can only be removed when nobody writes to it. */
async function groupGone(leader: number): Promise<void> {
  for (let look = 0; look < 500 && signalGroup(leader, 0); look += 1) await pause(10);
}
