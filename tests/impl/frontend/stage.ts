/** Two or more sidecars that find each other, an identity provider, the frontend, and who it calls. */
import { randomBytes } from 'node:crypto';
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { type Daprd, daprd } from '../../../harness/process/daprd.ts';
import { claimFolder } from '../../../harness/process/folder.ts';
import { type Identity, identity } from '../../../harness/process/identity.ts';
import { claimPorts } from '../../../harness/process/ports.ts';
import { openScope, type Scope } from '../../../harness/process/scope.ts';
import { type Service, service } from '../../../harness/process/service.ts';
import { until } from '../../../harness/process/until.ts';
import { toolchain } from '../../../harness/toolchain/toolchain.ts';
import { componentTypes } from '../../own-project.ts';

export interface Running {
  readonly service: Service;
  readonly sidecar: Daprd;
  readonly url: string;
}

export interface Stage {
  readonly scope: Scope;
  readonly folder: string;
  readonly identity: Identity;
  readonly sessionKey: string;
  /** The first one has the address that the provider sends people back to. */
  frontend(env?: Record<string, string>): Promise<Running>;
  /** `fixtures/backend.ts` under backend's app-id; each call is one more replica. */
  standIn(): Promise<Running>;
  /** The real one. */
  backend(databaseUrl: string): Promise<Running>;
}

export interface StageOptions {
  /** Changes the resiliency policy of components/local, e.g. so that an attempt ends sooner. */
  readonly resiliency?: (text: string) => string;
  /** Files beside it, by name. */
  readonly components?: Readonly<Record<string, string>>;
  /** What the sidecars read from their environment. */
  readonly sidecarEnv?: Readonly<Record<string, string>>;
}

const root = join(import.meta.dirname, '../../..');
export const clientSecret = 'a-secret-of-the-test';

export async function withStage(options: StageOptions, act: (stage: Stage) => Promise<void>): Promise<void> {
  const { resiliency = (text) => text, components = { 'broadcast.yaml': inMemory }, sidecarEnv = {} } = options;
  const scope = openScope({ title: 'test of frontend' });
  try {
    const folder = claimFolder(scope, { name: 'frontend' });
    const tools = await toolchain(['daprd'], { components: componentTypes, progress: () => {}, signal: scope.signal });
    const resourcesPath = join(folder, 'components');
    mkdirSync(resourcesPath, { recursive: true });
    writeFileSync(
      join(resourcesPath, 'resiliency.yaml'),
      // The deployed pauses outlast a forgotten replica (chaos/backend-crash.drill.ts waits for them); here nothing is forgotten.
      resiliency(
        readFileSync(join(root, 'components/local/resiliency.yaml'), 'utf8').replace('duration: 1500ms', 'duration: 200ms'),
      ),
    );
    for (const [name, text] of Object.entries(components)) writeFileSync(join(resourcesPath, name), text);
    const configPath = join(folder, 'configuration.yaml');
    writeFileSync(configPath, configuration(join(folder, 'names.db')));

    const [frontendPort] = (await claimPorts(scope, 1)) as [number];
    const publicUrl = `http://127.0.0.1:${frontendPort}`;
    const provider = await scope.use(
      identity({
        folder,
        audience: 'urn:todo',
        clients: [
          {
            clientId: 'frontend',
            clientSecret,
            redirectUris: [`${publicUrl}/auth/callback`],
            postLogoutRedirectUris: [`${publicUrl}/`],
          },
        ],
      }),
    );
    const identityEnv = { OIDC_ISSUER: provider.issuer, OIDC_AUDIENCE: 'urn:todo' };
    const sessionKey = randomBytes(32).toString('base64url');
    let count = 0;
    let firstPort: number | undefined = frontendPort;

    async function start(appId: string, command: string[], healthPath: string, env: Record<string, string>, port?: number) {
      const title = `${appId}-${count++}`;
      const [claimed, sidecarPort] = (await claimPorts(scope, 2)) as [number, number];
      const appPort = port ?? claimed;
      const url = `http://127.0.0.1:${appPort}`;
      const started = await scope.use(
        service({
          title,
          folder,
          command: ['node', ...command],
          cwd: root,
          env: { APP_PORT: String(appPort), DAPR_HTTP_PORT: String(sidecarPort), REPLICA: title, LOG_LEVEL: 'info', ...env },
          healthUrl: `${url}${healthPath}`,
        }),
      );
      const sidecar = await scope.use(
        daprd({
          title: `${title}-sidecar`,
          folder,
          tool: tools.daprd,
          appId,
          appPort,
          httpPort: sidecarPort,
          resourcesPath,
          configPath,
          env: sidecarEnv,
        }),
      );
      await sidecar.appReady();
      return { service: started, sidecar, url };
    }

    await act({
      scope,
      folder,
      identity: provider,
      sessionKey,
      frontend(env = {}) {
        const port = firstPort;
        firstPort = undefined;
        return start(
          'frontend',
          ['impl/frontend/main.ts'],
          '/livez',
          { ...identityEnv, OIDC_CLIENT_SECRET: clientSecret, PUBLIC_URL: publicUrl, SESSION_KEYS: sessionKey, ...env },
          port,
        );
      },
      standIn: () => start('backend', ['tests/impl/frontend/fixtures/backend.ts'], '/', {}),
      backend: (databaseUrl) =>
        start('backend', ['impl/backend/main.ts'], '/livez', { ...identityEnv, DATABASE_URL: databaseUrl, RELAY: 'off' }),
    });
  } finally {
    await scope.close();
  }
}

/** Polls until it is so; the scope's end ends the wait. */
export async function eventually(
  scope: Scope,
  title: string,
  isSo: () => Promise<boolean> | boolean,
  giveUpMs = 60_000,
): Promise<void> {
  await until(title, async () => (await isSo()) || undefined, { everyMs: 50, giveUpMs, signal: scope.signal });
}

const configuration = (names: string) => `
apiVersion: dapr.io/v1alpha1
kind: Configuration
metadata: { name: todo }
spec:
  features: [{ name: HotReload, enabled: false }]
  tracing: { samplingRate: "1" }
  nameResolution:
    component: sqlite
    version: v1
    configuration:
      connectionString: "${names}"
      timeout: "3s"
      updateInterval: "5s"
      cleanupInterval: "0"
`;

const inMemory = `
apiVersion: dapr.io/v1alpha1
kind: Component
metadata: { name: kafka-broadcast }
spec: { type: pubsub.in-memory, version: v1, metadata: [] }
scopes: [frontend]
`;
