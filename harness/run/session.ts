/**
 * Open: plan, tools, stage. Perform experiments, as often as wanted; each finds the stage it asks for, and all parts well. Close:
 * heal, stop, seal. What a command does between opening and closing is its own affair.
 */
import { mkdirSync, writeFileSync } from 'node:fs';
import { basename, join } from 'node:path';
import { RECORD_FILE } from '../evidence/files.ts';
import { stageInWords } from '../evidence/in-words.ts';
import { clockMs, openJournal, openMarks } from '../evidence/journal.ts';
import type { ExperimentRecord, StageRecord } from '../evidence/records.ts';
import { runPaths, writeJson } from '../evidence/run-folder.ts';
import { seal } from '../evidence/seal.ts';
import type { Experiment } from '../experiment.ts';
import { drawn } from '../fault/draw.ts';
import { preflight } from '../preflight/preflight.ts';
import { openScope, type Scope } from '../process/scope.ts';
import { componentTypesOf } from '../project/component-types.ts';
import type { Project } from '../project/project.ts';
import { recordOfSystem, type System } from '../project/system.ts';
import { seedOf } from '../random.ts';
import { flushDisk } from '../stage/observe/disk.ts';
import type { Staged, Stager } from '../stage/stager.ts';
import { toolchain } from '../toolchain/toolchain.ts';
import { manifestOf } from './manifest.ts';
import { perform } from './perform.ts';

export interface SessionOptions {
  /** All that may be performed: what is wrong with one of them is told before anything starts. */
  readonly experiments: readonly Experiment[];
  readonly project: Project;
  readonly system: System;
  readonly stager: Stager;
  /** The words after `plumbline` that repeat this run, without the seed. */
  readonly command: string;
  readonly seed: number;
  /** Aborted by Ctrl-C: everything heals and stops, what was seen is kept and judged. */
  readonly signal: AbortSignal;
  readonly say: (text: string) => void;
}

export interface Session {
  /** The run's folder, absolute. */
  readonly folder: string;
  /**
   * Resolves when its evidence is on disk, also when it broke or could not be staged: the judge will say so, and the next one may
   * be performed. Rejects only when interrupted.
   */
  perform(experiment: Experiment): Promise<void>;
  /** Heals, stops and seals; nothing touches the target afterwards. Rejects when something could not be stopped. */
  close(broke?: unknown): Promise<void>;
}

