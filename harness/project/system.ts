/** Reads `system.yaml`: all that the harness may know of the system under test. */
import { readFileSync } from 'node:fs';
import { dirname, relative, resolve } from 'node:path';
import { Ajv } from 'ajv';
import { LineCounter, parseDocument } from 'yaml';
import type { Consumer, EventNaming, SystemRecord } from '../evidence/records.ts';

export interface ServicePlan {
  readonly command: readonly string[];
  readonly appPort: number;
  readonly sidecarPort: number;
  readonly health: string;
  readonly replicas: number;
  readonly needs: readonly Need[];
  /** Variables that get 32 random bytes (base64url), the same for every replica. */
  readonly secrets?: readonly string[];
  /** Its OpenAPI document, below `contracts/`; what clients are answered is held against it. */
  readonly api?: string;
  readonly env: Readonly<Record<string, string>>;
}

export interface Topic {
  readonly partitions: number;
  /** Events of this topic take effect in another service: they are followed, counted and held to their order. Default: false. */
  readonly effects?: boolean;
  /** The topic whose events come here when they can't be handled. */
  readonly deadLettersOf?: string;
}

/** How to see what one consumer made of events: SQL, `$1` is the start of the experiment. */
export interface EffectsQuery extends Consumer {
  readonly query: string;
}

const needs = ['postgres', 'kafka', 'redis', 'identity', 'mail'] as const;
export type Need = (typeof needs)[number];

export interface System {
  readonly system: string;
  /** Absolute: the folder the services' commands run in. */
  readonly folder: string;
  /** Absolute: the folder of Dapr resources. */
  readonly components: string;
  /** Absolute: the Dapr Configuration file. */
  readonly configuration: string;
  readonly topics: Readonly<Record<string, Topic>>;
  /** What an event is here. */
  readonly events: EventNaming;
  /** What a workload calls a change -> the type of the event it promises. Whatever is not named changes nothing. */
  readonly changes: Readonly<Record<string, string>>;
  readonly answers: {
    /** The header in which the answer to a change names the event that it promises. */
    readonly eventId: string;
  };
  /** Absent: the system knows no users. */
  readonly identity?: {
    readonly port: number;
    readonly audience: string;
    /** Where people sign in; paths of its first replica. */
    readonly client: { readonly service: string; readonly callback: string; readonly loggedOut: string };
  };
  readonly mail?: { readonly port: number };
  readonly traces?: { readonly port: number };
  readonly services: Readonly<Record<string, ServicePlan>>;
  /** Component -> metadata name -> the value that runs use in place of the file's. */
  readonly rehearsal?: Readonly<Record<string, Readonly<Record<string, string>>>>;
  readonly evidence: {
    /** Outbox -> SQL; `$1` is the start of the experiment. */
    readonly outbox: Readonly<Record<string, string>>;
    readonly effects: Readonly<Record<string, EffectsQuery>>;
    /** SQL: how many rows, of all outboxes, still have to be sent. */
    readonly backlog: string;
  };
  readonly canary: { readonly service: string; readonly user?: string; readonly path: string; readonly body: object };
}

const replicasMax = 16;
const text = { type: 'string', minLength: 1 };
const port = { type: 'integer', minimum: 1, maximum: 65_535 };
const closed = (properties: object, required = Object.keys(properties)) => ({
  type: 'object',
  additionalProperties: false,
  required,
  properties,
});

const urlPath = { type: 'string', pattern: '^/' };
const texts = { type: 'object', additionalProperties: { type: 'string' } };

const list = { type: 'array', items: text, minItems: 1 };
const effectsQuery = closed({ topics: list, types: list, query: text }, ['topics', 'query']);
/** A single query needs no name. */
const oneOrNamed = (each: object) => ({
  if: { type: 'string' },
  then: text,
  else: { type: 'object', minProperties: 1, additionalProperties: each },
});

const properties = {
  system: text,
  components: text,
  configuration: text,
  topics: {
    type: 'object',
    additionalProperties: closed(
      { partitions: { type: 'integer', minimum: 1, maximum: 1000 }, effects: { type: 'boolean' }, deadLettersOf: text },
      ['partitions'],
    ),
  },
  events: closed({ id: text, type: text, contracts: { ...texts, minProperties: 1 } }),
  changes: texts,
  answers: closed({ eventId: { type: 'string', pattern: '^[A-Za-z0-9-]+$' } }),
  identity: closed({ port, audience: text, client: closed({ service: text, callback: urlPath, loggedOut: urlPath }) }),
  mail: closed({ port }),
  traces: closed({ port }),
  services: {
    type: 'object',
    minProperties: 1,
    additionalProperties: closed(
      {
        command: { type: 'array', items: text, minItems: 1 },
        appPort: port,
        sidecarPort: port,
        health: urlPath,
        replicas: { type: 'integer', minimum: 1, maximum: replicasMax },
        needs: { type: 'array', items: { enum: needs } },
        api: text,
        secrets: { type: 'array', items: { type: 'string', pattern: '^[A-Z][A-Z0-9_]*$' } },
        env: texts,
      },
      ['command', 'appPort', 'sidecarPort', 'health', 'replicas', 'needs', 'env'],
    ),
  },
  rehearsal: { type: 'object', additionalProperties: texts },
  evidence: closed({ outbox: oneOrNamed(text), effects: oneOrNamed(effectsQuery), backlog: text }),
  canary: closed({ service: text, user: text, path: urlPath, body: { type: 'object' } }, ['service', 'path', 'body']),
};
const shape = closed(
  properties,
  Object.keys(properties).filter((name) => !['identity', 'mail', 'traces', 'rehearsal'].includes(name)),
);

