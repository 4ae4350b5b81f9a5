/** A Resiliency refers to its policies by name, and daprd passes over what it can't find or parse. */
import type { Path, Resource } from './files.ts';
import { wrongDuration } from './values.ts';
import { meant } from './shape.ts';
import type { ContractFinding } from '../finding.ts';

type Map_<T = unknown> = Readonly<Record<string, T>>;
interface Policies {
  readonly timeouts?: Map_;
  readonly retries?: Map_<Map_>;
  readonly circuitBreakers?: Map_<Map_>;
}
const listOf = { timeout: 'timeouts', retry: 'retries', circuitBreaker: 'circuitBreakers' } as const;
const durations = { retries: ['duration', 'maxInterval'], circuitBreakers: ['interval', 'timeout'] } as const;

export function checkResiliency(resource: Resource): ContractFinding[] {
  const { policies = {}, targets = {} } = (resource.value['spec'] ?? {}) as { policies?: Policies; targets?: Map_<Map_<Map_>> };
  return [
    ...checkAlone(resource),
    ...checkPolicies(resource, policies ?? {}),
    ...checkTargets(resource, policies ?? {}, targets ?? {}),
  ];
}

function* checkAlone(resource: Resource): Generator<ContractFinding> {
  if (resource.siblings > 1)
    yield resource.finding(
      'resiliency-not-alone',
      [],
      `this file holds ${resource.siblings} documents; daprd reads a Resiliency only from a file of its own`,
    );
}

function* checkPolicies(resource: Resource, policies: Policies): Generator<ContractFinding> {
  const duration = function* (path: Path, value: unknown): Generator<ContractFinding> {
    if (typeof value !== 'string') return;
    const at: Path = ['spec', 'policies', ...path];
    if (/^\d+$/.test(value) && value !== '0')
      yield resource.finding('duration-without-unit', at, `"${value}" means milliseconds; say so: ${value}ms`, 'warning');
    else if (wrongDuration(value) !== undefined)
      yield resource.finding('wrong-duration', at, `${wrongDuration(value)}; daprd would refuse the whole file`);
  };
  for (const [name, value] of Object.entries(policies.timeouts ?? {})) yield* duration(['timeouts', name], value);
  for (const list of ['retries', 'circuitBreakers'] as const)
    for (const [name, policy] of Object.entries(policies[list] ?? {}))
      for (const key of durations[list]) yield* duration([list, name, key], policy?.[key]);
  for (const [name, retry] of Object.entries(policies.retries ?? {})) {
    const path = ['spec', 'policies', 'retries', name];
    const { policy, duration: pause, matching } = (retry ?? {}) as { policy?: unknown; duration?: unknown; matching?: Map_ };
    const kinds = ['constant', 'exponential'];
    if (typeof policy === 'string' && !kinds.includes(policy))
      yield resource.finding(
        'retry-policy',
        [...path, 'policy'],
        `policy must be constant or exponential${meant(policy, kinds)}`,
      );
    if (policy === 'exponential' && pause !== undefined)
      yield resource.finding(
        'exponential-duration',
        [...path, 'duration'],
        'exponential ignores duration (it begins with 500 ms) and gives up after 15 minutes',
        'warning',
      );
    for (const [key, codes] of Object.entries(matching ?? {}))
      if (typeof codes === 'string' && !/^\d{1,3}(-\d{1,3})?(,\d{1,3}(-\d{1,3})?)*$/.test(codes))
        yield resource.finding(
          'status-codes',
          [...path, 'matching', key],
          `${key} is a list as 408,429,500-599, without spaces, not "${codes}"`,
        );
  }
  for (const [name, breaker] of Object.entries(policies.circuitBreakers ?? {})) {
    const trip = (breaker as { trip?: unknown } | null)?.trip;
    const counters = ['requests', 'totalSuccesses', 'totalFailures', 'consecutiveSuccesses', 'consecutiveFailures'];
    if (typeof trip !== 'string') continue;
    for (const word of trip.match(/[A-Za-z_]\w*/g) ?? [])
      if (!counters.includes(word))
        yield resource.finding(
          'breaker-trip',
          ['spec', 'policies', 'circuitBreakers', name, 'trip'],
          `trip knows no ${word}${meant(word, counters)}`,
        );
  }
}

function* checkTargets(resource: Resource, policies: Policies, targets: Map_<Map_<Map_>>): Generator<ContractFinding> {
  for (const [name, component] of Object.entries(targets['components'] ?? {})) {
    const path = ['spec', 'targets', 'components', name];
    const ways = ['inbound', 'outbound'].flatMap((way) => (component?.[way] ? [[way, component[way] as Map_] as const] : []));
    for (const [way, chosen] of ways) yield* checkNames(resource, policies, [...path, way], chosen);
    if (ways.length === 2 && ways.every(([, chosen]) => chosen['circuitBreaker'] !== undefined))
      yield resource.finding(
        'breaker-in-both-directions',
        path,
        `${name} has one breaker for both directions: failing subscribers would stop publishers`,
        'warning',
      );
  }
  for (const kind of ['apps', 'actors'])
    for (const [name, chosen] of Object.entries(targets[kind] ?? {}))
      yield* checkNames(resource, policies, ['spec', 'targets', kind, name], chosen ?? {});
}

function* checkNames(resource: Resource, policies: Policies, path: Path, chosen: Map_): Generator<ContractFinding> {
  for (const [key, list] of Object.entries(listOf) as [keyof typeof listOf, (typeof listOf)[keyof typeof listOf]][]) {
    const name = chosen[key];
    const known = Object.keys(policies[list] ?? {});
    if (typeof name === 'string' && !known.includes(name))
      yield resource.finding(
        'unknown-policy',
        [...path, key],
        `no policy ${name} in policies.${list}, so this target has none${meant(name, known)}`,
      );
  }
}
