/** Kubernetes' openAPIV3Schema, reduced to what a check of one file needs, and closed: a key nobody declared is an error. */
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { parse } from 'yaml';

export interface Shape {
  readonly type: 'string' | 'integer' | 'number' | 'boolean' | 'array' | 'object' | 'any';
  readonly properties?: Readonly<Record<string, Shape>>;
  readonly required?: readonly string[];
  /** What every value of a map is. */
  readonly values?: Shape;
  readonly items?: Shape;
  readonly enum?: readonly string[];
}

interface OpenApi {
  readonly type?: Shape['type'];
  readonly properties?: Readonly<Record<string, OpenApi>>;
  readonly required?: readonly string[];
  readonly additionalProperties?: OpenApi | boolean;
  readonly items?: OpenApi;
  readonly enum?: readonly string[];
  readonly 'x-kubernetes-preserve-unknown-fields'?: boolean;
  readonly 'x-kubernetes-int-or-string'?: boolean;
}
interface Crd {
  readonly spec: {
    readonly names: { readonly kind: string };
    readonly versions: readonly { readonly name: string; readonly schema: { readonly openAPIV3Schema: OpenApi } }[];
  };
}

/** Kubernetes leaves `metadata` to its own ObjectMeta; these are its keys. */
const objectMeta: Shape = {
  type: 'object',
  required: ['name'],
  properties: {
    ...Object.fromEntries(
      ['name', 'namespace', 'generateName', 'uid', 'resourceVersion', 'selfLink'].map((key) => [key, { type: 'string' }]),
    ),
    labels: { type: 'object', values: { type: 'string' } },
    annotations: { type: 'object', values: { type: 'string' } },
    ...Object.fromEntries(
      ['creationTimestamp', 'generation', 'finalizers', 'ownerReferences', 'managedFields'].map((key) => [key, { type: 'any' }]),
    ),
  } as Record<string, Shape>,
};

/** `Component` -> `dapr.io/v1alpha1` -> shape. */
export function schemasOfResources(folder: string): Record<string, Record<string, Shape>> {
  const kinds: Record<string, Record<string, Shape>> = {};
  for (const file of readdirSync(folder).filter((name) => name.endsWith('.yaml'))) {
    const { spec } = parse(readFileSync(join(folder, file), 'utf8')) as Crd;
    kinds[spec.names.kind] = Object.fromEntries(
      spec.versions.map(({ name, schema }) => {
        const root = shapeOf(schema.openAPIV3Schema);
        const required = ['apiVersion', 'kind', 'metadata', ...(root.properties?.['spec'] ? ['spec'] : [])];
        return [`dapr.io/${name}`, { ...root, required, properties: { ...root.properties, metadata: objectMeta } }];
      }),
    );
  }
  return kinds;
}

function shapeOf(node: OpenApi): Shape {
  const { properties, additionalProperties, items } = node;
  // An object without declared keys is free-form.
  const free = node.type === 'object' && !properties && !additionalProperties;
  if (node.type === undefined || free || additionalProperties === true || node['x-kubernetes-int-or-string'])
    return { type: 'any' };
  return {
    type: node.type,
    ...(properties && { properties: Object.fromEntries(Object.entries(properties).map(([key, each]) => [key, shapeOf(each)])) }),
    ...(node.required && { required: node.required }),
    ...(additionalProperties && { values: shapeOf(additionalProperties) }),
    ...(items && { items: shapeOf(items) }),
    ...(node.enum && { enum: node.enum }),
  };
}
