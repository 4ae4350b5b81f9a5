/**
 * The AsyncAPI document against what it describes: it is well-formed, its references lead somewhere, and topics, groups and
 * who may publish or subscribe are those of system.yaml and of the Dapr components.
 */
import type { EventNaming } from '#harness/evidence/records.ts';
import type { ContractFinding } from '../finding.ts';
import { lineOfPointer, stepsOf } from '../json-lines.ts';
import { pointerOf } from '../yaml-lines.ts';
import { asObject, isObject, type Json, type JsonObject, resolved } from './openapi-bundle.ts';

/** A pub/sub component as its file says it; lists as Dapr writes them. */
export interface PubSub {
  readonly name: string;
  readonly scopes: readonly string[];
  readonly consumerGroup: string;
  readonly allowedTopics: readonly string[];
  /** Service -> topics. A service that is not named may use every allowed topic. */
  readonly publishingScopes: ReadonlyMap<string, readonly string[]>;
  readonly subscriptionScopes: ReadonlyMap<string, readonly string[]>;
}

export interface Surroundings {
  /** Of the document, as findings name it. */
  readonly file: string;
  readonly text: string;
  readonly topics: Readonly<Record<string, { readonly partitions: number }>>;
  readonly pubsubs: readonly PubSub[];
  /** Which field of an event says its type. */
  readonly naming: Pick<EventNaming, 'type'>;
  /** Every event schema, by its path beside the document: `task-event/v1.0.json`. */
  readonly schemas: ReadonlyMap<string, JsonObject>;
}

/** Throws when the text is no JSON. */
export function asyncApiFindings(around: Surroundings): ContractFinding[] {
  const document = asObject(JSON.parse(around.text));
  const findings: ContractFinding[] = [];
  const say: Say = (rule, path, message) => {
    const pointer = pointerOf([...path]);
    findings.push({ rule, file: around.file, line: lineOfPointer(around.text, pointer), pointer, message, severity: 'error' });
  };
  form(document, say);
  references(document, around.schemas, say);
  channelsAndTopics(document, around.topics, say);
  for (const [name, operation] of entries(document.operations)) operationAlone(document, name, operation, around.pubsubs, say);
  everySubscriber(document, around.pubsubs, say);
  versionsAndTypes(document, around, say);
  return findings;
}

export interface Operation {
  readonly name: string;
  readonly action: string;
  readonly service: string;
  readonly topic: string;
  readonly route?: string;
  readonly deadLetter?: string;
}

/** Who sends what where, in a form that can be compared with subscriptions. */
export const operationsOf = (document: JsonObject): Operation[] =>
  entries(document.operations).map(([name, operation]) => ({
    name,
    action: text(operation.action),
    service: text(operation['x-service']),
    topic: topicOf(document, operation) ?? '',
    ...(operation['x-route'] !== undefined && { route: text(operation['x-route']) }),
    ...(operation['x-dead-letter'] !== undefined && { deadLetter: text(operation['x-dead-letter']) }),
  }));

type Path = readonly (string | number)[];
type Say = (rule: string, path: Path, message: string) => void;

/** What AsyncAPI 3.0.0 knows of each kind of object, and what it demands. */
const shapes = {
  document: {
    needs: ['asyncapi', 'info'],
    may: ['id', 'servers', 'defaultContentType', 'channels', 'operations', 'components'],
  },
  info: { needs: ['title', 'version'], may: ['description', 'termsOfService', 'contact', 'license', 'tags', 'externalDocs'] },
  channel: {
    needs: ['address', 'messages'],
    may: ['title', 'summary', 'description', 'servers', 'parameters', 'tags', 'externalDocs', 'bindings'],
  },
  operation: {
    needs: ['action', 'channel', 'messages'],
    may: ['title', 'summary', 'description', 'security', 'tags', 'externalDocs', 'bindings', 'traits', 'reply'],
  },
  message: {
    needs: ['name', 'title', 'payload'],
    may: [
      ...['headers', 'correlationId', 'contentType', 'summary', 'description', 'tags', 'externalDocs', 'bindings', 'examples'],
      'traits',
    ],
  },
} as const;

