/** The AsyncAPI document against the JSON Schema that the AsyncAPI project publishes for its version. */
import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { Ajv, type AnySchemaObject } from 'ajv';
import * as formats from 'ajv-formats';
import type { ContractFinding } from '../finding.ts';
import { lineOfPointer } from '../json-lines.ts';
import { asObject } from './openapi-bundle.ts';

const require = createRequire(import.meta.url);

export function officialFindings(file: string, text: string): ContractFinding[] {
  const document = asObject(JSON.parse(text));
  const finding = (pointer: string, message: string): ContractFinding => ({
    rule: 'asyncapi-invalid',
    file,
    line: lineOfPointer(text, pointer),
    pointer,
    message,
    severity: 'error',
  });
  const schema = schemaOf(String(document.asyncapi));
  if (!schema) return [finding('/asyncapi', `no schema of AsyncAPI ${String(document.asyncapi)} is known; write 3.0.0`)];
  // It brings the meta-schema with it.
  const ajv = new Ajv({ strict: false, allErrors: true, logger: false, meta: false, validateSchema: false });
  (formats.default as unknown as (ajv: Ajv) => void)(ajv);
  const validate = ajv.compile(schema);
  if (validate(document)) return [];
  // Of the branches of an anyOf each tells why it is not the one; the deepest place says most.
  const errors = (validate.errors ?? []).toSorted((a, b) => b.instancePath.length - a.instancePath.length);
  const [{ instancePath, message, params } = { instancePath: '', message: 'invalid', params: {} }] = errors;
  const named = (params as { additionalProperty?: string }).additionalProperty;
  return [finding(instancePath, `${instancePath || '/'} ${message}${named ? `: ${named}` : ''}`)];
}

function schemaOf(version: string): AnySchemaObject | undefined {
  if (!/^\d+\.\d+\.\d+$/.test(version)) return undefined;
  try {
    return JSON.parse(readFileSync(require.resolve(`@asyncapi/specs/schemas/${version}.json`), 'utf8')) as AnySchemaObject;
  } catch {
    return undefined;
  }
}
