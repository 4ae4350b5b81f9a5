/**
 * What went through the broker keeps the promise published for it: the schema of its type and version (the copy kept in
 * the run), and an envelope whose id, content type and key agree with the event inside.
 */
import { Ajv, type AnySchemaObject, type ValidateFunction } from 'ajv';
import { Ajv2020 } from 'ajv/dist/2020.js';
import * as formats from 'ajv-formats';
import { contractOf, schemaNameOf, textAt } from '../evidence/event-contracts.ts';
import { eventTextOf } from '../evidence/ndjson.ts';
import type { BrokerRecord, EventNaming, OutboxRow } from '../evidence/records.ts';
import type { ExperimentEvidence } from '../evidence/run-folder.ts';
import { ofAnotherSystem } from './delivery.ts';
import { counted, type Judgement, noneOf, unsure } from './judgement.ts';
import { knownOf } from './world/known.ts';

export type Schemas = Readonly<Record<string, unknown>>;

export interface Conformance {
  readonly checked: number;
  readonly invalid: readonly { readonly id: string; readonly because: string }[];
  /** Records of a family the run kept no schema of: nobody can judge them. */
  readonly unknown: readonly string[];
}

export function conformance(evidence: ExperimentEvidence, schemas: Schemas | undefined): Judgement {
  const seen = checkRecords(evidence, schemas);
  if ('missing' in seen) return unsure(seen.missing);
  const examples = [...seen.invalid.map((bad) => `${bad.id}: ${bad.because}`), ...seen.unknown];
  const found = { wrong: seen.invalid.length, checked: seen.checked, unit: 'records', examples };
  const first = seen.invalid[0];
  if (first) {
    return noneOf('fail', {
      ...found,
      because: `${seen.invalid.length} of ${counted(seen.checked, 'record')} broke the contract, first: ${first.because}`,
    });
  }
  if (seen.unknown.length > 0)
    return noneOf('unsure', {
      ...found,
      because: `${counted(seen.unknown.length, 'record')} could not be judged: ${seen.unknown[0]}`,
    });
  if (seen.checked === 0) return unsure('no record of this experiment was found in the broker');
  return noneOf('pass', { ...found, because: `${counted(seen.checked, 'record')} kept schema and envelope` });
}

export function checkRecords(
  evidence: ExperimentEvidence,
  schemas: Schemas | undefined,
): Conformance | { readonly missing: string } {
  if (evidence.records === undefined)
    return { missing: 'records.ndjson is missing, so nobody knows what went through the broker' };
  if (evidence.ops === undefined) return { missing: 'ops.ndjson is missing, so nobody knows which records were ours' };
  if (schemas === undefined) return { missing: 'the run kept no copies of the schemas, so nothing can be compared with them' };
  if (evidence.system === undefined)
    return { missing: 'system.json is missing, so nobody knows how an event names its contract' };
  const stranger = ofAnotherSystem(evidence);
  if (stranger) return { missing: stranger };
  const naming = evidence.system.events;
  const validators = compile(schemas, naming);
  const keyOf = new Map<string, string | undefined>((evidence.outbox ?? []).map((row) => [row.eventId, row.key]));
  for (const op of evidence.ops) if (op.eventId !== undefined) keyOf.set(op.eventId, op.key ?? keyOf.get(op.eventId));
  const invalid: { id: string; because: string }[] = [];
  const unknown: string[] = [];
  let checked = 0;
  const known = knownOf(evidence);
  const contentOf = once((event: unknown) => {
    const validate = validators(event);
    return { inner: textAt(event, naming.id), broken: typeof validate === 'string' ? validate : validate(event) };
  });
  const look = (name: string, { broken }: Content, envelopeBroken: readonly string[]) => {
    checked += 1;
    if (typeof broken === 'string') return void unknown.push(`${name}: ${broken}`);
    if (envelopeBroken.length + broken.length > 0) invalid.push({ id: name, because: [...envelopeBroken, ...broken].join('; ') });
  };
  for (const record of evidence.records) {
    // What a workload spoilt on purpose promises nothing, wherever it lies.
    if (record.id !== null && (known.poison.has(record.id) || known.isPlanted(record.topic, record.id))) continue;
    const content = contentOf(record);
    const ours = [record.id, content.inner].find((id) => id !== null && id !== undefined && keyOf.has(id));
    const key = ours === undefined || ours === null ? undefined : keyOf.get(ours);
    look(
      `${record.topic}/${record.partition}@${record.offset} ${ours ?? record.id ?? 'without id'}`,
      content,
      envelope(record, content.inner, key, naming),
    );
  }
  // What waits, or was given up, was promised in the same words as what was published.
  for (const row of evidence.outbox ?? [])
    if (eventTextOf(row) !== undefined || row.event !== undefined)
      look(`outbox ${row.outbox ?? ''} ${row.eventId}`, contentOf(row), []);
  return { checked, invalid, unknown };
}

