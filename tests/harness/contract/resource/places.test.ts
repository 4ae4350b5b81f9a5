/** The same names in each place, so that services never know where they run; and where each place must differ. */
import { cpSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { parse } from 'yaml';
import { type Item, itemsOf } from '../../../../harness/contract/resource/metadata.ts';
import { readResources } from '../../../../harness/contract/resource/files.ts';
import { validateComponents } from '../../../../harness/contract/resource/resources.ts';

const root = join(import.meta.dirname, '..', '..', '..', '..', 'components');
const places = ['local', 'kind', 'production'] as const;
const resources = (place: string) => readResources(join(root, place)).flatMap((folder) => folder.resources);
const items = (place: string, name: string): Map<string, Item> => {
  const [found] = resources(place).filter((one) => one.kind === 'Component' && one.name === name);
  return new Map(found ? itemsOf(found).map((item) => [item.name, item]) : []);
};

describe('every place', () => {
  it.each(['kind', 'production'])('%s has the names, kinds and scopes of local', (place) => {
    const told = (where: string) => resources(where).map(({ kind, name, value }) => ({ kind, name, scopes: value['scopes'] }));
    expect(told(place)).toEqual(told('local'));
  });

  it.each(['kind', 'production'])('%s delivers, routes and retries as local does', (place) => {
    const connection = /^(brokers|authType|disableTls|sasl\w+)$/;
    for (const name of ['kafka-pubsub', 'kafka-broadcast', 'reminder-cron']) {
      const rest = (where: string) => [...items(where, name).values()].filter((item) => !connection.test(item.name));
      expect(rest(place)).toEqual(rest('local'));
    }
    const specOf = (where: string) =>
      (parse(readFileSync(join(root, where, 'resiliency.yaml'), 'utf8')) as { spec: unknown }).spec;
    expect(specOf(place)).toEqual(specOf('local'));
  });

  it.each(['kind', 'production'])('%s leaves name resolution to the cluster, and traces', (place) => {
    const { spec } = parse(readFileSync(join(root, place, 'configuration.yaml'), 'utf8')) as { spec: Record<string, unknown> };
    expect(spec['nameResolution']).toBeUndefined();
    expect(spec['tracing']).toMatchObject({ zipkin: { endpointAddress: expect.stringMatching(/\/api\/v2\/spans$/) } });
  });
});

describe('kind', () => {
  it('has FR-003’s broker and FR-008’s store inside the cluster', () => {
    for (const name of ['kafka-pubsub', 'kafka-broadcast'])
      expect(items('kind', name).get('brokers')?.value).toBe('kafka.default.svc.cluster.local:9092');
    expect(items('kind', 'statestore').get('redisHost')?.value).toBe('redis-master.default.svc.cluster.local:6379');
    expect(items('kind', 'statestore').get('redisPassword')?.secretKeyRef).toEqual({ name: 'redis-secrets', key: 'password' });
  });
});

describe('production', () => {
  it.each(['kafka-pubsub', 'kafka-broadcast'])('%s signs in to Redpanda by SCRAM over TLS (ruling 20)', (name) => {
    const told = items('production', name);
    const plain = Object.fromEntries(['authType', 'saslMechanism', 'disableTls'].map((key) => [key, told.get(key)?.value]));
    expect(plain).toEqual({ authType: 'password', saslMechanism: 'SHA-256', disableTls: 'false' });
    expect(told.get('saslUsername')?.secretKeyRef).toEqual({ name: 'kafka-secrets', key: 'username' });
    expect(told.get('saslPassword')?.secretKeyRef).toEqual({ name: 'kafka-secrets', key: 'password' });
  });

  it('keeps state in Neon, by v2 of the store (FR-009, ruling 19)', () => {
    const [store] = resources('production').filter(({ name }) => name === 'statestore');
    expect(store?.value['spec']).toMatchObject({ type: 'state.postgresql', version: 'v2' });
    expect(items('production', 'statestore').get('connectionString')?.secretKeyRef).toEqual({
      name: 'neon-secrets',
      key: 'state-connection-string',
    });
  });

  it('holds no secret, only references', () => {
    const secret = /password|connectionString|username|token|key$/i;
    for (const resource of resources('production'))
      for (const { name, value } of itemsOf(resource))
        if (secret.test(name)) expect({ name, value }).toEqual({ name, value: undefined });
  });
});

describe('the judge', () => {
  let folder: string;
  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), 'places-'));
  });
  afterEach(() => rmSync(folder, { recursive: true }));

  const files = places.flatMap((place) =>
    readdirSync(join(root, place))
      .filter((file) => !/^(resiliency|configuration)\.yaml$/.test(file))
      .map((file) => [place, file] as const),
  );

  it.each(files)('sees each metadata key of %s/%s misspelt, at its line', (place, file) => {
    const source = readFileSync(join(root, place, file), 'utf8').split('\n');
    let seen = 0;
    for (const [n, line] of source.entries()) {
      const [, name] = /^ {4}- name: (\w+)$/.exec(line) ?? [];
      if (name === undefined) continue;
      seen++;
      // In the middle, so that no prefix such as backOff hides it.
      const wrong = `${name.slice(0, 3)}x${name.slice(3)}`;
      writeFileSync(join(folder, file), source.with(n, line.replace(name, wrong)).join('\n'));
      expect(validateComponents(folder).map(({ rule, line: at }) => `${rule}:${at}`)).toContain(`unknown-metadata-key:${n + 1}`);
    }
    expect(seen).toBeGreaterThan(0);
  });

  it('judges whatever a file holds, and never throws', () => {
    const kinds = ['Component', 'Subscription', 'Resiliency', 'Configuration', 'HTTPEndpoint'];
    cpSync(join(root, 'local', 'resiliency.yaml'), join(folder, 'resiliency.yaml'));
    const loose = fc.record(
      {
        type: fc.constantFrom('pubsub.kafka', 'state.redis', 'bindings.cron'),
        version: fc.constantFrom('v1', '', 'v9'),
        metadata: fc.oneof(
          fc.jsonValue(),
          fc.array(fc.record({ name: fc.constantFrom('brokers', 'schedule'), value: fc.jsonValue() })),
        ),
        policies: fc.jsonValue(),
        targets: fc.oneof(fc.jsonValue(), fc.record({ components: fc.dictionary(fc.constant('a'), fc.jsonValue()) })),
        routes: fc.jsonValue(),
        tracing: fc.jsonValue(),
      },
      { requiredKeys: [] },
    );
    fc.assert(
      fc.property(fc.constantFrom(...kinds), fc.oneof(fc.jsonValue(), loose), fc.jsonValue(), (kind, spec, rest) => {
        const text = JSON.stringify({
          apiVersion: 'dapr.io/v1alpha1',
          kind,
          metadata: { name: 'a' },
          spec,
          scopes: rest,
          auth: rest,
        });
        writeFileSync(join(folder, 'any.yaml'), text);
        for (const { line, message } of validateComponents(folder)) expect([line > 0, message.length > 0]).toEqual([true, true]);
      }),
      { numRuns: 500 },
    );
  });
});
