/** What a workload says to Dapr's injector, and whether the rest of its pod agrees. */
import { nearest } from '#harness/nearest.ts';
import type { ContractFinding } from '../finding.ts';
import { type AnnotationTakes, daprAnnotations } from './annotation-names.ts';
import type { Manifest } from './read.ts';
import { at, fieldsAt, listAt, type Path } from '../yaml-lines.ts';

const annotationsPath: Path = ['spec', 'template', 'metadata', 'annotations'];
const podPath: Path = ['spec', 'template', 'spec'];
/** daprd's own default. */
const gracefulSecondsDefault = 5;
/** Kubernetes' own. */
const terminationSecondsDefault = 30;

const annotationsOf = (workload: Manifest) =>
  fieldsAt(workload.value, ...annotationsPath).filter(([name]) => name.startsWith('dapr.io/'));

/** What can be said of a part of a workload, such as a patch, too. */
export const aboutAnnotations = (workload: Manifest): ContractFinding[] => [
  ...aboutMisplaced(workload),
  ...annotationsOf(workload).flatMap(([name, value]) => aboutAnnotation(workload, name, value)),
];

export function aboutSidecar(workload: Manifest, configMaps: readonly Manifest[]): ContractFinding[] {
  const annotations: ReadonlyMap<string, unknown> = new Map(annotationsOf(workload));
  const findings = aboutAnnotations(workload);
  const enabled = annotations.get('dapr.io/enabled');
  if (annotations.size === 0 || isText(enabled, 'false')) return findings;
  if (enabled === undefined) {
    const message = `${workload.name} has dapr.io annotations but no sidecar; add dapr.io/enabled: "true"`;
    return [...findings, workload.complain('dapr-not-enabled', annotationsPath, message)];
  }
  return [
    ...findings,
    ...aboutName(workload, annotations),
    ...aboutPort(workload, annotations, configMaps),
    ...aboutStopping(workload, annotations),
  ];
}

const isText = (value: unknown, text: string): boolean => value !== undefined && String(value) === text;

function aboutMisplaced(workload: Manifest): ContractFinding[] {
  return fieldsAt(workload.value, 'metadata', 'annotations')
    .filter(([name]) => name.startsWith('dapr.io/'))
    .map(([name]) =>
      workload.complain(
        'annotation-misplaced',
        ['metadata', 'annotations', name],
        `${name} stands at the ${workload.kind}, and no pod gets it; move it to spec.template.metadata.annotations`,
      ),
    );
}

function aboutAnnotation(workload: Manifest, name: string, value: unknown): ContractFinding[] {
  const path = [...annotationsPath, name];
  const known = Object.hasOwn(daprAnnotations, name) ? daprAnnotations[name] : undefined;
  if (known === undefined) {
    const guess = nearest(name, Object.keys(daprAnnotations));
    const next = guess ? `did you mean ${guess}?` : 'see harness/contract/manifest/annotation-names.ts for those it reads';
    return [workload.complain('annotation-unknown', path, `Dapr reads no annotation ${name}; ${next}`)];
  }
  if (typeof value !== 'string') {
    const message = `the value of ${name} is not a string, and Kubernetes refuses it; write ${name}: "${String(value)}"`;
    return [workload.complain('annotation-not-text', path, message)];
  }
  const wanted = wantedInstead(name, known[1], value);
  return wanted === undefined
    ? []
    : [workload.complain('annotation-value', path, `"${value}" means nothing as ${name}; write ${wanted}`)];
}

const protocols = ['http', 'https', 'grpc', 'grpcs', 'h2c'];

function wantedInstead(name: string, takes: AnnotationTakes, value: string): string | undefined {
  if (name === 'dapr.io/app-protocol' && !protocols.includes(value)) return `one of ${protocols.join(', ')}`;
  if (takes === 'boolean' && value !== 'true' && value !== 'false')
    return '"true" or "false": any other word may be read as false';
  if (takes === 'whole' && !/^-?\d+$/.test(value)) return 'a whole number';
  if (takes === 'duration' && secondsOf(value) === undefined) return 'a duration with its unit, as "35s"';
  return undefined;
}

const unitSeconds: Readonly<Record<string, number>> = { ns: 1e-9, us: 1e-6, µs: 1e-6, ms: 1e-3, s: 1, m: 60, h: 3600 };

/** Go's time.ParseDuration, for what is not negative. */
export function secondsOf(duration: string): number | undefined {
  if (duration === '0') return 0;
  if (!/^\+?((\d+\.?\d*|\.\d+)(ns|us|µs|ms|s|m|h))+$/.test(duration)) return undefined;
  let seconds = 0;
  for (const [, number, unit] of duration.matchAll(/(\d+\.?\d*|\.\d+)(ns|us|µs|ms|s|m|h)/g))
    seconds += Number(number) * (unitSeconds[unit!] ?? 0);
  return seconds;
}

function aboutName(workload: Manifest, annotations: ReadonlyMap<string, unknown>): ContractFinding[] {
  const appId = annotations.get('dapr.io/app-id');
  if (appId === undefined) {
    const message = `${workload.name} has a sidecar without a name; add dapr.io/app-id: "${workload.name}"`;
    return [workload.complain('app-id-missing', annotationsPath, message)];
  }
  if (appId === workload.name) return [];
  const message = `app-id ${String(appId)} is not the name of its ${workload.kind}; write dapr.io/app-id: "${workload.name}", or rename the ${workload.kind}`;
  return [workload.complain('app-id-name', [...annotationsPath, 'dapr.io/app-id'], message)];
}

