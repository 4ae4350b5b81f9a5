/** Reads `system.yaml`: all that the harness may know of the system under test. */
import { readFileSync } from 'node:fs';
import { dirname, resolve } from 'node:path';
import { Ajv } from 'ajv';
import { LineCounter, parseDocument } from 'yaml';

export interface ServicePlan {
  readonly command: readonly string[];
  readonly appPort: number;
  readonly sidecarPort: number;
  readonly health: string;
  readonly replicas: number;
  readonly needs: readonly ('postgres' | 'kafka' | 'redis')[];
  readonly env: Readonly<Record<string, string>>;
}

export interface System {
  readonly system: string;
  /** Absolute: the folder the services' commands run in. */
  readonly folder: string;
  /** Absolute: the folder of Dapr resources. */
  readonly components: string;
  /** Absolute: the Dapr Configuration file. */
  readonly configuration: string;
  readonly topics: Readonly<Record<string, { readonly partitions: number }>>;
  readonly services: Readonly<Record<string, ServicePlan>>;
  /** SQL by name; `$1` is the start of the experiment. */
  readonly evidence: { readonly outbox: string; readonly effects: string; readonly backlog: string };
  readonly canary: { readonly service: string; readonly path: string; readonly body: object };
}

const text = { type: 'string', minLength: 1 };
const port = { type: 'integer', minimum: 1, maximum: 65_535 };
const closed = (properties: object, required = Object.keys(properties)) => ({
  type: 'object',
  additionalProperties: false,
  required,
  properties,
});

const shape = closed({
  system: text,
  components: text,
  configuration: text,
  topics: { type: 'object', additionalProperties: closed({ partitions: { type: 'integer', minimum: 1, maximum: 1000 } }) },
  services: {
    type: 'object',
    minProperties: 1,
    additionalProperties: closed({
      command: { type: 'array', items: text, minItems: 1 },
      appPort: port,
      sidecarPort: port,
      health: { type: 'string', pattern: '^/' },
      replicas: { type: 'integer', minimum: 1, maximum: 16 },
      needs: { type: 'array', items: { enum: ['postgres', 'kafka', 'redis'] } },
      env: { type: 'object', additionalProperties: { type: 'string' } },
    }),
  },
  evidence: closed({ outbox: text, effects: text, backlog: text }),
  canary: closed({ service: text, path: { type: 'string', pattern: '^/' }, body: { type: 'object' } }),
});

/** Parses and validates; throws one Error that lists everything wrong with file and line. */
export function readSystem(file: string): System {
  const path = resolve(file);
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
  const plan = document.toJS() as System;
  if (!plan.services[plan.canary.service])
    throw new Error(`SYSTEM_INVALID:\n  ${file}: canary.service ${plan.canary.service} is not a service`);
  const folder = dirname(path);
  return { ...plan, folder, components: resolve(folder, plan.components), configuration: resolve(folder, plan.configuration) };
}