/** What an event is found to be, wherever it lies. */
interface Content {
  readonly inner: string | undefined;
  /** A sentence where nobody can judge it. */
  readonly broken: readonly string[] | string;
}

/** An event goes to several topics in the same words. */
function once(look: (event: unknown) => Content): (row: BrokerRecord | OutboxRow) => Content {
  const known = new Map<string, Content>();
  return (row) => {
    const text = eventTextOf(row);
    const seen = text === undefined ? undefined : known.get(text);
    if (seen) return seen;
    const content = look(row.event);
    if (text !== undefined) known.set(text, content);
    return content;
  };
}

function envelope(record: BrokerRecord, inner: string | undefined, key: string | undefined, { id }: EventNaming): string[] {
  const broken: string[] = [];
  if (record.id !== inner) broken.push(`CloudEvent id ${record.id} is not ${id} ${inner}`);
  if (!/^application\/([\w.-]+\+)?json\b/.test(record.contentType ?? ''))
    broken.push(`content type ${record.contentType} is not JSON`);
  if (key !== undefined && record.key !== key) broken.push(`record key ${record.key} is not the entity's ${key}`);
  return broken;
}

/** Finds the schema an event names; a sentence when nobody can judge it. */
function compile(schemas: Schemas, naming: EventNaming): (event: unknown) => ((event: unknown) => string[]) | string {
  const options = { strict: true, allowUnionTypes: true, allErrors: true };
  // Both dialects are in use: events are draft-07 as the specification wrote them, newer ones may be 2020-12.
  const draft07 = new Ajv(options);
  const draft2020 = new Ajv2020(options);
  const addFormats = formats.default as unknown as (ajv: Ajv | Ajv2020) => void;
  for (const ajv of [draft07, draft2020]) addFormats(ajv);
  const dialectOf = (schema: unknown) => (textAt(schema, '$schema')?.includes('2020-12') ? draft2020 : draft07);
  for (const [name, schema] of Object.entries(schemas)) {
    if (typeof schema === 'object' && schema !== null) dialectOf(schema).addSchema(schema as AnySchemaObject, name);
  }
  const compiled = new Map<string, ValidateFunction>();
  return (event) => {
    const contract = contractOf(event, naming);
    if ('because' in contract) return () => [contract.because];
    const name = schemaNameOf(contract.path);
    if (!Object.hasOwn(schemas, name)) {
      const others = Object.keys(schemas).filter((known) => contract.known.test(known));
      if (others.length === 0) return `the run kept no schema ${name}`;
      return () => [`${contract.path} was never promised (known: ${others.join(', ')})`];
    }
    const validate = compiled.get(name) ?? dialectOf(schemas[name]).getSchema(name);
    if (validate === undefined) return `the schema ${name} can not be compiled`;
    compiled.set(name, validate as ValidateFunction);
    return (candidate) =>
      validate(candidate) ? [] : (validate.errors ?? []).map((error) => `${error.instancePath || '/'} ${error.message}`);
  };
}
