/** Where each replica is, known before anything starts: others must be told its address. The same in every stage of a run. */
import { claimPort, claimPorts } from '../../process/ports.ts';
import type { Scope } from '../../process/scope.ts';
import type { ServicePlan, System } from '../../project/system.ts';
import type { ReplicaOf } from './environment.ts';

export interface Place extends ReplicaOf {
  readonly plan: ServicePlan;
  /** `backend`, `backend-1`: what its parts are called. */
  readonly title: string;
  readonly appUrl: URL;
}

export const titleOf = (service: string, replica: number): string => (replica === 0 ? service : `${service}-${replica}`);

/** `specified`: the first replica of each service at the ports of `system.yaml`; everything else is found free. */
export function openPlaces(scope: Scope, { services }: System, ports: 'specified' | 'free') {
  const known = new Map<string, Promise<Place>>();
  const claim = async (service: string, plan: ServicePlan, replica: number): Promise<Place> => {
    const title = titleOf(service, replica);
    const [appPort, sidecarPort] =
      ports === 'specified' && replica === 0
        ? [await claimPort(scope, plan.appPort, service), await claimPort(scope, plan.sidecarPort, `${service}'s sidecar`)]
        : ((await claimPorts(scope, 2)) as [number, number]);
    return { service, replica, plan, title, appPort, sidecarPort, appUrl: new URL(`http://127.0.0.1:${appPort}`) };
  };
  const placeOf = (service: string, replica: number): Promise<Place> => {
    const plan = Object.hasOwn(services, service) ? services[service] : undefined;
    if (!plan) throw new Error(`NO_SERVICE: ${service}; the system has ${Object.keys(services).join(', ')}`);
    const title = titleOf(service, replica);
    const found = known.get(title) ?? claim(service, plan, replica);
    known.set(title, found);
    return found;
  };
  return {
    placeOf,
    /** One after the other: a port that is taken is told of the first who wants it. */
    async placesOf(replicas: Readonly<Record<string, number>>): Promise<Place[]> {
      const places: Place[] = [];
      for (const [service, count] of Object.entries(replicas))
        for (let n = 0; n < count; n++) places.push(await placeOf(service, n));
      return places;
    },
  };
}
