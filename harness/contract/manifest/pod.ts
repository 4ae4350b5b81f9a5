/** What every pod needs, with or without a sidecar: probes, resources, a fixed image, no powers, no secrets in the open. */
import type { ContractFinding } from '../finding.ts';
import type { Manifest } from './read.ts';
import { at, fieldsAt, listAt, type Path } from '../yaml-lines.ts';

const podPath: Path = ['spec', 'template', 'spec'];

export function aboutPod(workload: Manifest, configMaps: readonly Manifest[]): ContractFinding[] {
  return listAt(workload.value, ...podPath, 'containers').flatMap((container, index) => {
    const path = [...podPath, 'containers', index];
    const name = String(at(container, 'name') ?? workload.name);
    return [
      ...aboutImage(workload, path, name),
      ...aboutProbes(workload, path, name),
      ...aboutResources(workload, path, name),
      ...aboutPowers(workload, path, name),
      ...aboutEnvironment(workload, path, configMaps),
    ];
  });
}

function aboutImage(workload: Manifest, path: Path, name: string): ContractFinding[] {
  const image = String(at(workload.value, ...path, 'image') ?? '');
  if (/@sha256:[0-9a-f]{64}$/.test(image)) return [];
  // A colon before a slash belongs to the registry's port.
  const tag = /:([^/:]+)$/.exec(image)?.[1];
  if (tag !== undefined && tag !== 'latest') return [];
  const message = `the image of ${name}, "${image}", ${tag === undefined ? 'has no tag' : 'moves'}; name a version or a digest`;
  return [workload.complain('image-not-pinned', [...path, 'image'], message)];
}

const probes = [
  { field: 'startupProbe', severity: 'warning', example: '/livez, with time for migrations' },
  { field: 'readinessProbe', severity: 'error', example: '/readyz' },
  { field: 'livenessProbe', severity: 'error', example: '/livez' },
] as const;

const aboutProbes = (workload: Manifest, path: Path, name: string): ContractFinding[] =>
  probes
    .filter(({ field }) => at(workload.value, ...path, field) === undefined)
    .map(({ field, severity, example }) =>
      workload.complain('probe-missing', path, `${name} has no ${field}; add one (${example})`, severity),
    );

function aboutResources(workload: Manifest, path: Path, name: string): ContractFinding[] {
  const missing = ['requests.cpu', 'requests.memory', 'limits.cpu', 'limits.memory'].filter(
    (each) => at(workload.value, ...path, 'resources', ...each.split('.')) === undefined,
  );
  if (missing.length === 0) return [];
  return [
    workload.complain(
      'resources-missing',
      [...path, 'resources'],
      `${name} does not say its ${missing.join(', ')}; add resources`,
    ),
  ];
}

/** The container's word counts before the pod's. */
function aboutPowers(workload: Manifest, path: Path, name: string): ContractFinding[] {
  const says = (...field: string[]) =>
    at(workload.value, ...path, 'securityContext', ...field) ?? at(workload.value, ...podPath, 'securityContext', ...field);
  const wanted = [
    ...(says('runAsNonRoot') === true ? [] : ['runAsNonRoot: true']),
    ...(says('readOnlyRootFilesystem') === true ? [] : ['readOnlyRootFilesystem: true']),
    ...(says('allowPrivilegeEscalation') === false ? [] : ['allowPrivilegeEscalation: false']),
    ...(listAt(says('capabilities'), 'drop').includes('ALL') ? [] : ['capabilities: { drop: [ALL] }']),
    ...(['RuntimeDefault', 'Localhost'].includes(String(says('seccompProfile', 'type')))
      ? []
      : ['seccompProfile: { type: RuntimeDefault }']),
  ];
  if (wanted.length === 0) return [];
  return [
    workload.complain(
      'runs-privileged',
      [...path, 'securityContext'],
      `${name} may do more than it needs; add ${wanted.join(', ')}`,
    ),
  ];
}

/** By its name, or because it holds a password where a URL has one. */
const looksSecret = (name: string, value: unknown): boolean =>
  value !== '' &&
  (/(^|_)(PASSWORD|PASSWD|SECRET|TOKEN|API_?KEY|PRIVATE_KEY|SESSION_KEYS|CREDENTIALS?|DATABASE_URL)$/i.test(name) ||
    /^[a-z][a-z0-9+.-]*:\/\/[^/\s:@]*:[^/\s@]+@/i.test(String(value)));

const notText = (name: string, value: unknown) =>
  `the value of ${name} is not a string, and Kubernetes refuses it; write "${String(value)}" with its quotes`;

function aboutEnvironment(workload: Manifest, path: Path, configMaps: readonly Manifest[]): ContractFinding[] {
  const findings: ContractFinding[] = [];
  const aboutMap = (ref: unknown, where: Path) => {
    const name = at(ref, 'name') ?? '(no name)';
    if (ref === undefined || at(ref, 'optional') === true || configMaps.some((each) => each.name === name)) return;
    const message = `no file here makes the ConfigMap ${String(name)}; add it, or mark the reference optional: true`;
    findings.push(workload.complain('config-map-missing', where, message));
  };
  listAt(workload.value, ...path, 'env').forEach((entry, index) => {
    const name = String(at(entry, 'name') ?? '(no name)');
    const value = at(entry, 'value');
    const where = [...path, 'env', index];
    aboutMap(at(entry, 'valueFrom', 'configMapKeyRef'), where);
    if (value === undefined) return;
    if (typeof value !== 'string') findings.push(workload.complain('value-not-text', [...where, 'value'], notText(name, value)));
    if (looksSecret(name, value)) {
      const message = `${name} is a secret written in the open; use valueFrom.secretKeyRef, and change the secret`;
      findings.push(workload.complain('plain-secret', [...where, 'value'], message));
    }
  });
  listAt(workload.value, ...path, 'envFrom').forEach((source, index) =>
    aboutMap(at(source, 'configMapRef'), [...path, 'envFrom', index]),
  );
  return findings;
}

/** ConfigMaps hold strings and no secrets, and a Secret's content does not belong into a repository at all. */
export function aboutStoredValues(manifest: Manifest): ContractFinding[] {
  if (manifest.kind === 'ConfigMap')
    return fieldsAt(manifest.value, 'data').flatMap(([name, value]) => [
      ...(typeof value === 'string' ? [] : [manifest.complain('value-not-text', ['data', name], notText(name, value))]),
      ...(looksSecret(name, value)
        ? [
            manifest.complain(
              'plain-secret',
              ['data', name],
              `${name} is a secret in a ConfigMap; move it to a Secret, and change it`,
            ),
          ]
        : []),
    ]);
  if (manifest.kind === 'Secret')
    return ['data', 'stringData'].flatMap((part) =>
      fieldsAt(manifest.value, part)
        .filter(([, value]) => value !== '' && value !== null)
        .map(([name]) => {
          const message = `${name} is a secret in a file; create the Secret in the cluster (k8s/README.md), and change it`;
          return manifest.complain('plain-secret', [part, name], message);
        }),
    );
  return [];
}
