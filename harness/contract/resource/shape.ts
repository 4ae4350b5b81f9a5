/** Proof one, shape: a document against the schema of its kind, closed, so that a misspelt key is an error. */
import { readFileSync } from 'node:fs';
import { nearest } from '#harness/nearest.ts';
import type { Path, Resource } from './files.ts';
import type { Shape } from './dapr/from-crds.ts';
import type { ContractFinding } from '../finding.ts';

const { resources: kinds } = JSON.parse(readFileSync(new URL('dapr/crds.json', import.meta.url), 'utf8')) as {
  resources: Readonly<Record<string, Readonly<Record<string, Shape>>>>;
};

export function checkShape(resource: Resource): ContractFinding[] {
  const { kind, apiVersion, value } = resource;
  const versions = kinds[String(kind)];
  if (versions === undefined) {
    if (
      typeof resource.apiVersion === 'string' &&
      typeof kind === 'string' &&
      !resource.apiVersion.startsWith('dapr.io/') &&
      nearest(kind, Object.keys(kinds)) === undefined
    )
      return [resource.finding('not-of-dapr', ['kind'], `a ${kind} is nothing that Dapr reads; it was not checked`, 'warning')];
    const said = kind === undefined ? 'kind is missing' : `no resource of Dapr has kind ${String(kind)}`;
    const message = `${said}; daprd passes over it in silence${meant(String(kind ?? ''), Object.keys(kinds))}`;
    return [resource.finding('wrong-kind', ['kind'], message)];
  }
  const shape = versions[String(apiVersion)];
  if (shape === undefined) {
    const message = `a ${String(kind)} has apiVersion ${Object.keys(versions).join(' or ')}, not ${String(apiVersion)}; daprd passes over it in silence`;
    return [resource.finding('wrong-api-version', ['apiVersion'], message)];
  }
  return [...differences(value, shape, [], resource)];
}

function* differences(value: unknown, shape: Shape, path: Path, resource: Resource): Generator<ContractFinding> {
  // A key that is left empty is a key that is not there.
  if (shape.type === 'any' || value === null || value === undefined) return;
  if (!fits(value, shape.type)) {
    const quoted = shape.type === 'string' && typeof value !== 'object' ? `; write it in quotes: "${String(value)}"` : '';
    yield resource.finding('wrong-type', path, `${word(path)} must be ${a(shape.type)}, not ${described(value)}${quoted}`);
    return;
  }
  if (shape.enum && !shape.enum.includes(String(value)))
    yield resource.finding(
      'wrong-value',
      path,
      `${word(path)} must be one of ${shape.enum.join(', ')}${meant(String(value), shape.enum)}`,
    );
  if (shape.items)
    for (const [n, item] of (value as unknown[]).entries()) yield* differences(item, shape.items, [...path, n], resource);
  if (shape.type !== 'object') return;
  const entries = Object.entries(value as Record<string, unknown>);
  for (const key of shape.required ?? [])
    if ((value as Record<string, unknown>)[key] === undefined || (value as Record<string, unknown>)[key] === null)
      yield resource.finding('missing-key', [...path, key], `${[...path, key].join('.')} is missing`);
  for (const [key, each] of entries) {
    const { properties } = shape;
    const inner = properties ? (Object.hasOwn(properties, key) ? properties[key] : undefined) : shape.values;
    if (inner) yield* differences(each, inner, [...path, key], resource);
    else
      yield resource.finding(
        'unknown-key',
        [...path, key],
        `${word(path)} has no key ${key}${meant(key, Object.keys(shape.properties ?? {}))}`,
      );
  }
}

function fits(value: unknown, type: Shape['type']): boolean {
  if (type === 'array') return Array.isArray(value);
  if (type === 'object') return typeof value === 'object' && !Array.isArray(value);
  return type === 'integer' ? Number.isInteger(value) : typeof value === type;
}

const a = (type: string) => (/^[aeio]/.test(type) ? `an ${type}` : `a ${type}`);
const word = (path: Path) => (path.length === 0 ? 'a resource' : path.join('.'));
const described = (value: unknown) =>
  Array.isArray(value)
    ? 'a list'
    : value !== null && typeof value === 'object'
      ? 'a map'
      : `the ${typeof value} ${String(value)}`;

/** `; did you mean x?`, or else what there is. */
export function meant(wrong: string, known: readonly string[]): string {
  const guess = nearest(wrong, known);
  if (guess !== undefined) return `; did you mean ${guess}?`;
  return known.length > 0 && known.length <= 12 ? `; there is ${known.join(', ')}` : '';
}