function form(document: JsonObject, say: Say): void {
  const shaped = (kind: keyof typeof shapes, value: JsonObject, path: Path) => {
    const { needs, may } = shapes[kind];
    for (const name of needs) if (!(name in value)) say('missing-field', path, `a ${kind} needs ${name}`);
    for (const name of Object.keys(value))
      if (![...needs, ...may].includes(name as never) && !name.startsWith('x-'))
        say('unknown-field', [...path, name], `AsyncAPI 3.0.0 knows no ${name} in a ${kind}; own fields begin with x-`);
  };
  shaped('document', document, []);
  if (document.asyncapi !== '3.0.0') say('wrong-version', ['asyncapi'], `asyncapi is ${text(document.asyncapi)}, not 3.0.0`);
  shaped('info', asObject(document.info), ['info']);
  for (const [name, channel] of entries(document.channels)) shaped('channel', channel, ['channels', name]);
  for (const [name, operation] of entries(document.operations)) {
    shaped('operation', operation, ['operations', name]);
    if (operation.action !== 'send' && operation.action !== 'receive')
      say('unknown-action', ['operations', name, 'action'], `action is ${text(operation.action)}; it must be send or receive`);
  }
  for (const [name, message] of entries(asObject(document.components).messages))
    shaped('message', message, ['components', 'messages', name]);
}

/** Inside the document by pointer, outside by the path of a schema that exists. */
function references(document: JsonObject, schemas: ReadonlyMap<string, JsonObject>, say: Say): void {
  const visit = (value: Json, path: Path): void => {
    if (Array.isArray(value)) return value.forEach((inner: Json, n) => visit(inner, [...path, n]));
    if (!isObject(value)) return;
    const { $ref: ref } = value;
    if (typeof ref === 'string') {
      const known = ref.startsWith('#') ? resolved(document, value) !== undefined : schemas.has(ref);
      if (!known) say('dangling-reference', path, `${ref} leads nowhere; known schemas: ${[...schemas.keys()].join(', ')}`);
    }
    for (const [name, inner] of Object.entries(value)) visit(inner, [...path, name]);
  };
  visit(document, []);
}

function channelsAndTopics(document: JsonObject, topics: Surroundings['topics'], say: Say): void {
  const described = new Set<string>();
  for (const [name, channel] of entries(document.channels)) {
    const path = ['channels', name];
    const topic = text(channel.address);
    described.add(topic);
    const plan = Object.hasOwn(topics, topic) ? topics[topic] : undefined;
    if (!plan) {
      say(
        'channel-without-topic',
        [...path, 'address'],
        `the system has no topic ${topic}: add it to system.yaml, or take the channel away`,
      );
      continue;
    }
    const kafka = asObject(asObject(channel.bindings).kafka);
    if (kafka.partitions !== plan.partitions)
      say('partitions-differ', [...path, 'bindings', 'kafka'], `${topic} has ${plan.partitions} partitions in system.yaml`);
    if (kafka.topic !== topic)
      say('topic-differs', [...path, 'bindings', 'kafka'], `the binding's topic is not the address ${topic}`);
  }
  for (const topic of Object.keys(topics))
    if (!described.has(topic)) say('topic-without-channel', ['channels'], `topic ${topic} of system.yaml has no channel here`);
}

