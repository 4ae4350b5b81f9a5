/**
 * Open: plan, tools, stage. Perform experiments, as often as wanted; each finds the stage it asks for, and all parts well. Close:
 * heal, stop, seal. What a command does between opening and closing is its own affair.
 */
import { existsSync, mkdirSync, rmSync, writeFileSync } from 'node:fs';
import { basename, join } from 'node:path';
import { RECORD_FILE } from '../evidence/files.ts';
import { stageInWords } from '../evidence/in-words.ts';
import { clockMs, openJournal, openMarks } from '../evidence/journal.ts';
import type { ExperimentRecord, StageRecord } from '../evidence/records.ts';
import { type RunPaths, runPaths, writeJson } from '../evidence/run-folder.ts';
import { seal } from '../evidence/seal.ts';
import type { Experiment } from '../experiment.ts';
import { drawn } from '../fault/draw.ts';
import { type Plan, preflight } from '../preflight/preflight.ts';
import { openScope, type Scope } from '../process/scope.ts';
import { componentTypesOf } from '../project/component-types.ts';
import type { Project } from '../project/project.ts';
import { recordOfSystem, type System } from '../project/system.ts';
import { seedOf } from '../random.ts';
import { flushDisk } from '../stage/observe/disk.ts';
import type { Secret, Staged, Stager } from '../stage/stager.ts';
import type { Tool } from '../toolchain/tool.ts';
import { toolchain } from '../toolchain/toolchain.ts';
import { ownUncaught } from '../uncaught.ts';
import { manifestOf } from './manifest.ts';
import { perform } from './perform.ts';
import { makeRunFolder } from './reports.ts';
import { secretsIn } from './secrets.ts';

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
  /** How long a workload may go on after its signal, ms; default: a quarter of a minute. */
  readonly patienceMs?: number;
}

export interface Session {
  /** The run's folder, absolute. */
  readonly folder: string;
  /**
   * Resolves when its evidence is on disk, also when it broke or could not be staged: the judge will say so, and the next one may
   * be performed. Once each. Rejects when there is no sense in going on: interrupted, no place for evidence, a system that can't be staged.
   */
  perform(experiment: Experiment): Promise<void>;
  /**
   * Heals, stops and seals; nothing touches the target afterwards. `broke`: why not all was performed. Rejects when something could not be
   * stopped or written; what can still be done is done all the same.
   */
  close(broke?: unknown): Promise<void>;
}

export async function openSession(options: SessionOptions): Promise<Session> {
  const { experiments, project, system, stager, say } = options;
  // What nobody caught while no experiment runs ends the session as Ctrl-C does: in order, and told.
  const end = new AbortController();
  const disown = ownUncaught((error) => {
    say(`the harness broke: ${error.message}; healing and stopping everything`);
    end.abort(error);
  });
  const signal = AbortSignal.any([options.signal, end.signal]);
  const interrupted = interruption(signal);
  let made: string | undefined;
  try {
    const plan = preflight(experiments, { system, project, stager });
    const startedAt = new Date();
    // Before anything is looked for or started: without a place for evidence there is no run.
    made = makeRunFolder(project.reports, startedAt);
    const stages = [...plan.records.values()].flatMap(({ stage }) => stage ?? []);
    const names = new Set([...stager.tools(stages), ...experiments.flatMap(({ workload }) => workload.tools ?? [])]);
    const tools = await toolchain([...names], {
      signal,
      components: componentTypesOf(system),
      progress: ({ tool, text }) => say(`${tool}: ${text}`),
    });
    await Promise.race([flushDisk(say), interrupted]);
    return begin({ options, plan, startedAt, paths: runPaths(made), tools, signal, interrupted, disown });
  } catch (error) {
    disown();
    // Nothing was performed: an empty folder would only be in the way.
    if (made !== undefined) rmSync(made, { recursive: true, force: true });
    end.signal.throwIfAborted();
    throw error;
  }
}

