/** What only the folder as a whole can tell: names given twice, and names that nothing there has. */
import { itemsOf, specOf } from './metadata.ts';
import type { Resource } from './files.ts';
import { meant } from './shape.ts';
import type { ContractFinding } from '../finding.ts';

export interface Apps {
  readonly names: readonly string[];
  /** Told by whoever asked: then another scope is an error. */
  readonly certain: boolean;
}

export function checkTogether(resources: readonly Resource[], apps: Apps | undefined): ContractFinding[] {
  return [...duplicates(resources), ...(apps ? scopes(resources, apps) : []), ...references(resources)];
}

function* duplicates(resources: readonly Resource[]): Generator<ContractFinding> {
  const seen = new Map<string, Resource>();
  for (const resource of resources) {
    if (typeof resource.name !== 'string') continue;
    const key = `${String(resource.kind)} ${resource.name}`;
    const first = seen.get(key);
    // Before it looks at scopes, so that two files for two apps do not help either.
    if (first)
      yield resource.finding(
        'duplicate-name',
        ['metadata', 'name'],
        `${key} is also in ${first.file}; daprd ends with "duplicate definition"`,
      );
    else seen.set(key, resource);
  }
}

function* scopes(resources: readonly Resource[], { names, certain }: Apps): Generator<ContractFinding> {
  for (const resource of resources) {
    const list = resource.value['scopes'];
    for (const [n, scope] of (Array.isArray(list) ? (list as unknown[]) : []).entries())
      if (typeof scope === 'string' && !names.includes(scope))
        yield resource.finding(
          'unknown-scope',
          ['scopes', n],
          `no app is called ${scope}, so nobody sees it by that name${meant(scope, names)}`,
          certain ? 'error' : 'warning',
        );
  }
}

function* references(resources: readonly Resource[]): Generator<ContractFinding> {
  const components = resources.filter(({ kind, name }) => kind === 'Component' && typeof name === 'string');
  const named = (family: string) =>
    components.filter((one) => String(specOf(one).type).startsWith(family)).map(({ name }) => name as string);
  const [stores, brokers, all] = [named('secretstores.'), named('pubsub.'), named('')];
  for (const resource of resources) {
    const store = (resource.value['auth'] as { secretStore?: unknown } | null | undefined)?.secretStore;
    const uses = itemsOf(resource).some(({ secretKeyRef }) => secretKeyRef);
    // Kubernetes brings its own, under this name.
    if (typeof store === 'string' && uses && store !== 'kubernetes' && !stores.includes(store))
      yield resource.finding(
        'unknown-secret-store',
        ['auth', 'secretStore'],
        `no secret store ${store} in this folder, so its secrets stay empty${meant(store, [...stores, 'kubernetes'])}`,
      );
    const { pubsubname, targets } = specOf(resource) as { pubsubname?: unknown; targets?: { components?: object } | null };
    if (resource.kind === 'Subscription' && typeof pubsubname === 'string' && !brokers.includes(pubsubname))
      yield resource.finding(
        'unknown-pubsub',
        ['spec', 'pubsubname'],
        `no pubsub component ${pubsubname} in this folder${meant(pubsubname, brokers)}`,
        'warning',
      );
    for (const target of resource.kind === 'Resiliency' ? Object.keys(targets?.components ?? {}) : [])
      if (!all.includes(target))
        yield resource.finding(
          'unknown-target',
          ['spec', 'targets', 'components', target],
          `no component ${target} in this folder${meant(target, all)}`,
          'warning',
        );
  }
}
