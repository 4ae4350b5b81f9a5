import { readdirSync, readFileSync } from 'node:fs';
import { describe, expect, it } from '@jest/globals';
import { parseAllDocuments } from 'yaml';
import { complaintsAboutComponents } from '../../harness/preflight/components.ts';
import { system as ours } from '../own-project.ts';

interface Item {
  readonly name: string;
  readonly value?: string;
  readonly envRef?: string;
}
interface Resource {
  readonly apiVersion: string;
  readonly kind: string;
  readonly metadata: { readonly name: string; readonly namespace?: string };
  readonly spec: { readonly type: string; readonly version: string; readonly metadata: readonly Item[] };
  readonly scopes?: readonly string[];
}

const folder = new URL('../../components/local/', import.meta.url);
const files = readdirSync(folder);
const documents = (file: string) => parseAllDocuments(readFileSync(new URL(file, folder), 'utf8')) as { toJS(): unknown }[];
// eslint-disable-next-line @typescript-eslint/no-explicit-any -- free-form YAML, and each test says what it expects of it
const only = (file: string) => documents(file)[0]?.toJS() as any;
const component = (file: string) => {
  const resource = only(file) as Resource;
  const value = (name: string) => resource.spec.metadata.find((item) => item.name === name)?.value;
  return { ...resource, value };
};
const system = parseAllDocuments(readFileSync(new URL('../../impl/system.yaml', import.meta.url), 'utf8'))[0]?.toJS() as {
  topics: Record<string, unknown>;
};

describe('components/local', () => {
  it('holds nothing but resources daprd understands', () => {
    // Any other file makes each sidecar log warnings: it reads the folder once per kind.
    expect(files.filter((name) => !name.endsWith('.yaml'))).toEqual([]);
    expect(complaintsAboutComponents({ ...ours, components: folder.pathname }, String)).toEqual([]);
  });

  it.each(files)('%s is one document', (file) => {
    expect(documents(file)).toHaveLength(1);
  });

  it.each(files)('%s names no namespace: a sidecar with another one would skip it in silence', (file) => {
    expect(only(file).metadata.namespace).toBeUndefined();
  });

  it('has no Subscription: services subscribe through /dapr/subscribe', () => {
    expect(files.map((file) => only(file).kind).sort()).toEqual([
      'Component',
      'Component',
      'Component',
      'Component',
      'Configuration',
      'Resiliency',
    ]);
  });

  const components = files.filter((file) => only(file).kind === 'Component');

  it.each(components)('%s is named as its file, for named services only', (file) => {
    const { metadata, scopes } = component(file);
    expect(`${metadata.name}.yaml`).toBe(file);
    expect(scopes?.length).toBeGreaterThan(0);
    const services = ['backend', 'frontend', 'recurring', 'notification'];
    expect(scopes?.filter((scope) => !services.includes(scope))).toEqual([]);
  });

  it.each(components)('%s gives each item once, a text, or an environment variable that daprd may read', (file) => {
    const items = component(file).spec.metadata;
    expect(new Set(items.map(({ name }) => name.toLowerCase())).size).toBe(items.length);
    for (const { name, value, envRef } of items) {
      expect({ name, type: envRef === undefined ? typeof value : 'string' }).toEqual({ name, type: 'string' });
      // daprd refuses these names and goes on with an empty value.
      if (envRef !== undefined) expect(envRef).toMatch(/^(?!DAPR_|APP_API_TOKEN$)[A-Z][A-Z0-9_]*$/);
    }
  });
});

describe('kafka-pubsub', () => {
  const kafka = component('kafka-pubsub.yaml');

  it('is Kafka, for who publishes and who has effects, at the address of the run', () => {
    expect(kafka.spec).toMatchObject({ type: 'pubsub.kafka', version: 'v1' });
    expect(kafka.scopes?.toSorted()).toEqual(['backend', 'notification', 'recurring']);
    expect(kafka.spec.metadata).toContainEqual({ name: 'brokers', envRef: 'KAFKA_BROKERS' });
    expect(kafka.value('authType')).toBe('none');
  });

  it('has the one group, and exactly one service that may consume with it', () => {
    expect(kafka.value('consumerGroup')).toBe('todo-app-group');
    const mayConsume = (kafka.value('subscriptionScopes') ?? '').split(';').map((entry) => entry.split('='));
    expect(mayConsume.map(([app]) => app).sort()).toEqual(kafka.scopes?.toSorted());
    expect(mayConsume.filter(([, topics]) => topics !== '')).toEqual([['notification', 'task-events,reminders']]);
  });

  it('allows the topics of system.yaml', () => {
    expect((kafka.value('allowedTopics') ?? '').split(',').sort()).toEqual(Object.keys(system.topics).sort());
  });

  it('loses nothing by its settings', () => {
    expect(kafka.value('initialOffset')).toBe('oldest');
    expect(kafka.value('producerRequiredAcks')).toBe('all');
    expect(kafka.value('consumeRetryEnabled')).toBe('true');
    expect(kafka.value('backOffMaxRetries')).toBe('-1');
  });
});

