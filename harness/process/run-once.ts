/** A step that ends by itself: formatting a folder, making a cluster's files. */
import type { Scope } from './scope.ts';
import { type RunningProcess, type SpawnOptions, spawnProcess } from './spawn.ts';
import { describeExit } from './until.ts';

export async function runOnce(scope: Scope, options: SpawnOptions): Promise<void> {
  let step: Promise<RunningProcess> | undefined;
  scope.defer(`end the step ${options.title}`, async () => {
    await (await step?.catch(() => undefined))?.kill();
  });
  step = spawnProcess(options);
  const exit = await (await step).exited;
  scope.signal.throwIfAborted();
  if (exit.code === 0) return;
  const call = [options.command, ...options.args].join(' ');
  throw new Error(
    `STEP_FAILED: ${options.title}: ${call} ended (${describeExit(exit)}); last log: "${exit.logTail}". Try: npm run doctor`,
  );
}
