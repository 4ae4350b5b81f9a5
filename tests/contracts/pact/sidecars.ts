/** The way of a call in production: the caller's sidecar, the provider's sidecar, the provider. */
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { daprd } from '#harness/process/daprd.ts';
import { claimFolder } from '#harness/process/folder.ts';
import type { Scope } from '#harness/process/scope.ts';
import { toolchain } from '#harness/toolchain/toolchain.ts';
import { appApiToken, type Replica } from '../../impl/scene.ts';
import { serve } from './serve.ts';
import { componentTypes } from '../../own-project.ts';

/** What a caller puts before the provider's own paths. */
export async function throughSidecars(
  scope: Scope,
  appId: string,
  replica: Replica,
  components: readonly string[] = [],
): Promise<string> {
  const folder = claimFolder(scope, { name: 'pact-sidecars' });
  const { daprd: tool } = await toolchain(['daprd'], { components: componentTypes, progress: () => {}, signal: scope.signal });
  const configPath = join(folder, 'configuration.yaml');
  mkdirSync(join(folder, 'logs'), { recursive: true });
  writeFileSync(configPath, configuration(join(folder, 'names.db')));
  const start = async (name: string, appPort: number, yaml: readonly string[], httpPort?: number) => {
    const resourcesPath = join(folder, name);
    mkdirSync(resourcesPath, { recursive: true });
    yaml.forEach((text, at) => writeFileSync(join(resourcesPath, `${at}.yaml`), text));
    const started = await scope.use(
      daprd({
        title: `${name}-sidecar`,
        folder,
        tool,
        appId: name,
        appPort,
        ...(httpPort !== undefined && { httpPort }),
        resourcesPath,
        configPath,
        env: { APP_API_TOKEN: appApiToken },
      }),
    );
    await started.appReady();
    return started;
  };
  await start(appId, Number(new URL(replica.url).port), components, replica.sidecarPort);
  // The caller itself is Pact's verifier; its sidecar only wants an app to be there.
  const caller = await start('frontend', await serve(scope, (_, response) => void response.writeHead(404).end()), []);
  return `${caller.url}/v1.0/invoke/${appId}/method`;
}

/** Sidecars of one machine find each other in a file. */
const configuration = (names: string) => `
apiVersion: dapr.io/v1alpha1
kind: Configuration
metadata: { name: pact }
spec:
  features: [{ name: HotReload, enabled: false }]
  nameResolution:
    component: sqlite
    version: v1
    configuration:
      connectionString: "${names}"
      timeout: "3s"
      updateInterval: "5s"
      cleanupInterval: "0"
`;
