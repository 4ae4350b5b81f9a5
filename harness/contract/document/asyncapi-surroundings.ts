/** What the AsyncAPI document is held against, read from the system file, the components and the event schemas. */
import { readdirSync, readFileSync } from 'node:fs';
import { join, relative } from 'node:path';
import { parse } from 'yaml';
import type { System } from '../../project/system.ts';
import type { PubSub, Surroundings } from './asyncapi.ts';
import type { JsonObject } from './openapi-bundle.ts';

interface Component {
  readonly metadata: { readonly name: string };
  readonly scopes: readonly string[];
  readonly spec: { readonly type: string; readonly metadata: readonly { readonly name: string; readonly value?: string }[] };
}

/** `contracts` holds `events/asyncapi.json`. */
export function asyncApiSurroundings(contracts: string, system: System): Surroundings {
  const events = join(contracts, 'events');
  const text = (path: string) => readFileSync(join(events, path), 'utf8');
  const schemas = readdirSync(events, { withFileTypes: true })
    .filter((entry) => entry.isDirectory())
    .flatMap(({ name }) => readdirSync(join(events, name)).map((file) => `${name}/${file}`))
    .filter((path) => path.endsWith('.json'));
  const components = readdirSync(system.components)
    .filter((file) => /\.ya?ml$/.test(file))
    .map((file) => parse(readFileSync(join(system.components, file), 'utf8')) as Component);
  return {
    file: relative(process.cwd(), join(events, 'asyncapi.json')),
    text: text('asyncapi.json'),
    topics: system.topics,
    naming: system.events,
    pubsubs: components.filter(({ spec }) => spec?.type === 'pubsub.kafka').map(pubsubOf),
    schemas: new Map(schemas.map((path) => [path, JSON.parse(text(path)) as JsonObject])),
  };
}

const listed = (value: string) => value.split(',').filter(Boolean);

function pubsubOf({ metadata, scopes, spec }: Component): PubSub {
  const item = (name: string) => spec.metadata.find((one) => one.name === name)?.value ?? '';
  const scoped = (name: string) =>
    new Map(
      item(name)
        .split(';')
        .filter(Boolean)
        .map((entry) => entry.split('='))
        .map(([service = '', topics = '']) => [service, listed(topics)] as const),
    );
  return {
    name: metadata.name,
    scopes,
    consumerGroup: item('consumerGroup'),
    allowedTopics: listed(item('allowedTopics')),
    publishingScopes: scoped('publishingScopes'),
    subscriptionScopes: scoped('subscriptionScopes'),
  };
}