/** Parses and validates; throws one Error that lists everything wrong with file and line. */
export function readSystem(named: string): System {
  const path = resolve(named);
  const file = relative(process.cwd(), path);
  let source: string;
  try {
    source = readFileSync(path, 'utf8');
  } catch (error) {
    throw new Error(`SYSTEM_UNREADABLE: ${file}: ${(error as Error).message}. Name the system's file with --system <file>`, {
      cause: error,
    });
  }
  const lines = new LineCounter();
  const document = parseDocument(source, { lineCounter: lines });
  const complaints = document.errors.map((error) => `${file}:${error.linePos?.[0].line ?? 1}: ${error.message.split('\n')[0]}`);
  if (complaints.length === 0) {
    const validate = new Ajv({ allErrors: true, strict: true }).compile(shape);
    if (!validate(document.toJS())) {
      for (const { instancePath, message, params } of validate.errors ?? []) {
        const keys = instancePath.split('/').slice(1);
        const node = document.getIn(keys, true) as { range?: [number, number, number] } | undefined;
        const line = node?.range ? lines.linePos(node.range[0]).line : 1;
        const extra = 'additionalProperty' in params ? ` (${params.additionalProperty})` : '';
        complaints.push(`${file}:${line}: ${keys.join('.') || 'the document'} ${message}${extra}`);
      }
    }
  }
  if (complaints.length > 0) throw new Error(`SYSTEM_INVALID:\n  ${complaints.join('\n  ')}`);
  const written = document.toJS() as Written;
  const plan: System = { ...written, evidence: evidenceOf(written) };
  const misnamed = namesOfTopics(plan);
  if (misnamed.length > 0) throw new Error(`SYSTEM_INVALID:\n  ${misnamed.map((one) => `${file}: ${one}`).join('\n  ')}`);
  if (!plan.services[plan.canary.service])
    throw new Error(`SYSTEM_INVALID:\n  ${file}: canary.service ${plan.canary.service} is not a service`);
  const client = plan.identity?.client.service;
  if (client !== undefined && !plan.services[client])
    throw new Error(`SYSTEM_INVALID:\n  ${file}: identity.client.service ${client} is not a service`);
  for (const [name, { needs: wanted }] of Object.entries(plan.services)) {
    const without = (['identity', 'mail'] as const).filter((need) => wanted.includes(need) && !plan[need]);
    if (without.length > 0)
      throw new Error(`SYSTEM_INVALID:\n  ${file}: ${name} needs ${without.join()}, which is not described`);
  }
  const folder = dirname(path);
  return { ...plan, folder, components: resolve(folder, plan.components), configuration: resolve(folder, plan.configuration) };
}

/** As in the file, where one outbox and one consumer need no name. */
type Written = Omit<System, 'evidence'> & {
  readonly evidence: {
    readonly outbox: string | System['evidence']['outbox'];
    readonly effects: string | System['evidence']['effects'];
    readonly backlog: string;
  };
};

function evidenceOf({ topics, evidence: { outbox, effects, backlog } }: Written): System['evidence'] {
  const applied = Object.keys(topics).filter((topic) => topics[topic]?.effects);
  return {
    outbox: typeof outbox === 'string' ? { outbox } : outbox,
    effects: typeof effects === 'string' ? { effects: { topics: applied, query: effects } } : effects,
    backlog,
  };
}

/** Sentences about topics that are spoken of and not there, and about effects that nobody could look for. */
function namesOfTopics({ topics, evidence }: System): string[] {
  const consumers = Object.entries(evidence.effects);
  const applied = new Set(consumers.flatMap(([, consumer]) => consumer.topics));
  const spoken = [
    ...consumers.flatMap(([name, consumer]) =>
      consumer.topics.map((topic) => [`evidence.effects.${name}.topics`, topic] as const),
    ),
    ...Object.entries(topics).flatMap(([name, { deadLettersOf }]) =>
      deadLettersOf === undefined ? [] : [[`topics.${name}.deadLettersOf`, deadLettersOf] as const],
    ),
  ];
  return [
    ...spoken.filter(([, topic]) => !topics[topic]).map(([where, topic]) => `${where}: ${topic} is not a topic`),
    ...Object.entries(topics)
      .filter(([name, { effects = false }]) => effects !== applied.has(name))
      .map(([name, { effects = false }]) =>
        effects
          ? `topics.${name} has effects, and no query of evidence.effects looks for them`
          : `topics.${name}: evidence.effects looks for its effects; say effects: true`,
      ),
  ];
}

/** What the judge must know of it, and all that a run keeps of it. */
export function recordOfSystem({ system, topics, events, changes, answers, evidence }: System): SystemRecord {
  const seen = Object.entries(topics).map(
    ([name, { effects = false, deadLettersOf }]) => [name, { effects, ...(deadLettersOf && { deadLettersOf }) }] as const,
  );
  const consumers = Object.entries(evidence.effects).map(
    ([name, { topics: from, types }]) => [name, { topics: from, ...(types && { types }) }] as const,
  );
  return { system, topics: Object.fromEntries(seen), consumers: Object.fromEntries(consumers), events, changes, answers };
}

/** The same system with other numbers of replicas. Throws when a service or a number can't be. */
export function withReplicas(system: System, replicas: ReadonlyMap<string, number>): System {
  const services = { ...system.services };
  for (const [name, count] of replicas) {
    const plan = services[name];
    if (!plan) throw new Error(`NO_SERVICE: --replicas ${name}; the system has ${Object.keys(services).join(', ')}`);
    if (!(Number.isInteger(count) && count >= 1 && count <= replicasMax))
      throw new Error(`REPLICAS_INVALID: --replicas ${name}=${count}; from 1 to ${replicasMax}`);
    services[name] = { ...plan, replicas: count };
  }
  return { ...system, services };
}
