/** Mistakes of a single resource that fit every schema: what daprd would read otherwise than its author meant. */
import { type Item, itemsOf, specOf, textOf } from './metadata.ts';
import type { Resource } from './files.ts';
import { wrongDuration, wrongSchedule } from './values.ts';
import type { ContractFinding } from '../finding.ts';

export function checkComponent(resource: Resource): ContractFinding[] {
  const type = String(specOf(resource).type).toLowerCase();
  return [
    ...checkItems(resource),
    ...checkTimeout(resource),
    ...(/\.kafka$/.test(type) ? checkKafka(resource) : []),
    ...(type === 'bindings.cron' ? checkCron(resource) : []),
  ];
}

/** Where a value comes from. */
function* checkItems(resource: Resource): Generator<ContractFinding> {
  const store = (resource.value['auth'] as { secretStore?: unknown } | undefined)?.secretStore;
  for (const [n, item] of itemsOf(resource).entries()) {
    const path = ['spec', 'metadata', n];
    const { name, value, envRef, secretKeyRef } = item;
    const sources = [
      value !== undefined && 'value',
      envRef !== undefined && 'envRef',
      secretKeyRef !== undefined && 'secretKeyRef',
    ].filter(Boolean);
    if (sources.length === 0)
      yield resource.finding('metadata-without-value', path, `${name} has no value, envRef or secretKeyRef`);
    if (sources.length > 1)
      yield resource.finding('metadata-with-two-values', path, `${name} has ${sources.join(' and ')}; keep one`);
    // daprd warns and goes on with an empty value (processor/secret).
    if (envRef !== undefined && /^dapr_|^app_api_token$| |^$/i.test(envRef))
      yield resource.finding(
        'forbidden-env-ref',
        [...path, 'envRef'],
        `daprd may not read ${envRef || 'a variable without name'} and goes on with an empty ${name}; use another name than DAPR_* and APP_API_TOKEN`,
      );
    if (secretKeyRef === undefined || secretKeyRef === null) continue;
    if (!secretKeyRef.key)
      yield resource.finding(
        'secret-without-key',
        [...path, 'secretKeyRef'],
        `${name}: secretKeyRef has no key; daprd would look for one named as the secret, ${secretKeyRef.name ?? '?'}`,
        'warning',
      );
    if (store === undefined)
      yield resource.finding(
        'secret-without-store',
        [...path, 'secretKeyRef'],
        `${name} is a secret, and auth.secretStore says nowhere which store has it: Kubernetes takes its own, a daprd outside of it none`,
        'warning',
      );
  }
}

function* checkTimeout(resource: Resource): Generator<ContractFinding> {
  const { initTimeout } = specOf(resource) as { initTimeout?: unknown };
  const wrong = typeof initTimeout === 'string' ? wrongDuration(initTimeout) : undefined;
  // daprd takes its default, five seconds.
  if (wrong !== undefined) yield resource.finding('wrong-duration', ['spec', 'initTimeout'], `initTimeout: ${wrong}`);
}

const find = (resource: Resource, name: string): [number, Item] | undefined =>
  [...itemsOf(resource).entries()].find(([, item]) => item.name.toLowerCase() === name.toLowerCase());
const textAt = (resource: Resource, name: string) => {
  const [, item] = find(resource, name) ?? [];
  return item && textOf(item);
};

function* checkKafka(resource: Resource): Generator<ContractFinding> {
  const at = (name: string) => ['spec', 'metadata', find(resource, name)?.[0] ?? 0];
  const authType = textAt(resource, 'authType')?.toLowerCase();
  const mechanism = textAt(resource, 'saslMechanism');
  if (mechanism !== undefined && !['SHA-256', 'SHA-512', 'PLAIN', 'PLAINTEXT'].includes(mechanism)) {
    const right = /512/.test(mechanism) ? 'SHA-512' : 'SHA-256';
    yield resource.finding(
      'sasl-mechanism',
      [...at('saslMechanism'), 'value'],
      `saslMechanism "${mechanism}" falls back to PLAIN in silence; did you mean ${right}?`,
    );
  }
  if (authType === 'password' && !find(resource, 'saslMechanism'))
    yield resource.finding(
      'sasl-mechanism',
      at('authType'),
      'authType password without saslMechanism means PLAIN; SCRAM needs SHA-256 or SHA-512',
      'warning',
    );
  if (
    authType !== undefined &&
    authType !== 'none' &&
    !['disableTls', 'skipVerify', 'caCert'].some((name) => find(resource, name))
  )
    yield resource.finding(
      'tls-implied',
      at('authType'),
      `authType ${authType} speaks TLS, as each but none does; say disableTls: "false" if that is meant, or give caCert`,
      'warning',
    );
  for (const broker of (textAt(resource, 'brokers') ?? '').split(','))
    if (/^\s|\s$/.test(broker))
      yield resource.finding(
        'broker-with-space',
        [...at('brokers'), 'value'],
        `daprd does not trim "${broker}"; write the list without spaces`,
      );
}

function* checkCron(resource: Resource): Generator<ContractFinding> {
  const schedule = textAt(resource, 'schedule');
  const wrong = schedule === undefined ? undefined : wrongSchedule(schedule);
  if (wrong !== undefined)
    yield resource.finding(
      'wrong-schedule',
      ['spec', 'metadata', find(resource, 'schedule')?.[0] ?? 0, 'value'],
      `schedule: ${wrong}`,
    );
  if (!find(resource, 'direction'))
    yield resource.finding(
      'cron-without-direction',
      ['spec', 'metadata'],
      'without direction: input, daprd asks the app by OPTIONS at its start, and an app that answers 404 never gets a tick',
      'warning',
    );
  if (!find(resource, 'route'))
    yield resource.finding(
      'cron-without-route',
      ['spec', 'metadata'],
      `without route, the tick goes to /${String(resource.name)}`,
      'warning',
    );
}

export function checkConfiguration(resource: Resource): ContractFinding[] {
  const { tracing } = specOf(resource) as { tracing?: { samplingRate?: unknown } };
  const rate = tracing?.samplingRate;
  if (typeof rate !== 'string' || (rate.trim() !== '' && Number(rate) >= 0 && Number(rate) <= 1)) return [];
  const message = `samplingRate "${rate}" is no number from 0 to 1; daprd takes one trace in ten thousand instead`;
  return [resource.finding('sampling-rate', ['spec', 'tracing', 'samplingRate'], message)];
}

export function checkSubscription(resource: Resource): ContractFinding[] {
  const { routes } = specOf(resource) as { routes?: { default?: unknown; rules?: unknown } | null };
  if (resource.apiVersion !== 'dapr.io/v2alpha1' || typeof routes !== 'object' || routes === null) return [];
  if (routes.default !== undefined) return [];
  if (Array.isArray(routes.rules) && routes.rules.length > 0)
    return [
      resource.finding(
        'route-without-default',
        ['spec', 'routes'],
        'an event that no rule matches is acknowledged and lost; add routes.default',
        'warning',
      ),
    ];
  return [
    resource.finding('route-missing', ['spec', 'routes'], 'daprd drops a subscription without any route; add routes.default'),
  ];
}
