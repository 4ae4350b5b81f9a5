/** What must be known to repeat a run and to trust its numbers. */
import { execFileSync } from 'node:child_process';
import { realpathSync } from 'node:fs';
import { arch, cpus, platform, release, totalmem } from 'node:os';
import type { Manifest } from '../evidence/records.ts';
import type { Experiment } from '../experiment.ts';
import type { Stager } from '../stage/stager.ts';
import type { Tool } from '../toolchain/tool.ts';
import { repeatOf } from './repeat.ts';

export interface ManifestFacts {
  /** Of the project that is judged. */
  readonly root: string;
  readonly run: string;
  readonly command: string;
  readonly seed: number;
  readonly startedAt: Date;
  readonly experiments: readonly Experiment[];
  readonly stager: Stager;
  readonly stages: Readonly<Record<string, string>>;
  readonly tools: readonly Tool[];
}

export function manifestOf({ root, run, command, seed, startedAt, experiments, stager, stages, tools }: ManifestFacts): Manifest {
  const commit = git(root, 'rev-parse', 'HEAD');
  const changes = git(root, 'status', '--porcelain', '--untracked-files=no');
  return {
    format: 1,
    run,
    repeat: repeatOf({ command, seed, root: realpathSync(root), commit, top: git(root, 'rev-parse', '--show-toplevel') }),
    startedAt: startedAt.toISOString(),
    seed,
    commit: commit ?? 'unknown',
    dirty: changes === undefined || changes !== '',
    target: stager.name,
    experiments: experiments.map(({ name }) => name),
    stages,
    tools: Object.fromEntries(
      tools.map(({ name, version, from, flavour }) => [name, { version, from, ...(flavour && { flavour }) }]),
    ),
    machine: {
      platform: `${platform()} ${release()} ${arch()}`,
      cpu: cpus()[0]?.model.trim() ?? 'unknown',
      cores: cpus().length,
      memoryMiB: Math.round(totalmem() / 2 ** 20),
      node: process.version,
      timeZone: Intl.DateTimeFormat().resolvedOptions().timeZone,
    },
    settings: stager.settings,
  };
}

function git(cwd: string, ...args: string[]): string | undefined {
  try {
    return execFileSync('git', args, { cwd, encoding: 'utf8', stdio: ['ignore', 'pipe', 'ignore'] }).trim();
  } catch {
    return undefined;
  }
}
