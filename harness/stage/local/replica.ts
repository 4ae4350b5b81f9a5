/** One replica of a service: its process as soon as there is a database, its sidecar as soon as there is a broker. */
import { type Daprd, daprd } from '../../process/daprd.ts';
import type { Part } from '../../process/part.ts';
import type { Scope } from '../../process/scope.ts';
import { service } from '../../process/service.ts';
import type { System } from '../../project/system.ts';
import type { Tool } from '../../toolchain/tool.ts';
import { environmentOf, type Surroundings } from './environment.ts';
import type { Place } from './places.ts';

export interface Replica {
  readonly place: Place;
  readonly sidecar: Daprd;
}

export interface ReplicaPlan {
  readonly system: System;
  /** The run's folder. */
  readonly folder: string;
  readonly tool: Tool;
  /** The Dapr resources that every sidecar loads. */
  readonly resourcesPath: string;
  /** What the service is told of the parts. */
  readonly surroundings: Promise<Surroundings>;
  /** What the components and the configuration are told of them. */
  readonly sidecarEnv: Promise<Readonly<Record<string, string>>>;
  readonly keep: (name: string, part: Part) => void;
}

/** Resolves when the sidecar has reached its app. */
export async function startReplica(scope: Scope, place: Place, plan: ReplicaPlan): Promise<Replica> {
  const { system, folder, tool, resourcesPath, keep } = plan;
  const { plan: asked, title, appUrl, appPort, sidecarPort } = place;
  const app = async () => {
    const env = environmentOf(asked, place, await plan.surroundings);
    const healthUrl = new URL(asked.health, appUrl).href;
    keep(title, await scope.use(service({ title, folder, command: asked.command, cwd: system.folder, env, healthUrl })));
  };
  const sidecar = async () => {
    const own = `${title}-sidecar`;
    const started = await scope.use(
      daprd({
        title: own,
        folder,
        tool,
        appId: place.service,
        appPort,
        httpPort: sidecarPort,
        resourcesPath,
        configPath: system.configuration,
        ...(asked.appMaxConcurrency !== undefined && { appMaxConcurrency: asked.appMaxConcurrency }),
        env: await plan.sidecarEnv,
      }),
    );
    keep(own, started);
    return started;
  };
  const [, started] = await Promise.all([app(), sidecar()]);
  await started.appReady();
  return { place, sidecar: started };
}
