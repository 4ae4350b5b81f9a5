/** Reads `system.yaml`: all that the harness may know of the system under test. */
import { existsSync } from 'node:fs';
import { dirname, relative, resolve } from 'node:path';
import { Ajv } from 'ajv';
import type { Consumer, EventNaming, SystemRecord } from '../evidence/records.ts';
import { nearest } from '../nearest.ts';
import { readYamlFile, type YamlFile } from './yaml-file.ts';

export interface ServicePlan {
  readonly command: readonly string[];
  readonly appPort: number;
  readonly sidecarPort: number;
  readonly health: string;
  readonly replicas: number;
  /** How many calls its sidecar makes to it at once (Dapr's app-max-concurrency); default: as many as come. */
  readonly appMaxConcurrency?: number;
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
  /** `best effort`: while something is broken, it may let events go. Default: `durable`, every event comes. */
  readonly promise?: 'durable' | 'best effort';
}

/** How to see what one consumer made of events: SQL, `$1` is the start of the experiment. */
export interface EffectsQuery extends Consumer {
  readonly query: string;
}

const needs = ['postgres', 'kafka', 'redis', 'identity', 'mail'] as const;
export type Need = (typeof needs)[number];

export interface System {
  readonly system: string;
  /** Absolute: where all this stands. */
  readonly file: string;
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

export const replicasMax = 16;
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

/** What may be called how: these become app-ids, parts, files, topics and fields. */
const nameRules = {
  services: {
    pattern: '^[a-z]([a-z0-9-]{0,56}[a-z0-9])?$',
    rule: 'a service is its app-id: a-z, 0-9 and dashes, a letter first and no dash last, at most 58',
  },
  topics: {
    pattern: '^(?!\\.{1,2}$|__)[A-Za-z0-9._-]{1,249}$',
    rule: 'Kafka takes A-Z, a-z, 0-9, dots, underscores and dashes, at most 249; what begins with __ is its own',
  },
  changes: {
    pattern: '^[A-Za-z0-9][A-Za-z0-9 ._:/-]*$',
    rule: 'what a workload calls a change begins with a letter or digit, and holds spaces and . _ : / - besides',
  },
} as const;
const envRule = { pattern: '^[A-Za-z_][A-Za-z0-9_]*$', rule: 'a variable is called by A-Z, a-z, 0-9 and underscores' };
const called = ({ pattern }: { readonly pattern: string }) => ({ propertyNames: { pattern } });
const list = { type: 'array', items: text, minItems: 1 };
const effectsQuery = closed({ topics: list, types: list, query: text }, ['topics', 'query']);
/** A single query needs no name. */
const oneOrNamed = (each: object) => ({
  if: { type: 'string' },
  then: text,
  else: { type: 'object', minProperties: 1, additionalProperties: each },
});

const properties = {
  // It names folders, and the client of the OpenID provider.
  system: { type: 'string', pattern: '^[A-Za-z0-9][A-Za-z0-9._-]{0,99}$' },
  components: text,
  configuration: text,
  topics: {
    type: 'object',
    ...called(nameRules.topics),
    additionalProperties: closed(
      {
        partitions: { type: 'integer', minimum: 1, maximum: 1000 },
        effects: { type: 'boolean' },
        deadLettersOf: text,
        promise: { enum: ['durable', 'best effort'] },
      },
      ['partitions'],
    ),
  },
  events: closed({ id: text, type: text, contracts: { ...texts, minProperties: 1 } }),
  changes: { ...texts, ...called(nameRules.changes) },
  answers: closed({ eventId: { type: 'string', pattern: '^[A-Za-z0-9-]+$' } }),
  identity: closed({ port, audience: text, client: closed({ service: text, callback: urlPath, loggedOut: urlPath }) }),
  mail: closed({ port }),
  traces: closed({ port }),
  services: {
    type: 'object',
    minProperties: 1,
    ...called(nameRules.services),
    additionalProperties: closed(
      {
        command: { type: 'array', items: text, minItems: 1 },
        appPort: port,
        sidecarPort: port,
        health: urlPath,
        replicas: { type: 'integer', minimum: 1, maximum: replicasMax },
        appMaxConcurrency: { type: 'integer', minimum: 1, maximum: 10_000 },
        needs: { type: 'array', items: { enum: needs } },
        api: text,
        secrets: { type: 'array', items: { type: 'string', pattern: '^[A-Z][A-Z0-9_]*$' } },
        env: { ...texts, ...called(envRule) },
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
  if (!existsSync(path))
    throw new Error(`SYSTEM_UNREADABLE: ${file}: there is no such file. Name the system's file with --system <file>`);
  const read = readYamlFile(path);
  const complaints = 'complaints' in read ? read.complaints : complaintsAbout(read);
  if (complaints.length > 0) throw new Error(`SYSTEM_INVALID:\n  ${complaints.join('\n  ')}`);
  const plan = withEvidence((read as YamlFile).value as Written);
  const folder = dirname(path);
  return {
    ...plan,
    file: path,
    folder,
    components: resolve(folder, plan.components),
    configuration: resolve(folder, plan.configuration),
  };
}

function complaintsAbout({ file, value, lineOf }: YamlFile): string[] {
  const at = (keys: readonly string[], sentence: string) => `${file}:${lineOf(keys)}: ${sentence}`;
  const validate = new Ajv({ allErrors: true, strict: true }).compile<unknown>(shape);
  if (!validate(value)) {
    const errors = validate.errors ?? [];
    return errors.flatMap(({ instancePath, keyword, message, params, propertyName }) => {
      // Told once, by the error about the name itself.
      if (propertyName !== undefined) return [];
      const keys = instancePath.split('/').slice(1).map(unescaped);
      if (keyword === 'propertyNames') {
        const { rule } = keys.length === 1 ? nameRules[keys[0] as keyof typeof nameRules] : envRule;
        return [
          at([...keys, params.propertyName as string], `${keys.join('.')}: ${JSON.stringify(params.propertyName)}: ${rule}`),
        ];
      }
      const extra = 'additionalProperty' in params ? ` (${params.additionalProperty})` : '';
      const line = extra ? [...keys, params.additionalProperty as string] : keys;
      return [at(line, `${keys.join('.') || 'the document'} ${message}${extra}`)];
    });
  }
  const plan = withEvidence(value as Written);
  const known = Object.keys(plan.services);
  const stranger = (keys: readonly string[], name: string | undefined) => {
    if (name === undefined || Object.hasOwn(plan.services, name)) return [];
    const guess = nearest(name, known);
    return [
      at(keys, `${keys.join('.')} ${name} is not a service${guess ? `; did you mean ${guess}?` : `: ${known.join(', ')}`}`),
    ];
  };
  const lacking = Object.entries(plan.services).flatMap(([name, { needs: wanted }]) => {
    const without = (['identity', 'mail'] as const).filter((need) => wanted.includes(need) && !plan[need]);
    return without.length > 0 ? [at(['services', name, 'needs'], `${name} needs ${without.join()}, which is not described`)] : [];
  });
  return [
    ...stranger(['canary', 'service'], plan.canary.service),
    ...stranger(['identity', 'client', 'service'], plan.identity?.client.service),
    ...lacking,
    ...namesOfTopics(plan).map(([keys, sentence]) => at(keys, `${keys.join('.')}${sentence}`)),
    ...mistakenTopics(plan.topics).map(([later, earlier]) =>
      at(['topics', later], `topics: Kafka can't hold ${later} beside ${earlier}: to its metrics . and _ are the same`),
    ),
  ];
}

/** Each with the one before it, beside which Kafka refuses it. */
function mistakenTopics(topics: System['topics']): (readonly [string, string])[] {
  const alike = Map.groupBy(Object.keys(topics), (name) => name.replaceAll('.', '_'));
  return [...alike.values()].flatMap(([first, ...others]) => others.map((later) => [later, first as string] as const));
}

const unescaped = (step: string): string => step.replaceAll('~1', '/').replaceAll('~0', '~');
/** As in the file, where one outbox and one consumer need no name. */
type Written = Omit<System, 'evidence'> & {
  readonly evidence: {
    readonly outbox: string | System['evidence']['outbox'];
    readonly effects: string | System['evidence']['effects'];
    readonly backlog: string;
  };
};

const withEvidence = (written: Written): System => ({ ...written, evidence: evidenceOf(written) });

function evidenceOf({ topics, evidence: { outbox, effects, backlog } }: Written): System['evidence'] {
  const applied = Object.keys(topics).filter((topic) => topics[topic]?.effects);
  return {
    outbox: typeof outbox === 'string' ? { outbox } : outbox,
    effects: typeof effects === 'string' ? { effects: { topics: applied, query: effects } } : effects,
    backlog,
  };
}

/** About topics that are spoken of and not there, and about effects that nobody could look for: where, and how the sentence goes on. */
function namesOfTopics({ topics, evidence }: System): (readonly [readonly string[], string])[] {
  const consumers = Object.entries(evidence.effects);
  const applied = new Set(consumers.flatMap(([, consumer]) => consumer.topics));
  const spoken = [
    ...consumers.flatMap(([name, consumer]) =>
      consumer.topics.map((topic) => [['evidence', 'effects', name, 'topics'], topic] as const),
    ),
    ...Object.entries(topics).flatMap(([name, { deadLettersOf }]) =>
      deadLettersOf === undefined ? [] : [[['topics', name, 'deadLettersOf'], deadLettersOf] as const],
    ),
  ];
  return [
    ...spoken
      .filter(([, topic]) => !Object.hasOwn(topics, topic))
      .map(([where, topic]) => [where, `: ${topic} is not a topic`] as const),
    ...Object.entries(topics)
      .filter(([name, { effects = false }]) => effects !== applied.has(name))
      .map(([name, { effects = false }]) =>
        effects
          ? ([['topics', name], ' has effects, and no query of evidence.effects looks for them'] as const)
          : ([['topics', name], ': evidence.effects looks for its effects; say effects: true'] as const),
      ),
  ];
}

/** What the judge must know of it, and all that a run keeps of it. */
export function recordOfSystem({ system, topics, events, changes, answers, evidence }: System): SystemRecord {
  const seen = Object.entries(topics).map(
    ([name, { effects = false, deadLettersOf, promise }]) =>
      [name, { effects, ...(deadLettersOf && { deadLettersOf }), ...(promise && { promise }) }] as const,
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
    const plan = Object.hasOwn(services, name) ? services[name] : undefined;
    if (!plan) throw new Error(`NO_SERVICE: --replicas ${name}; the system has ${Object.keys(services).join(', ')}`);
    if (!(Number.isInteger(count) && count >= 1 && count <= replicasMax))
      throw new Error(`REPLICAS_INVALID: --replicas ${name}=${count}; from 1 to ${replicasMax}`);
    services[name] = { ...plan, replicas: count };
  }
  return { ...system, services };
}
