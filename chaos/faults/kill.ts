import type { Fault } from '../../harness/experiment.ts';

/** SIGKILL: no goodbye, no flush. Healed by starting the part again on its old ports and files, until it is ready. */
export const kill = (part: string): Fault => ({
  name: `kill-${part}`,
  needs: 'kill',
  tolerated: true,
  async inject(controls) {
    await controls.kill(part);
    return () => controls.revive(part);
  },
});