export async function openSession(options: SessionOptions): Promise<Session> {
  const { experiments, project, system, stager, seed, signal, say } = options;
  const plan = preflight(experiments, { system, project, stager });
  const startedAt = new Date();
  const stages = [...plan.records.values()].flatMap(({ stage }) => stage ?? []);
  const names = new Set([...stager.tools(stages), ...experiments.flatMap(({ workload }) => workload.tools ?? [])]);
  const tools = await toolchain([...names], {
    signal,
    components: componentTypesOf(system),
    progress: ({ tool, text }) => say(`${tool}: ${text}`),
  });
  await Promise.race([flushDisk(say), interruption(signal)]);
  const paths = runPaths(join(project.reports, `${startedAt.toISOString().replace(/[:.]/g, '-').slice(0, 19)}-${process.pid}`));
  mkdirSync(paths.logs, { recursive: true });
  mkdirSync(paths.schemas, { recursive: true });
  const inWords = [...plan.records].map(([name, { stage }]) => [name, stage ? stageInWords(stage) : ''] as const);
  writeJson(
    paths.manifest,
    manifestOf({
      ...options,
      root: project.root,
      run: basename(paths.root),
      startedAt,
      tools: Object.values(tools),
      stages: Object.fromEntries(inWords),
    }),
  );
  writeJson(paths.system, recordOfSystem(system));
  writeJson(paths.requirements, plan.requirements);
  for (const [name, text] of Object.entries(plan.schemas)) writeFileSync(join(paths.schemas, `${name}.json`), text);
  const marks = openMarks(paths.session);

  // The scope does not end with the interruption: a fault that is in must be healed by parts that still run.
  const scope = openScope({ title: 'run', undoMsMax: 30_000 });
  let ground: Scope | undefined;
  let staged: Staged | undefined;
  let lookedAt = clockMs();

  /** From nothing, or from what is left of something that is unwell. */
  async function stageAnew(stage: StageRecord): Promise<Staged> {
    staged = undefined;
    // What could not be undone of the old one is told when the run closes; it must not keep a new one from being staged.
    await ground?.close().catch((error: Error) => marks.mark('note', error.message));
    const own = scope.child('stage');
    ground = own;
    const from = clockMs();
    const opening = stager.stage(own, { system, stage, tools, ports: 'free', logs: paths.logs, say });
    // When the interruption wins, closing the scope ends the staging; nobody waits for its rejection.
    opening.catch(() => undefined);
    staged = await Promise.race([opening, interruption(signal)]);
    marks.mark('mark', 'staged', { stage, tookMs: Math.round(clockMs() - from) });
    lookedAt = clockMs();
    return staged;
  }

  async function staging(stage: StageRecord): Promise<Staged> {
    if (!staged) return stageAnew(stage);
    const ailments = await Promise.race([staged.ailments(), interruption(signal)]);
    // Asked last: a part that died a moment ago is seen while the canary looks for it.
    const crashed = staged.target.crashes?.(lookedAt) ?? [];
    for (const { part, at, code, signal: by, lastWords } of crashed)
      marks.mark('crash', part, { code, signal: by, lastWords }, at);
    if (crashed.length + ailments.length > 0) {
      const sentence = [...crashed.map(({ part }) => `${part} ended by itself`), ...ailments].join('; ');
      marks.mark('mark', 'unwell', { ailments, because: sentence });
      say(`between experiments: ${sentence}; staging anew`);
      return stageAnew(stage);
    }
    const from = clockMs();
    const before = staged;
    try {
      if (await Promise.race([before.restage(stage), interruption(signal)]))
        marks.mark('mark', 'restaged', { stage, tookMs: Math.round(clockMs() - from) });
    } catch (error) {
      signal.throwIfAborted();
      marks.mark('mark', 'unwell', { because: `could not be restaged: ${(error as Error).message}` });
      return stageAnew(stage);
    }
    return before;
  }

  return {
    folder: paths.root,
    async perform(experiment) {
      const planned = plan.records.get(experiment.name);
      if (!planned?.stage) throw new Error(`NOT_PLANNED: ${experiment.name} is none of this session's experiments`);
      const own = seedOf(seed, experiment.name, 'workload');
      const faults = drawn(experiment.faults ?? [], seed, experiment.name);
      const record: ExperimentRecord = { ...planned, seed: own, faults };
      const folder = paths.experiment(experiment.name);
      writeJson(join(folder, RECORD_FILE), record);
      if (record.skipped !== undefined) return say(`${experiment.name} is skipped: ${record.skipped}`);
      let target: Staged['target'];
      try {
        ({ target } = await staging(planned.stage));
      } catch (error) {
        signal.throwIfAborted();
        say(`${experiment.name} could not be staged: ${(error as Error).message}`);
        const journal = openJournal(folder);
        journal.mark('broke', `it could not be staged: ${(error as Error).message}`);
        return journal.close();
      }
      say(`${experiment.name}: ${experiment.workload.title}`);
      await perform({
        experiment,
        record,
        faults,
        system: recordOfSystem(system),
        target,
        folder,
        seed: own,
        signal,
        tool: (name) => toolPath(tools, name),
        say,
      });
      lookedAt = clockMs();
    },
    async close(broke) {
      let left: unknown;
      try {
        await scope.close();
      } catch (error) {
        left = error;
        say((error as Error).message);
      }
      const reason = broke ?? left;
      if (signal.aborted || reason !== undefined)
        writeJson(paths.interrupted, {
          interrupted: signal.aborted,
          because: signal.aborted ? 'interrupted from outside' : (reason as Error).message,
        });
      await seal(paths.root);
      if (left !== undefined && !signal.aborted) throw left;
    },
  };
}

function toolPath(tools: Readonly<Record<string, { readonly path: string }>>, name: string): string {
  const found = tools[name];
  if (!found) throw new Error(`NO_TOOL: ${name}. Name it in the workload's \`tools\``);
  return found.path;
}

/** Rejects when the run is interrupted. */
function interruption(signal: AbortSignal): Promise<never> {
  return new Promise((_, reject) => {
    if (signal.aborted) reject(signal.reason);
    signal.addEventListener('abort', () => reject(signal.reason), { once: true });
  });
}
