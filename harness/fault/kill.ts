import type { Kind } from './fault.ts';

/** SIGKILL: no goodbye, no flush. Healed by starting the part again on its old ports and files, until it is ready. */
export const kill: Kind = {
  controls: ['kill', 'revive'],
  parameters: {},
  async inject({ to }, controls) {
    await controls.kill(to);
    return () => controls.revive(to);
  },
};
