import type { Kind } from './fault.ts';

/** SIGSTOP: connections stay open and nobody answers, as on a machine that swaps or a VM that moves. Healed by SIGCONT. */
export const pause: Kind = {
  controls: ['pause', 'resume'],
  parameters: {},
  async inject({ to }, controls) {
    await controls.pause(to);
    return () => controls.resume(to);
  },
};
