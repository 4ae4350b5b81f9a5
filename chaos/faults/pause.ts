import type { Fault } from '../../harness/experiment.ts';

/** SIGSTOP: connections stay open and nobody answers, as on a machine that swaps or a VM that moves. Healed by SIGCONT. */
export const pause = (part: string): Fault => ({
  name: `pause-${part}`,
  needs: 'pause',
  tolerated: true,
  async inject(controls) {
    await controls.pause(part);
    return () => controls.resume(part);
  },
});
