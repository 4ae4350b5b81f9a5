/** The pipeline: open a session, perform one experiment after the other, close, judge. Read this second, after experiment.ts. */
import { rmSync, symlinkSync } from 'node:fs';
import { basename, join, relative } from 'node:path';
import type { Experiment } from '../experiment.ts';
import { judgeFolder } from '../judge.ts';
import { stageKey, stageOf } from '../stage/stager.ts';
import type { System } from '../project/system.ts';
import { openSession, type SessionOptions } from './session.ts';

/** Resolves with the exit code: 0 pass, 1 fail, 2 unsure, 130 interrupted. Rejects when the harness itself broke. */
export async function run(options: SessionOptions): Promise<number> {
  const { project, system, signal } = options;
  const experiments = inOrder(options.experiments, system);
  const session = await openSession({ ...options, experiments });
  let broke: unknown;
  try {
    for (const experiment of experiments) await session.perform(experiment);
  } catch (error) {
    broke = error;
  }
  try {
    await session.close(broke);
  } catch (error) {
    broke ??= error;
  }
  const { exitCode, table } = await judgeFolder(session.folder);
  const latest = join(project.reports, 'latest');
  rmSync(latest, { force: true });
  symlinkSync(basename(session.folder), latest);
  process.stdout.write(
    `${table({ colour: process.stdout.isTTY })}\nreport: ${relative(process.cwd(), join(session.folder, 'index.html'))}\n`,
  );
  if (signal.aborted) return 130;
  if (broke !== undefined) throw broke;
  return exitCode;
}

/**
 * Those on the same stage one after the other, so that restaging is rare; within a stage the order they came in. Traces first: their
 * part starts in the shadow of the others only in the beginning. Then the smallest stage, to which others only add.
 */
export function inOrder(experiments: readonly Experiment[], system: System): Experiment[] {
  const stageOfOne = ({ stage }: Experiment) => {
    try {
      return stageOf(system, stage);
    } catch {
      // Preflight complains of it; here it only must not be the first thing that is told.
      return stageOf(system);
    }
  };
  const groups = [...Map.groupBy(experiments, (one) => stageKey(stageOfOne(one))).values()];
  const weight = ([first]: readonly Experiment[]) => {
    const { traces, replicas } = first ? stageOfOne(first) : stageOf(system);
    return traces ? 0 : Object.values(replicas).reduce((sum, count) => sum + count, 0);
  };
  return groups.toSorted((a, b) => weight(a) - weight(b)).flat();
}
