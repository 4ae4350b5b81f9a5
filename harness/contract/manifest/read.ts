/** Manifests as values that know where they stand, and what keeps a file from being manifests at all. */
import { readdirSync, statSync } from 'node:fs';
import { join, relative } from 'node:path';
import { nearest } from '#harness/nearest.ts';
import type { ContractFinding } from '../finding.ts';
import type { ManifestRule } from './rules.ts';
import { at, type Path, pointerOf, readYamlFile } from '../yaml-lines.ts';

export interface Manifest {
  /** Relative to the working directory. */
  readonly file: string;
  readonly kind: string;
  readonly name: string;
  readonly value: unknown;
  /** A finding about the part at the path; its line is where that part stands, or would. */
  complain(rule: ManifestRule, path: Path, message: string, severity?: ContractFinding['severity']): ContractFinding;
}

export interface Manifests {
  readonly all: readonly Manifest[];
  /** Relative to the working directory, whether they could be read or not. */
  readonly files: readonly string[];
  /** Of reading: what is no YAML or no manifest. */
  readonly findings: readonly ContractFinding[];
}

const kinds: Readonly<Record<string, readonly string[]>> = {
  ConfigMap: ['v1'],
  Namespace: ['v1'],
  PersistentVolumeClaim: ['v1'],
  Secret: ['v1'],
  Service: ['v1'],
  ServiceAccount: ['v1'],
  DaemonSet: ['apps/v1'],
  Deployment: ['apps/v1'],
  StatefulSet: ['apps/v1'],
  CronJob: ['batch/v1'],
  Job: ['batch/v1'],
  HorizontalPodAutoscaler: ['autoscaling/v2'],
  PodDisruptionBudget: ['policy/v1'],
  Ingress: ['networking.k8s.io/v1'],
  NetworkPolicy: ['networking.k8s.io/v1'],
  Role: ['rbac.authorization.k8s.io/v1'],
  RoleBinding: ['rbac.authorization.k8s.io/v1'],
  ClusterRole: ['rbac.authorization.k8s.io/v1'],
  ClusterRoleBinding: ['rbac.authorization.k8s.io/v1'],
  Kustomization: ['kustomize.config.k8s.io/v1beta1'],
  Component: ['dapr.io/v1alpha1', 'kustomize.config.k8s.io/v1alpha1'],
  Configuration: ['dapr.io/v1alpha1'],
  HTTPEndpoint: ['dapr.io/v1alpha1'],
  Resiliency: ['dapr.io/v1alpha1'],
  Subscription: ['dapr.io/v2alpha1', 'dapr.io/v1alpha1'],
};

export const isKustomizationFile = (file: string): boolean => /(^|[\\/])[Kk]ustomization(\.ya?ml)?$/.test(file);

/** A folder with everything below it, or one file. Throws one clear sentence when there is nothing to read. */
export function readManifests(place: string): Manifests {
  const files = filesOf(place);
  const read = files.map((path) => readManifestFile(relative(process.cwd(), path), path));
  const all = read.flatMap((each) => each.manifests);
  return {
    all,
    files: files.map((path) => relative(process.cwd(), path)),
    findings: read.flatMap((each) => each.findings),
  };
}

function filesOf(place: string): string[] {
  const stats = statSync(place, { throwIfNoEntry: false });
  if (stats === undefined) throw new Error(`${place} does not exist; give the folder of the manifests, e.g. k8s/base`);
  if (!stats.isDirectory()) return [place];
  const files = readdirSync(place, { recursive: true, encoding: 'utf8' }).filter((name) => /\.ya?ml$/.test(name));
  if (files.length === 0) throw new Error(`${place} holds no .yaml file; give the folder of the manifests, e.g. k8s/base`);
  return files.sort().map((name) => join(place, name));
}

function readManifestFile(file: string, path: string): { manifests: Manifest[]; findings: ContractFinding[] } {
  const { documents, mistakes } = readYamlFile(path);
  const findings: ContractFinding[] = mistakes.map(({ code, line, message }) => ({
    rule: (code === 'DUPLICATE_KEY' ? 'duplicate-key' : 'yaml-syntax') satisfies ManifestRule,
    file,
    line,
    pointer: '',
    message: `${message}. ${nextStep[code] ?? 'Mend the YAML; nothing else of this document was looked at.'}`,
    severity: 'error',
  }));
  const complainAt =
    (lineOf: (path: Path) => number): Manifest['complain'] =>
    (rule, path, message, severity = 'error') => ({
      rule,
      file,
      line: lineOf(path),
      pointer: pointerOf(path),
      message,
      severity,
    });
  if (documents.length === 0 && mistakes.length === 0)
    findings.push(
      complainAt(() => 1)('empty-document', [], 'the file holds no manifest; write one or delete the file', 'warning'),
    );

  const manifests: Manifest[] = [];
  for (const { value, line, lineOf } of documents) {
    const complain = complainAt(lineOf);
    if (value === null) {
      const message = 'nothing stands between two lines of ---; write the manifest or delete one of them';
      findings.push(complainAt(() => line)('empty-document', [], message, 'warning'));
      continue;
    }
    const kind = at(value, 'kind');
    const name = kind === 'Kustomization' ? file : at(value, 'metadata', 'name');
    const apiVersion = at(value, 'apiVersion');
    const wrong = [
      ...(typeof kind === 'string' ? [] : ['kind']),
      ...(typeof apiVersion === 'string' ? [] : ['apiVersion']),
      ...(typeof name === 'string' ? [] : ['metadata.name']),
    ];
    if (wrong.length > 0) {
      findings.push(
        complain('not-a-manifest', [], `${wrong.join(' and ')} must be a text; add ${wrong.length === 1 ? 'it' : 'them'}`),
      );
      continue;
    }
    const mismatch = aboutKind(String(kind), String(apiVersion));
    if (mismatch) findings.push(complain('unknown-kind', [mismatch.field], mismatch.message));
    manifests.push({ file, kind: String(kind), name: String(name), value, complain });
  }
  return { manifests, findings };
}

const nextStep: Readonly<Record<string, string>> = {
  DUPLICATE_KEY: 'Delete one of the two.',
  TAB_AS_INDENT: 'Indent with spaces.',
};

function aboutKind(kind: string, apiVersion: string): { field: string; message: string } | undefined {
  const versions = Object.hasOwn(kinds, kind) ? kinds[kind]! : undefined;
  if (versions === undefined) {
    const guess = nearest(kind, Object.keys(kinds));
    return {
      field: 'kind',
      message: `${kind} is not a kind known here; ${guess ? `did you mean ${guess}?` : 'if a cluster has it, add it to harness/contract/manifest/read.ts'}`,
    };
  }
  if (versions.includes(apiVersion)) return undefined;
  return { field: 'apiVersion', message: `a ${kind} is not of ${apiVersion}; write apiVersion: ${versions.join(' or ')}` };
}

export function aboutNamesTwice(all: readonly Manifest[]): ContractFinding[] {
  const seen = new Map<string, Manifest>();
  const findings: ContractFinding[] = [];
  for (const manifest of all) {
    const key = [
      manifest.kind,
      at(manifest.value, 'apiVersion'),
      at(manifest.value, 'metadata', 'namespace'),
      manifest.name,
    ].join(' ');
    const first = seen.get(key);
    if (first === undefined) seen.set(key, manifest);
    else
      findings.push(
        manifest.complain(
          'duplicate-name',
          ['metadata', 'name'],
          `${first.file} has a ${manifest.kind} ${manifest.name} too; rename one`,
        ),
      );
  }
  return findings;
}
