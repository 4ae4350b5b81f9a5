/** The pipeline: open a session, perform one experiment after the other, close, judge. Read this second, after experiment.ts. */
import { join, relative } from 'node:path';
import type { Experiment } from '../experiment.ts';
import { judgeFolder } from '../judge.ts';
import { stageKey, stageOf } from '../stage/stager.ts';
import type { System } from '../project/system.ts';
import { pointLatest } from './reports.ts';
import { openSession, type SessionOptions } from './session.ts';

/** Resolves with the exit code: 0 pass, 1 fail, 2 unsure, 130 interrupted. Rejects when the harness itself broke. */
export async function run(options: SessionOptions): Promise<number> {
  const { project, system, signal, say } = options;
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
  let exitCode: number | undefined;
  try {
    const judged = await judgeFolder(session.folder);
    exitCode = judged.exitCode;
    process.stdout.write(
      `${judged.table({ colour: process.stdout.isTTY })}\nreport: ${relative(process.cwd(), join(session.folder, 'index.html'))}\n`,
    );
  } catch (error) {
    // What broke before tells more than that nothing of it can be judged.
    broke ??= error;
  }
  try {
    pointLatest(project.reports, session.folder);
  } catch (error) {
    // Only a convenience: no reason to call the run anything else than what it was.
    say((error as Error).message);
  }
  if (signal.aborted) return 130;
  if (broke !== undefined || exitCode === undefined) throw broke;
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
