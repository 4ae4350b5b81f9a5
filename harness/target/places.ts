/** Where each replica will be, known before anything starts: others must be told its address. */
import { claimPort, claimPorts } from '../process/ports.ts';
import type { Scope } from '../process/scope.ts';
import type { ReplicaOf } from './environment.ts';
import type { ServicePlan, System } from '../project/system.ts';

/** One replica before it starts: its ports are known, because others must be told its address. */
export interface Place extends ReplicaOf {
  readonly plan: ServicePlan;
  readonly title: string;
  readonly appUrl: URL;
}

/** `specified`: the first replica of each service at the ports of `system.yaml`; everything else is found free. */
export async function placesOf(scope: Scope, { services }: System, ports: 'specified' | 'free'): Promise<Place[]> {
  const places: Place[] = [];
  for (const [name, plan] of Object.entries(services)) {
    for (let n = 0; n < plan.replicas; n++) {
      const [appPort, sidecarPort] =
        ports === 'specified' && n === 0 ? await specified(scope, name, plan) : await claimPorts(scope, 2);
      if (appPort === undefined || sidecarPort === undefined) throw new Error(`no ports for ${name}`);
      const title = n === 0 ? name : `${name}-${n}`;
      places.push({
        service: name,
        replica: n,
        plan,
        title,
        appPort,
        sidecarPort,
        appUrl: new URL(`http://127.0.0.1:${appPort}`),
      });
    }
  }
  return places;
}

async function specified(scope: Scope, name: string, { appPort, sidecarPort }: ServicePlan): Promise<number[]> {
  return [await claimPort(scope, appPort, name), await claimPort(scope, sidecarPort, `${name}'s sidecar`)];
}
