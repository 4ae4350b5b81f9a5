import type { Kind } from './fault.ts';

const sidecarOf = (replica: string) => `${replica}-sidecar`;

/**
 * A whole replica dies, service and sidecar, as a pod does. Healed as a pod is replaced: at another address, and the service first,
 * because a sidecar can be found as soon as it runs, and would be called for a service that isn't there yet.
 */
export const crash: Kind = {
  controls: ['kill', 'revive', 'replace'],
  parameters: {},
  parts: ({ to }) => [to, sidecarOf(to)],
  async inject({ to }, controls) {
    await Promise.all([controls.kill(to), controls.kill(sidecarOf(to))]);
    return async () => {
      await controls.revive(to);
      await controls.replace(sidecarOf(to));
    };
  },
};
