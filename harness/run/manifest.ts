/** What must be known to repeat a run and to trust its numbers. */
import { realpathSync } from 'node:fs';
import { arch, cpus, platform, release, totalmem } from 'node:os';
import { join } from 'node:path';
import type { Manifest } from '../evidence/records.ts';
import type { Experiment } from '../experiment.ts';
import type { Project } from '../project/project.ts';
import type { System } from '../project/system.ts';
import type { Stager } from '../stage/stager.ts';
import type { Tool } from '../toolchain/tool.ts';
import { VERSION } from '../version.ts';
import { checkoutOf, isTracked, topOf } from './checkout.ts';
import { inputsOf } from './inputs.ts';
import { limitsOf } from './limits.ts';
import { repeatOf } from './repeat.ts';

export interface ManifestFacts {
  /** Of the project that is judged. */
  readonly root: string;
  readonly project: Pick<Project, 'systemFile'>;
  readonly system: Pick<System, 'components' | 'configuration'>;
  readonly run: string;
  readonly command: string;
  readonly seed: number;
  readonly startedAt: Date;
  readonly experiments: readonly Experiment[];
  readonly stager: Pick<Stager, 'name' | 'settings'>;
  readonly stages: Readonly<Record<string, string>>;
  readonly tools: readonly Tool[];
}

export function manifestOf(facts: ManifestFacts): Manifest {
  const { root, run, command, seed, startedAt, experiments, stager, stages, tools } = facts;
  const { components, configuration } = facts.system;
  const checkout = checkoutOf(root);
  const commit = checkout?.commit;
  return {
    format: 1,
    run,
    repeat: repeatOf({ command, seed, root: realpathSync(root), commit, top: topOf(root) }),
    startedAt: startedAt.toISOString(),
    seed,
    commit: commit ?? 'unknown',
    dirty: checkout?.dirty ?? true,
    ...(checkout?.diffSha256 !== undefined && { diffSha256: checkout.diffSha256 }),
    harness: { version: VERSION, ...harnessCheckout() },
    inputs: inputsOf({ root, systemFile: facts.project.systemFile, components, configuration }),
    target: stager.name,
    logsSearched: true,
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
      ...limitsOf(),
      node: process.version,
      timeZone: Intl.DateTimeFormat().resolvedOptions().timeZone,
    },
    settings: stager.settings,
  };
}

/** A package that somebody installed lies in a repository, too: in its user's. */
function harnessCheckout() {
  const own = join(import.meta.dirname, '../..');
  return isTracked(own, 'package.json') ? checkoutOf(own) : undefined;
}
