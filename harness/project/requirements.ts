/** Reads `contracts/requirements.yaml`: what is asked of the system, and which claims show it. */
import { Ajv } from 'ajv';
import type { Requirement } from '../evidence/records.ts';
import { readYamlFile } from './yaml-file.ts';

const text = { type: 'string', minLength: 1 };
const texts = { type: 'array', items: text };
const row = {
  type: 'object',
  additionalProperties: false,
  required: ['id', 'text', 'shownBy'],
  properties: {
    id: text,
    text,
    shownBy: {
      type: 'array',
      items: {
        type: 'object',
        additionalProperties: false,
        required: ['experiment', 'claims'],
        properties: { experiment: text, claims: texts, sees: text },
      },
    },
    tests: texts,
    open: text,
    note: text,
  },
};

/** `complaints`: each with file and line; then there are no requirements. */
export function readRequirements(path: string): {
  readonly requirements: readonly Requirement[];
  readonly complaints: readonly string[];
} {
  const read = readYamlFile(path);
  if ('complaints' in read) return { requirements: [], complaints: read.complaints };
  const { file, value, lineOf } = read;
  if (!Array.isArray(value))
    return { requirements: [], complaints: [`${file}:1: it holds no list of requirements; write one entry for each`] };
  const validate = new Ajv({ allErrors: true, strict: true }).compile(row);
  const misshapen = value.flatMap((each: unknown, n) => {
    if (validate(each)) return [];
    const named = (each as { id?: unknown } | null)?.id;
    return (validate.errors ?? []).map(({ instancePath, message, params }) => {
      const extra = 'additionalProperty' in params ? ` (${params.additionalProperty})` : '';
      const where = instancePath.slice(1).replaceAll('/', '.');
      return `${file}:${lineOf([n])}: ${typeof named === 'string' ? named : `entry ${n + 1}`}: ${where || 'it'} ${message}${extra}`;
    });
  });
  if (misshapen.length > 0) return { requirements: [], complaints: misshapen };
  const requirements = value as Requirement[];
  const twice = requirements.flatMap(({ id }, n) =>
    requirements.findIndex((other) => other.id === id) < n ? [`${file}:${lineOf([n])}: ${id} is there twice`] : [],
  );
  return { requirements: twice.length > 0 ? [] : requirements, complaints: twice };
}
