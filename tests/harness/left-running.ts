/** After each test file: a command that still runs is told, with what its threads do, and ended, so that jest can end too. */
import { afterAll } from '@jest/globals';
import { running, threadsOf } from './running.ts';

afterAll(() => {
  const left = [...running].map((child) => [child.spawnargs.slice(1).join(' '), ...threadsOf(child.pid ?? 0)].join('\n  '));
  for (const child of running) child.kill('SIGKILL');
  if (left.length > 0) throw new Error(`still running after its tests:\n${left.join('\n')}`);
});