describe('kafka-broadcast', () => {
  const broadcast = component('kafka-broadcast.yaml');

  it('gives every start of every frontend replica a group of its own, and the newest only', () => {
    expect(broadcast.spec).toMatchObject({ type: 'pubsub.kafka', version: 'v1' });
    expect([broadcast.value('consumerGroup'), broadcast.value('initialOffset')]).toEqual(['{appID}-{uuid}', 'newest']);
    expect(broadcast.scopes).toEqual(['frontend']);
  });

  it('is for listening to task-updates and nothing else', () => {
    expect([
      broadcast.value('allowedTopics'),
      broadcast.value('subscriptionScopes'),
      broadcast.value('publishingScopes'),
    ]).toEqual(['task-updates', 'frontend=task-updates', 'frontend=']);
  });
});

describe('statestore', () => {
  it('is Redis, for the service that keeps conversations', () => {
    const store = component('statestore.yaml');
    expect(store.spec).toMatchObject({ type: 'state.redis', version: 'v1' });
    expect(store.spec.metadata).toContainEqual({ name: 'redisHost', envRef: 'REDIS_HOST' });
    expect(store.scopes).toEqual(['backend']);
  });
});

describe('reminder-cron', () => {
  it('fires every five minutes at the route the specification names', () => {
    const cron = component('reminder-cron.yaml');
    expect(cron.spec).toMatchObject({ type: 'bindings.cron', version: 'v1' });
    expect([cron.value('schedule'), cron.value('direction'), cron.value('route')]).toEqual([
      '@every 5m',
      'input',
      '/dapr/cron/reminder-cron',
    ]);
    expect(cron.scopes).toEqual(['recurring']);
  });
});

describe('resiliency', () => {
  const { policies, targets } = only('resiliency.yaml').spec;

  it('never gives up a delivery: only the subscriber can tell what is poison', () => {
    const { inbound } = targets.components['kafka-pubsub'];
    const { policy, duration, maxRetries } = policies.retries[inbound.retry];
    expect(policy).toBe('constant');
    expect([duration, maxRetries]).toEqual(['1s', -1]);
    expect(policies.timeouts[inbound.timeout]).toBe('20s');
  });

  it('leaves publishing to the relay: one owner per retry', () => {
    expect(Object.keys(targets).sort()).toEqual(['apps', 'components']);
    expect(Object.keys(targets.components['kafka-pubsub'])).toEqual(['inbound']);
    expect(targets.components['kafka-pubsub'].inbound.circuitBreaker).toBeUndefined();
  });

  it.each(['backend', 'notification'])('calls %s three times within 30 s, and leaves breaking to the caller', (app) => {
    const { timeout, retry, circuitBreaker } = targets.apps[app];
    const { policy, duration, maxRetries, matching } = policies.retries[retry];
    expect([policy, maxRetries]).toEqual(['constant', 2]);
    // Neither a refusal nor a conflict is another one at the next attempt.
    expect(matching.httpStatusCodes).toBe('408,429,500-599');
    const ms = (text: string) => Number.parseFloat(text) * (text.endsWith('ms') ? 1 : 1000);
    expect(3 * ms(policies.timeouts[timeout]) + 2 * ms(duration)).toBeLessThan(29_500);
    // Dapr's counts 4xx answers: five refused forms would lock a user out.
    expect([circuitBreaker, policies.circuitBreakers]).toEqual([undefined, undefined]);
    // Only when every dead replica is forgotten may the last attempt choose.
    const { updateInterval } = only('configuration.yaml').spec.nameResolution.configuration;
    expect(2 * ms(duration)).toBeGreaterThanOrEqual(ms(updateInterval));
  });
});

describe('configuration', () => {
  it('reloads nothing in mid-run, samples every trace, and makes no metric per URL', () => {
    const { features, tracing, metrics } = only('configuration.yaml').spec;
    expect(features).toContainEqual({ name: 'HotReload', enabled: false });
    expect(tracing).toEqual({ samplingRate: '0.1', zipkin: { endpointAddress: '${ZIPKIN_URL}' } });
    expect(metrics.http.increasedCardinality).toBe(false);
    expect(metrics.latencyDistributionBuckets).toEqual(
      metrics.latencyDistributionBuckets.toSorted((a: number, b: number) => a - b),
    );
  });

  it('holds no dollar sign but where daprd is to fill in the environment', () => {
    const dollars = readFileSync(new URL('configuration.yaml', folder), 'utf8')
      .split('\n')
      .filter((line) => line.includes('$') && !line.startsWith('#'));
    expect(dollars.map((line) => line.trim().split(': ')[1])).toEqual(['${NAMES_FILE}', '${ZIPKIN_URL}']);
  });

  it('finds other sidecars in a file of the run, which is never swept', () => {
    const { component: name, configuration } = only('configuration.yaml').spec.nameResolution;
    expect([name, configuration.connectionString, configuration.cleanupInterval]).toEqual(['sqlite', '${NAMES_FILE}', '8760h']);
  });
});
