/** The same names in every place, and what the specification says of each place. */
import { readFileSync } from 'node:fs';
import { describe, expect, it } from '@jest/globals';
import { parse } from 'yaml';

interface Component {
  readonly metadata: { readonly name: string };
  readonly scopes?: readonly string[];
  readonly auth?: { readonly secretStore: string };
  readonly spec: { readonly type: string; readonly metadata: readonly Item[] };
}
interface Item {
  readonly name: string;
  readonly value?: string;
  readonly secretKeyRef?: { readonly name: string; readonly key: string };
}

const at = (place: string, name: string) => {
  const file = new URL(`../../components/${place}/${name}.yaml`, import.meta.url);
  const component = parse(readFileSync(file, 'utf8')) as Component;
  return { ...component, item: (key: string) => component.spec.metadata.find((one) => one.name === key) };
};
const places = ['local', 'kind', 'production'];

describe.each(['kafka-pubsub', 'kafka-broadcast', 'statestore', 'reminder-cron'])('%s', (name) => {
  it('has one name everywhere, for the same services', () => {
    expect(places.map((place) => at(place, name).metadata.name)).toEqual([name, name, name]);
    const [first, ...others] = places.map((place) => [...(at(place, name).scopes ?? [])].sort());
    expect(others).toEqual([first, first]);
  });
});

describe.each(['kafka-pubsub', 'kafka-broadcast'])('%s', (name) => {
  it('finds the broker of the cluster, and in production Redpanda Cloud, encrypted and with secrets (FR-003)', () => {
    expect(at('kind', name).item('brokers')?.value).toBe('kafka.default.svc.cluster.local:9092');
    const production = at('production', name);
    expect(production.item('brokers')?.value).toMatch(/redpanda/);
    expect(production.item('authType')?.value).toBe('password');
    expect(production.item('disableTls')?.value).toBe('false');
    expect(production.item('saslPassword')).toEqual({
      name: 'saslPassword',
      secretKeyRef: { name: 'kafka-secrets', key: 'password' },
    });
  });

  it('loses nothing anywhere: acknowledged by all replicas, and the same groups', () => {
    for (const key of ['producerRequiredAcks', 'initialOffset', 'subscriptionScopes', 'consumerGroup'])
      expect([key, ...places.map((place) => at(place, name).item(key)?.value)]).toEqual([
        key,
        ...places.map(() => at('local', name).item(key)?.value),
      ]);
  });
});

describe('statestore', () => {
  it('is the Redis of the cluster (FR-008)', () => {
    const { spec, item, auth } = at('kind', 'statestore');
    expect([spec.type, item('redisHost')?.value]).toEqual(['state.redis', 'redis-master.default.svc.cluster.local:6379']);
    expect([item('redisPassword')?.secretKeyRef?.name, auth?.secretStore]).toEqual(['redis-secrets', 'kubernetes']);
  });

  it('is Neon in production, its connection string a secret (FR-009)', () => {
    const { spec, item, auth } = at('production', 'statestore');
    expect([spec.type, auth?.secretStore]).toEqual(['state.postgresql', 'kubernetes']);
    expect(item('connectionString')).toEqual({
      name: 'connectionString',
      secretKeyRef: { name: 'neon-secrets', key: 'state-connection-string' },
    });
  });
});

it('the tick comes every five minutes in each place (FR-015)', () => {
  expect(places.map((place) => at(place, 'reminder-cron').item('schedule'))).toEqual(
    places.map((place) => expect.objectContaining(place === 'local' ? { name: 'schedule' } : { value: '@every 5m' })),
  );
});
