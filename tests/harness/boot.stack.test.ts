/** Proof three with the real programs: our own folder loads, and what this daprd was built without is never called loaded. */
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { runComponentsValidate } from '../../harness/contract/resource/resources.ts';
import { booting, bootProof } from '../../harness/boot.ts';
import { claimFolder } from '../../harness/process/folder.ts';
import { kafka } from '../../harness/process/kafka.ts';
import { redis } from '../../harness/process/redis.ts';
import { openScope } from '../../harness/process/scope.ts';
import { toolchain } from '../../harness/toolchain/toolchain.ts';
import { system } from '../own-project.ts';
import { componentTypes } from '../own-project.ts';

const scope = openScope({ title: 'components boot' });
let env: Record<string, string>;
beforeAll(async () => {
  const tools = await toolchain(['daprd', 'kafka', 'redis'], {
    components: componentTypes,
    progress: () => {},
    signal: AbortSignal.timeout(900_000),
  });
  const folder = claimFolder(scope, { name: 'components-boot' });
  const [broker, store] = await Promise.all([
    scope.use(kafka({ tool: tools.kafka, folder })),
    scope.use(redis({ tool: tools.redis, folder })),
  ]);
  env = { KAFKA_BROKERS: broker.brokers, REDIS_HOST: store.address, NAMES_FILE: join(folder, 'names.sqlite'), ZIPKIN_URL: '' };
}, 900_000);
afterAll(() => scope.close());

const component = (name: string, type: string, metadata: Record<string, string>) =>
  JSON.stringify({
    apiVersion: 'dapr.io/v1alpha1',
    kind: 'Component',
    metadata: { name },
    spec: { type, version: 'v1', metadata: Object.entries(metadata).map(([key, value]) => ({ name: key, value })) },
  });

describe('bootProof', () => {
  it('sees every component of components/local loaded, for every app in its scopes', async () => {
    const booted = await bootProof(join(import.meta.dirname, '..', '..', 'components', 'local'), env);
    expect(
      booted.map(({ component: name, app, outcome, because = '' }) => `${name} for ${app}: ${outcome}${because}`).sort(),
    ).toEqual([
      'kafka-broadcast for frontend: loaded',
      'kafka-pubsub for backend: loaded',
      'kafka-pubsub for notification: loaded',
      'kafka-pubsub for recurring: loaded',
      'reminder-cron for recurring: loaded',
      'statestore for backend: loaded',
    ]);
  }, 240_000);

  it('says of a type this daprd was built without that it was not booted, and still loads the others', async () => {
    const folder = claimFolder(scope, { name: 'foreign' });
    writeFileSync(
      join(folder, 'vault.yaml'),
      component('vault', 'secretstores.hashicorp.vault', { vaultAddr: 'http://127.0.0.1:1' }),
    );
    writeFileSync(join(folder, 'memory.yaml'), component('memory', 'state.in-memory', { keyPrefix: 'none' }));
    expect(await bootProof(folder, {})).toEqual([
      { component: 'memory', app: 'plumbline', outcome: 'loaded' },
      { component: 'vault', app: 'plumbline', outcome: 'not booted', because: expect.stringContaining('built without') },
    ]);
  }, 120_000);

  it('calls nothing loaded that lacks a variable or a Kubernetes secret', async () => {
    const components = join(import.meta.dirname, '..', '..', 'components');
    const short = async (place: string) =>
      (await bootProof(join(components, place), {})).map(
        ({ component: name, outcome, because = '' }) => `${name}: ${outcome} ${because}`,
      );
    expect([...new Set(await short('local'))].sort()).toEqual([
      'kafka-broadcast: not booted KAFKA_BROKERS not set',
      'kafka-pubsub: not booted KAFKA_BROKERS not set',
      'reminder-cron: loaded ',
      'statestore: not booted REDIS_HOST not set',
    ]);
    expect([...new Set(await short('production'))].sort()).toEqual([
      'kafka-broadcast: not booted its secrets are in Kubernetes',
      'kafka-pubsub: not booted its secrets are in Kubernetes',
      'reminder-cron: loaded ',
      'statestore: not booted its secrets are in Kubernetes',
    ]);
  }, 120_000);

  it('is 1 by the command when one fails, 0 when all load', async () => {
    const said: string[] = [];
    const say = (text: string) => void said.push(text);
    expect(await runComponentsValidate({ folder: system.components, boot: booting({ env }) }, say)).toBe(0);
    expect(said.at(-1)).toBe('booted: 6 loaded, 0 failed, 0 not booted, which is not a pass');
    expect(
      await runComponentsValidate(
        { folder: system.components, boot: booting({ env: { ...env, REDIS_HOST: '127.0.0.1:1' } }) },
        say,
      ),
    ).toBe(1);
  }, 240_000);

  it('convicts a store that nobody serves', async () => {
    const folder = claimFolder(scope, { name: 'unserved' });
    writeFileSync(
      join(folder, 'store.yaml'),
      component('store', 'state.redis', { redisHost: '127.0.0.1:1', redisMaxRetries: '0' }),
    );
    expect(await bootProof(folder, {})).toEqual([
      { component: 'store', app: 'plumbline', outcome: 'failed', because: expect.stringContaining('127.0.0.1:1') },
    ]);
  }, 120_000);
});
