/** The pipeline: plan -> tools -> stage -> perform -> seal -> judge. Read this second, after experiment.ts. */
import { mkdirSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { basename, join, relative } from 'node:path';
import { runPaths, writeJson } from './evidence/run-folder.ts';
import { seal } from './evidence/seal.ts';
import type { Experiment } from './experiment.ts';
import { judgeFolder } from './judge.ts';
import { manifestOf } from './manifest.ts';
import { perform } from './perform.ts';
import { preflight } from './preflight/preflight.ts';
import { openScope } from './process/scope.ts';
import { local } from './stage/local/local.ts';
import { stageOf } from './stage/stager.ts';
import { flushDisk } from './stage/observe/disk.ts';
import type { Project } from './project/project.ts';
import { recordOfSystem, type System, withReplicas } from './project/system.ts';
import { componentTypesIn } from './project/component-types.ts';
import type { Tool } from './toolchain/tool.ts';
import { toolchain } from './toolchain/toolchain.ts';

export interface RunOptions {
  readonly experiments: readonly Experiment[];
  readonly project: Project;
  readonly system: System;
  /** The words after `plumbline` that repeat this run, without the seed. */
  readonly command: string;
  readonly seed: number;
  /** Aborted by Ctrl-C: everything heals and stops, what was seen is kept and judged. */
  readonly signal: AbortSignal;
  readonly say: (text: string) => void;
}

type Tools = Record<'daprd' | 'kafka' | 'redis' | 'postgres' | 'k6', Tool> & { readonly zipkin?: Tool };

/** Resolves with the exit code: 0 pass, 1 fail, 2 unsure, 130 interrupted. Rejects when the harness itself broke. */
export async function run(options: RunOptions): Promise<number> {
  const { experiments, project, system, seed, signal, say } = options;
  const plan = preflight(experiments, system, project);
  const startedAt = new Date();
  const traced = experiments.some(({ needs = [] }) => needs.includes('traces'));
  const names = ['daprd', 'kafka', 'redis', 'postgres', 'k6', ...(traced ? (['zipkin'] as const) : [])] as const;
  const tools: Tools = await toolchain(names, {
    signal,
    components: componentTypesIn(project.components),
    progress: ({ tool, text }) => say(`${tool}: ${text}`),
  });

  await Promise.race([flushDisk(say), interruption(signal)]);
  const paths = runPaths(join(project.reports, `${startedAt.toISOString().replace(/[:.]/g, '-').slice(0, 19)}-${process.pid}`));
  mkdirSync(paths.logs, { recursive: true });
  mkdirSync(paths.schemas, { recursive: true });
  writeJson(
    paths.manifest,
    manifestOf({ ...options, root: project.root, run: basename(paths.root), startedAt, tools: Object.values(tools) }),
  );
  writeJson(paths.system, recordOfSystem(system));
  writeJson(paths.requirements, plan.requirements);
  for (const [name, text] of Object.entries(plan.schemas)) writeFileSync(join(paths.schemas, `${name}.json`), text);

  let broke: unknown;
  // The scope does not end with the interruption: a fault that is in must be healed by parts that still run.
  const scope = openScope({ title: 'run', undoMsMax: 30_000 });
  try {
    const stage = stageOf(roomFor(experiments, system), { traces: traced });
    const staging = local.stage(scope, { system, stage, tools, ports: 'free', logs: paths.logs, say });
    // When the interruption wins, closing the scope ends the staging; nobody waits for its rejection.
    staging.catch(() => undefined);
    const { target } = await Promise.race([staging, interruption(signal)]);
    for (const [n, experiment] of experiments.entries()) {
      const record = plan.records[n];
      if (!record) throw new Error(`no record for ${experiment.name}`);
      say(`${experiment.name}: ${experiment.workload.title}`);
      await perform({
        experiment,
        record,
        system: recordOfSystem(system),
        target,
        folder: paths.experiment(experiment.name),
        seed,
        signal,
        tool: (name) => tools[name].path,
        say,
      });
    }
  } catch (error) {
    broke = error;
  }
  try {
    await scope.close();
  } catch (error) {
    broke ??= error;
    say((error as Error).message);
  }
  if (broke !== undefined)
    writeJson(paths.interrupted, {
      interrupted: signal.aborted,
      because: signal.aborted ? 'interrupted from outside' : (broke as Error).message,
    });

  // Nothing after this line touches the target.
  await seal(paths.root);
  const { exitCode, table } = await judgeFolder(paths.root);
  const latest = join(project.reports, 'latest');
  rmSync(latest, { force: true });
  symlinkSync(basename(paths.root), latest);
  process.stdout.write(
    `${table({ colour: process.stdout.isTTY })}\nreport: ${relative(process.cwd(), join(paths.root, 'index.html'))}\n`,
  );
  if (signal.aborted) return 130;
  if (broke !== undefined) throw broke;
  return exitCode;
}

/** As many replicas as the most demanding experiment needs. */
function roomFor(experiments: readonly Experiment[], system: System): System {
  const replicas = new Map(Object.entries(system.services).map(([name, plan]) => [name, plan.replicas]));
  for (const { replicas: wanted = {} } of experiments)
    for (const [name, count] of Object.entries(wanted)) replicas.set(name, Math.max(count, replicas.get(name) ?? 0));
  return withReplicas(system, replicas);
}

/** Rejects when the run is interrupted. */
function interruption(signal: AbortSignal): Promise<never> {
  return new Promise((_, reject) => {
    if (signal.aborted) reject(signal.reason);
    signal.addEventListener('abort', () => reject(signal.reason), { once: true });
  });
}
