/** Runs the real command line in a process of its own, as a user does, with its reports in a folder of the test. */
import { type ChildProcess, spawn } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { parse, stringify } from 'yaml';
import type { Finding, Verdict } from '../../harness/evidence/records.ts';
import { running } from './running.ts';

const root = resolve(import.meta.dirname, '../..');

export interface Ended {
  readonly code: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

export interface Running {
  readonly child: ChildProcess;
  readonly ended: Promise<Ended>;
  /** Resolves when stderr has said it; rejects when the process ends without. */
  said(sentence: string): Promise<void>;
}

/** Between the end of a command and the last of its output; somebody it started may hold that for ever. */
const outputMs = 5_000;

export function start(args: readonly string[], env: Readonly<Record<string, string>> = {}, cwd = root): Running {
  const child = spawn(process.execPath, [join(root, 'harness/cli.ts'), ...args], {
    cwd,
    env: { ...process.env, ...env },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  running.add(child);
  let stdout = '';
  let stderr = '';
  const listeners = new Set<() => void>();
  child.stdout.on('data', (bytes) => {
    stdout += bytes;
  });
  child.stderr.on('data', (bytes) => {
    stderr += bytes;
    for (const listener of listeners) listener();
  });
  const ended = new Promise<Ended>((done, failed) => {
    child.once('error', failed);
    child.once('exit', () => {
      running.delete(child);
      const holding = setTimeout(() => {
        child.stdout.destroy();
        child.stderr.destroy();
        failed(new Error(`plumbline ${args.join(' ')} has ended, and something it started still holds its output:\n${stderr}`));
      }, outputMs);
      child.once('close', () => clearTimeout(holding));
    });
    child.once('close', (code) => done({ code, stdout, stderr }));
  });
  return {
    child,
    ended,
    said: (sentence) =>
      new Promise((done, failed) => {
        const look = () => {
          if (!stderr.includes(sentence)) return;
          listeners.delete(look);
          done();
        };
        listeners.add(look);
        look();
        void ended.then(({ code }) => failed(new Error(`ended with ${code} before it said "${sentence}":\n${stderr}`)));
      }),
  };
}

export const plumbline = (
  args: readonly string[],
  env: Readonly<Record<string, string>> = {},
  cwd: string = root,
): Promise<Ended> => start(args, env, cwd).ended;

/** A folder of the test; call `remove` when it is over. */
export function scratchFolder(): { readonly path: string; remove(): void } {
  const path = mkdtempSync(join(tmpdir(), 'plumbline-test-'));
  return { path, remove: () => rmSync(path, { recursive: true, force: true }) };
}

interface SystemFile {
  components: string;
  configuration: string;
  identity: { client: { service: string } };
  services: Record<string, { command: string[]; appPort: number; env?: Record<string, string> }>;
}

/** `impl/system.yaml` with changes, written to `folder`; every path in it is made absolute. */
export function systemWith(folder: string, change: (system: SystemFile) => void): string {
  const impl = join(root, 'impl');
  const system = parse(readFileSync(join(impl, 'system.yaml'), 'utf8')) as SystemFile;
  system.components = resolve(impl, system.components);
  system.configuration = resolve(impl, system.configuration);
  for (const service of Object.values(system.services))
    service.command = service.command.map((word) => (word.endsWith('.ts') ? join(impl, word) : word));
  change(system);
  const file = join(folder, 'system.yaml');
  writeFileSync(file, stringify(system));
  return file;
}

export function findingsOf(reports: string): Finding[] {
  const written = JSON.parse(readFileSync(join(reports, 'latest', 'findings.json'), 'utf8')) as
    Finding[] | { findings: Finding[] };
  return Array.isArray(written) ? written : written.findings;
}

/** `experiment claim` of every finding with that verdict, sorted. */
export const claims = (findings: readonly Finding[], verdict: Verdict): string[] =>
  findings
    .filter((finding) => finding.verdict === verdict)
    .map(({ experiment, claim }) => `${experiment} ${claim}`)
    .sort();