function operationAlone(document: JsonObject, name: string, operation: JsonObject, pubsubs: readonly PubSub[], say: Say): void {
  const path = ['operations', name];
  const [service, topic] = [text(operation['x-service']), topicOf(document, operation)];
  if (topic === undefined) return; // a dangling reference, told already
  if (name !== `${service}.${text(operation.action)}.${topic}`)
    say(
      'misnamed-operation',
      path,
      `an operation is named <x-service>.<action>.<topic>: ${service}.${text(operation.action)}.${topic}`,
    );
  const channelRef = text(asObject(operation.channel).$ref);
  for (const [n, message] of list(operation.messages).entries())
    if (!text(asObject(message).$ref).startsWith(`${channelRef}/messages/`))
      say(
        'message-of-another-channel',
        [...path, 'messages', n],
        `a message of an operation is one of its channel, ${channelRef}/messages/...`,
      );

  const pubsub = pubsubs.find((known) => known.name === operation['x-pubsub']);
  if (!pubsub) return say('unknown-pubsub', path, `there is no pub/sub component ${text(operation['x-pubsub'])}`);
  if (!pubsub.scopes.includes(service))
    say('out-of-scope', path, `${pubsub.name} is not for ${service} (scopes: ${pubsub.scopes.join(', ')})`);
  if (!pubsub.allowedTopics.includes(topic)) say('topic-not-allowed', path, `${pubsub.name} does not allow the topic ${topic}`);
  const listed = operation.action === 'send' ? pubsub.publishingScopes : pubsub.subscriptionScopes;
  if (listed.has(service) && !listed.get(service)?.includes(topic))
    say('not-permitted', path, `${pubsub.name} does not let ${service} ${text(operation.action)} ${topic}`);
  if (operation.action === 'receive') group(operation, pubsub, path, say);
  const dead = operation['x-dead-letter'];
  if (dead !== undefined && !(`${service}.send.${text(dead)}` in asObject(document.operations)))
    say('dead-letter-unsent', [...path, 'x-dead-letter'], `no operation says that ${service} sends to ${text(dead)}`);
}

function group(operation: JsonObject, { name, consumerGroup }: PubSub, path: Path, say: Say): void {
  const { const: one, pattern } = asObject(asObject(asObject(operation.bindings).kafka).groupId);
  // Dapr fills {appID} and the like for each sidecar: then there are many groups, and the document can only give a pattern.
  const filled = consumerGroup.replaceAll('{appID}', text(operation['x-service']));
  const agrees = filled.includes('{') ? typeof pattern === 'string' && new RegExp(pattern).test(filled) : one === filled;
  if (!agrees) say('group-differs', [...path, 'bindings'], `the group of ${name} is ${consumerGroup}`);
}

/** Who may subscribe by the component's file is expected to: a permission nobody uses is drift as well. */
function everySubscriber(document: JsonObject, pubsubs: readonly PubSub[], say: Say): void {
  for (const { name, subscriptionScopes } of pubsubs)
    for (const [service, topics] of subscriptionScopes)
      for (const topic of topics)
        if (!(`${service}.receive.${topic}` in asObject(document.operations)))
          say('subscriber-unmentioned', ['operations'], `${name} lets ${service} receive ${topic}, and no operation says so`);
}

/** Every version that exists is one a message may have, and every type has its message. */
function versionsAndTypes(document: JsonObject, { naming, schemas }: Surroundings, say: Say): void {
  const whole = JSON.stringify(document);
  const names = new Set(entries(asObject(document.components).messages).map(([, message]) => text(message.name)));
  for (const [path, schema] of schemas) {
    if (!whole.includes(`"$ref":"${path}"`))
      say('version-unmentioned', ['components', 'schemas'], `${path} exists, and no message may have it`);
    const { enum: types, const: only } = asObject(asObject(schema.properties)[naming.type]);
    for (const type of only === undefined ? list(types) : [only])
      if (!names.has(text(type)))
        say('type-without-message', ['components', 'messages'], `${text(type)} of ${path} has no message`);
  }
}

function topicOf(document: JsonObject, operation: JsonObject): string | undefined {
  const channel = resolved(document, operation.channel);
  return isObject(channel) ? text(channel.address) || stepsOf(text(asObject(operation.channel).$ref).slice(1)).at(-1) : undefined;
}

const entries = (value: Json | undefined): [string, JsonObject][] =>
  Object.entries(asObject(value)).map(([name, inner]) => [name, asObject(inner)]);
const list = (value: Json | undefined): readonly Json[] => (Array.isArray(value) ? (value as readonly Json[]) : []);
const text = (value: Json | undefined): string =>
  typeof value === 'string' ? value : value === undefined ? '' : JSON.stringify(value);