interface Opened {
  readonly options: SessionOptions;
  readonly plan: Plan;
  readonly startedAt: Date;
  readonly paths: RunPaths;
  readonly tools: Readonly<Record<string, Tool>>;
  /** Of Ctrl-C, and of what nobody caught. */
  readonly signal: AbortSignal;
  /** Rejects when it aborts. */
  readonly interrupted: Promise<never>;
  readonly disown: () => void;
}

function begin({ options, plan, startedAt, paths, tools, signal, interrupted, disown }: Opened): Session {
  const { project, system, stager, seed, say } = options;
  mkdirSync(paths.logs);
  mkdirSync(paths.schemas);
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
  let stagings = 0;
  /** Parts that ended by themselves until then are told. */
  let lookedAt = clockMs();
  let runsOn: string | undefined;
  const performed = new Set<string>();
  /** Why staging failed, since it last went well. */
  const failures = new Set<string>();
  let stoodOnce = false;

  /** Marks those that nobody told of yet. */
  function crashesUntilNow(): string[] {
    const crashed = staged?.target.crashes?.(lookedAt) ?? [];
    lookedAt = clockMs();
    for (const { part, at, code, signal: by, lastWords } of crashed)
      marks.mark('crash', part, { code, signal: by, lastWords }, at);
    return crashed.map(({ part }) => `${part} ended by itself`);
  }

  /** Of every stage that stood; their logs are looked through when all have said their last words. */
  const secrets: Secret[] = [];
  const keepSecrets = () => void secrets.push(...(staged?.secrets?.() ?? []));

  async function lookForSecrets(): Promise<void> {
    const { told, where, ...rest } = await secretsIn(paths.root, paths.logs, secrets);
    marks.mark('mark', 'secrets-sought', { ...rest, told, where });
  }

  /** From nothing, or from what is left of something that is unwell. */
  async function stageAnew(stage: StageRecord): Promise<Staged> {
    keepSecrets();
    staged = undefined;
    // What could not be undone of the old one is told when the run closes; it must not keep a new one from being staged.
    await ground?.close().catch((error: Error) => marks.mark('note', error.message));
    const own = scope.child('stage');
    ground = own;
    const from = clockMs();
    stagings += 1;
    // A folder for each: the last words of who died are not written over by who replaces him.
    const logs = join(paths.logs, String(stagings));
    const opening = stager.stage(own, { system, stage, tools, ports: 'free', logs, say });
    // When the interruption wins, closing the scope ends the staging; nobody waits for its rejection.
    opening.catch(() => undefined);
    const ready = await Promise.race([opening, interrupted]);
    marks.mark('mark', 'staged', { stage, tookMs: Math.round(clockMs() - from), logs: `logs/${stagings}` });
    staged = ready;
    lookedAt = from;
    return ready;
  }

  function unwell(because: string, detail: Readonly<Record<string, unknown>> = {}): void {
    marks.mark('mark', 'unwell', { ...detail, because });
    say(`between experiments: ${because}; staging anew`);
  }

  async function staging(stage: StageRecord): Promise<Staged> {
    if (!staged) return stageAnew(stage);
    if (runsOn !== undefined) {
      unwell(`the workload of ${runsOn} goes on`);
      runsOn = undefined;
      crashesUntilNow();
      return stageAnew(stage);
    }
    const ailments = await Promise.race([staged.ailments(), interrupted]);
    // Asked last: a part that died a moment ago is seen while the canary looks for it.
    const crashed = crashesUntilNow();
    if (crashed.length + ailments.length > 0) {
      unwell([...crashed, ...ailments].join('; '), { ailments });
      return stageAnew(stage);
    }
    const from = clockMs();
    const before = staged;
    const failed = await Promise.race([before.restage(stage), interrupted]).then(
      (differed) => {
        if (differed) marks.mark('mark', 'restaged', { stage, tookMs: Math.round(clockMs() - from) });
        return [];
      },
      (error: Error) => {
        signal.throwIfAborted();
        return [`could not be restaged: ${error.message}`];
      },
    );
    const lost = [...crashesUntilNow(), ...failed];
    if (lost.length === 0) return before;
    unwell(lost.join('; '));
    return stageAnew(stage);
  }

  /** Throws when trying again would only cost time: nothing of it ever stood, or it fails as it failed before. */
  function giveUpStaging(error: Error): void {
    const cause = causeOf(error);
    const again = failures.has(cause);
    failures.add(cause);
    if (again || !stoodOnce)
      throw new Error(
        `NOT_STAGED: the system could not be staged${again ? ' twice, for the same cause' : ''}: ${error.message}. What its parts said: ${join(paths.logs, String(stagings))}`,
        { cause: error },
      );
  }

  return {
    folder: paths.root,
    async perform(experiment) {
      const { name } = experiment;
      const planned = plan.records.get(name);
      if (!planned?.stage) throw new Error(`NOT_PLANNED: ${name} is none of this session's experiments`);
      // A second one would write into the evidence of the first.
      if (performed.has(name))
        throw new Error(`ALREADY_PERFORMED: ${name}, in this session. Open another one, or give it another name`);
      performed.add(name);
      const own = seedOf(seed, name, 'workload');
      const faults = drawn(experiment.faults ?? [], seed, name);
      const record: ExperimentRecord = { ...planned, seed: own, faults };
      const folder = paths.experiment(name);
      writeJson(join(folder, RECORD_FILE), record);
      if (record.skipped !== undefined) return say(`${name} is skipped: ${record.skipped}`);
      let target: Staged['target'];
      try {
        ({ target } = await staging(planned.stage));
        stoodOnce = true;
        failures.clear();
      } catch (error) {
        signal.throwIfAborted();
        say(`${name} could not be staged: ${(error as Error).message}`);
        const journal = openJournal(folder);
        journal.mark('broke', `it could not be staged: ${(error as Error).message}`);
        await journal.close();
        return giveUpStaging(error as Error);
      }
      say(`${name}: ${experiment.workload.title}`);
      const seen = await perform({
        experiment,
        record,
        faults,
        system: recordOfSystem(system),
        target,
        wellAt: lookedAt,
        folder,
        seed: own,
        signal,
        tool: (wanted) => toolPath(tools, wanted),
        say,
        ...(options.patienceMs !== undefined && { patienceMs: options.patienceMs }),
      });
      lookedAt = seen.lookedAt;
      if (!seen.workloadEnded) runsOn = name;
      signal.throwIfAborted();
    },
    async close(broke) {
      const failed: unknown[] = [];
      // Each of these is tried, whatever became of the one before: a full disk must not keep parts running.
      const attempt = async (deed: () => unknown) => {
        try {
          await deed();
        } catch (error) {
          failed.push(error);
          say((error as Error).message);
        }
      };
      await attempt(crashesUntilNow);
      keepSecrets();
      await attempt(() => scope.close());
      if (stagings > 0) await attempt(lookForSecrets);
      disown();
      const reason = broke ?? failed[0];
      if (options.signal.aborted || reason !== undefined)
        await attempt(() =>
          writeJson(paths.interrupted, {
            interrupted: options.signal.aborted,
            because: options.signal.aborted ? 'interrupted from outside' : (reason as Error).message,
          }),
        );
      // Where it could not even be told that the run broke, nothing may look whole.
      const told = reason === undefined || existsSync(paths.interrupted);
      if (told) await attempt(() => seal(paths.root));
      if (failed.length > 0 && !options.signal.aborted) throw failed[0];
    },
  };
}

/** The same words, whatever ports, seconds and ids stand in them. */
const causeOf = ({ message }: Error): string => message.split(': ').slice(0, 2).join(': ').replace(/\d+/g, '#');

function toolPath(tools: Readonly<Record<string, { readonly path: string }>>, name: string): string {
  const found = tools[name];
  if (!found) throw new Error(`NO_TOOL: ${name}. Name it in the workload's \`tools\``);
  return found.path;
}

/** Rejects when the run is interrupted. */
function interruption(signal: AbortSignal): Promise<never> {
  const interrupted = Promise.withResolvers<never>();
  interrupted.promise.catch(() => undefined);
  if (signal.aborted) interrupted.reject(signal.reason);
  signal.addEventListener('abort', () => interrupted.reject(signal.reason), { once: true });
  return interrupted.promise;
}
