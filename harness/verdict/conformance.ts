/**
 * What went through the broker keeps the promise published for it: the schema of its type and version (the copy kept in
 * the run), and an envelope whose id, content type and key agree with the event inside.
 */
import { Ajv, type AnySchemaObject, type ValidateFunction } from 'ajv';
import { Ajv2020 } from 'ajv/dist/2020.js';
import * as formats from 'ajv-formats';
import type { BrokerRecord } from '../evidence/records.ts';
import type { ExperimentEvidence } from '../evidence/run-folder.ts';
import { counted, type Judgement, noneOf, unsure } from './judgement.ts';

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
  const validators = compile(schemas);
  const keyOf = new Map<string, string | undefined>((evidence.outbox ?? []).map((row) => [row.eventId, row.key]));
  for (const op of evidence.ops) if (op.eventId !== undefined) keyOf.set(op.eventId, op.key ?? keyOf.get(op.eventId));
  const invalid: { id: string; because: string }[] = [];
  const unknown: string[] = [];
  let checked = 0;
  for (const record of evidence.records) {
    const inner = textAt(record.event, 'event_id');
    const ours = [record.id, inner].find((id) => id !== null && id !== undefined && keyOf.has(id));
    if (ours === undefined || ours === null) continue;
    checked += 1;
    const name = `${record.topic}/${record.partition}@${record.offset} ${ours}`;
    const validate = validators(record.event);
    if (typeof validate === 'string') {
      unknown.push(`${name}: ${validate}`);
      continue;
    }
    const because = [...envelope(record, inner, keyOf.get(ours)), ...validate(record.event)];
    if (because.length > 0) invalid.push({ id: name, because: because.join('; ') });
  }
  return { checked, invalid, unknown };
}

function envelope(record: BrokerRecord, inner: string | undefined, key: string | undefined): string[] {
  const broken: string[] = [];
  if (record.id !== inner) broken.push(`CloudEvent id ${record.id} is not event_id ${inner}`);
  if (!/^application\/([\w.-]+\+)?json\b/.test(record.contentType ?? ''))
    broken.push(`content type ${record.contentType} is not JSON`);
  if (key !== undefined && record.key !== key) broken.push(`record key ${record.key} is not the entity's ${key}`);
  return broken;
}

/** Finds the schema `<family>-event-<version>` an event names; a sentence when nobody can judge it. */
function compile(schemas: Schemas): (event: unknown) => ((event: unknown) => string[]) | string {
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
    const type = textAt(event, 'event_type');
    const version = textAt(event, 'version');
    if (type === undefined || version === undefined)
      return () => [`event_type ${type} or version ${version} is missing: this is no event`];
    const family = `${type.split('.')[0]}-event`;
    const name = `${family}-${version}`;
    if (!(name in schemas)) {
      const others = Object.keys(schemas).filter((known) => known.startsWith(`${family}-v`));
      if (others.length === 0) return `the run kept no schema ${name}`;
      return () => [`version ${version} of ${family} was never promised (known: ${others.join(', ')})`];
    }
    const validate = compiled.get(name) ?? dialectOf(schemas[name]).getSchema(name);
    if (validate === undefined) return `the schema ${name} can not be compiled`;
    compiled.set(name, validate as ValidateFunction);
    return (candidate) =>
      validate(candidate) ? [] : (validate.errors ?? []).map((error) => `${error.instancePath || '/'} ${error.message}`);
  };
}

function textAt(value: unknown, name: string): string | undefined {
  const found = typeof value === 'object' && value !== null ? (value as Record<string, unknown>)[name] : undefined;
  return typeof found === 'string' ? found : undefined;
}
