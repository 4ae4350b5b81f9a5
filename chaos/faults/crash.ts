import type { Fault } from '../../harness/experiment.ts';

/**
 * A whole replica dies, service and sidecar, as a pod does. Healed as a pod is replaced: at another address, and the service first,
 * because a sidecar can be found as soon as it runs, and would be called for a service that isn't there yet.
 */
export const crash = (replica: string): Fault => ({
  name: `crash-${replica}`,
  needs: 'kill',
  tolerated: true,
  async inject(controls) {
    await Promise.all([controls.kill(replica), controls.kill(`${replica}-sidecar`)]);
    return async () => {
      await controls.revive(replica);
      await controls.replace(`${replica}-sidecar`);
    };
  },
});