function aboutPort(
  workload: Manifest,
  annotations: ReadonlyMap<string, unknown>,
  configMaps: readonly Manifest[],
): ContractFinding[] {
  const given = annotations.get('dapr.io/app-port');
  if (given === undefined) {
    const message = `the sidecar of ${workload.name} calls nobody; add dapr.io/app-port with the port the app listens on`;
    return [workload.complain('app-port-missing', annotationsPath, message)];
  }
  const appPort = Number(given);
  if (!Number.isInteger(appPort)) return []; // said by annotation-value
  const mismatch = (of: Manifest, path: Path, message: string) => of.complain('app-port-mismatch', path, message);

  const containers = listAt(workload.value, ...podPath, 'containers');
  const index = containers.findIndex((each) => portsOf(each).some(({ port }) => port === appPort));
  if (index < 0) {
    const message = `no container of ${workload.name} has the containerPort ${appPort} that dapr.io/app-port names; make them equal`;
    return [mismatch(workload, [...annotationsPath, 'dapr.io/app-port'], message)];
  }
  const path = [...podPath, 'containers', index];
  const findings: ContractFinding[] = [];
  const listens = environmentValue(workload, path, 'APP_PORT', configMaps);
  if (listens === 'nowhere') {
    findings.push(mismatch(workload, [...path, 'env'], `APP_PORT is set nowhere; set it to "${appPort}", the app-port`));
  } else if (listens !== 'elsewhere' && String(listens.value) !== String(appPort)) {
    const message = `APP_PORT is ${String(listens.value)}, but dapr.io/app-port of ${workload.name} is ${appPort}; make them equal`;
    findings.push(mismatch(listens.manifest, listens.path, message));
  }
  for (const probe of ['startupProbe', 'readinessProbe', 'livenessProbe']) {
    for (const way of ['httpGet', 'tcpSocket']) {
      const asked = at(containers[index], probe, way, 'port');
      if (asked === undefined) continue;
      const port = portNumber(asked, containers[index]);
      if (port !== appPort)
        findings.push(
          mismatch(
            workload,
            [...path, probe, way, 'port'],
            `${probe} asks port ${String(asked)}, but the app listens on ${appPort}; name that port`,
          ),
        );
    }
  }
  return findings;
}

export const portsOf = (container: unknown): { readonly name: unknown; readonly port: unknown }[] =>
  listAt(container, 'ports')
    .map((each) => ({ name: at(each, 'name'), port: at(each, 'containerPort') }))
    .filter(({ port }) => port !== undefined);

/** A number as it is, a name as the port it stands for. */
export const portNumber = (asked: unknown, container: unknown): unknown =>
  typeof asked === 'string' && !/^\d+$/.test(asked) ? portsOf(container).find(({ name }) => name === asked)?.port : Number(asked);

type Found = { readonly manifest: Manifest; readonly path: Path; readonly value: unknown };

/** As the kubelet resolves it: `env` before `envFrom`, of several the last. `elsewhere`: in a ConfigMap that is not here. */
function environmentValue(
  workload: Manifest,
  container: Path,
  name: string,
  configMaps: readonly Manifest[],
): Found | 'nowhere' | 'elsewhere' {
  const inMap = (mapName: unknown, key: string): Found | 'nowhere' | 'elsewhere' => {
    const map = configMaps.find((each) => each.name === mapName);
    if (map === undefined) return 'elsewhere';
    const value = at(map.value, 'data', key);
    return value === undefined ? 'nowhere' : { manifest: map, path: ['data', key], value };
  };
  const entries = listAt(workload.value, ...container, 'env');
  const index = entries.findLastIndex((each) => at(each, 'name') === name);
  if (index >= 0) {
    const value = at(entries[index], 'value');
    if (value !== undefined) return { manifest: workload, path: [...container, 'env', index, 'value'], value };
    const ref = at(entries[index], 'valueFrom', 'configMapKeyRef');
    return ref === undefined ? 'elsewhere' : inMap(at(ref, 'name'), String(at(ref, 'key')));
  }
  let unknown = false;
  for (const source of listAt(workload.value, ...container, 'envFrom').toReversed()) {
    const found = inMap(at(source, 'configMapRef', 'name'), name);
    if (found === 'elsewhere') unknown = true;
    else if (found !== 'nowhere') return found;
  }
  return unknown ? 'elsewhere' : 'nowhere';
}

function aboutStopping(workload: Manifest, annotations: ReadonlyMap<string, unknown>): ContractFinding[] {
  const findings: ContractFinding[] = [];
  const block = annotations.get('dapr.io/block-shutdown-duration');
  const blockSeconds = typeof block === 'string' ? (secondsOf(block) ?? 0) : 0;
  const graceful = Number(annotations.get('dapr.io/graceful-shutdown-seconds') ?? gracefulSecondsDefault);
  const gracefulSeconds = Number.isFinite(graceful) && graceful >= 0 ? graceful : gracefulSecondsDefault;
  const termination = at(workload.value, ...podPath, 'terminationGracePeriodSeconds') ?? terminationSecondsDefault;
  if (Number(termination) <= blockSeconds + gracefulSeconds)
    findings.push(
      workload.complain(
        'grace-too-short',
        [...podPath, 'terminationGracePeriodSeconds'],
        `the kubelet kills after ${String(termination)} s, but daprd may block ${blockSeconds} s and then needs ${gracefulSeconds} s; ` +
          `set terminationGracePeriodSeconds above ${blockSeconds + gracefulSeconds}`,
      ),
    );
  const check = annotations.get('dapr.io/enable-app-health-check');
  if (blockSeconds > 0 && (check === undefined || isText(check, 'false')))
    findings.push(
      workload.complain(
        'block-never-ends-early',
        [...annotationsPath, 'dapr.io/block-shutdown-duration'],
        `every stop of ${workload.name} takes the whole ${String(block)}; add dapr.io/enable-app-health-check: "true"`,
        'warning',
      ),
    );
  return findings;
}
