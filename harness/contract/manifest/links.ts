/** What manifests say of each other: selectors, target ports, and the kustomization that lists them. */
import { statSync } from 'node:fs';
import { dirname, join, normalize, relative } from 'node:path';
import { nearest } from '#harness/nearest.ts';
import type { ContractFinding } from '../finding.ts';
import { isKustomizationFile, type Manifest, type Manifests } from './read.ts';
import { portsOf } from './sidecar.ts';
import { at, fieldsAt, listAt, type Path } from '../yaml-lines.ts';

/** A workload that does not select its own pods is refused by the API server. */
export function aboutOwnSelector(workload: Manifest): ContractFinding[] {
  const path = ['spec', 'selector', 'matchLabels'];
  if (selects(fieldsAt(workload.value, ...path), workload)) return [];
  const message = `the labels of the pods of ${workload.name} (spec.template.metadata.labels) do not match; make them equal`;
  return [workload.complain('selector-mismatch', path, message)];
}

const selects = (wanted: ReturnType<typeof fieldsAt>, workload: Manifest): boolean =>
  wanted.length > 0 &&
  wanted.every(([label, value]) => at(workload.value, 'spec', 'template', 'metadata', 'labels', label) === value);

const selectorPaths: Readonly<Record<string, Path>> = {
  Service: ['spec', 'selector'],
  PodDisruptionBudget: ['spec', 'selector', 'matchLabels'],
  NetworkPolicy: ['spec', 'podSelector', 'matchLabels'],
};

export function aboutSelected(manifest: Manifest, workloads: readonly Manifest[]): ContractFinding[] {
  const path = Object.hasOwn(selectorPaths, manifest.kind) ? selectorPaths[manifest.kind] : undefined;
  if (path === undefined) return [];
  const wanted = fieldsAt(manifest.value, ...path);
  // None: a Service with endpoints of its own, a policy for every pod.
  if (wanted.length === 0) return [];
  const selected = workloads.filter((each) => selects(wanted, each));
  if (selected.length === 0) {
    const guess = nearest(
      manifest.name,
      workloads.map((each) => each.name),
    );
    const labels = wanted.map(([label, value]) => `${label}=${String(value)}`).join(', ');
    const message = `no pod here has the labels ${labels}; ${guess ? `take those of ${guess}` : "take those of a workload's spec.template"}`;
    return [manifest.complain('selects-nothing', path, message)];
  }
  return manifest.kind === 'Service' ? aboutTargetPorts(manifest, selected) : [];
}

function aboutTargetPorts(service: Manifest, selected: readonly Manifest[]): ContractFinding[] {
  const open = selected
    .flatMap((each) => listAt(each.value, 'spec', 'template', 'spec', 'containers'))
    .flatMap((container) => portsOf(container));
  return listAt(service.value, 'spec', 'ports').flatMap((entry, index) => {
    const target = at(entry, 'targetPort') ?? at(entry, 'port') ?? '(none named)';
    if (open.some(({ name, port }) => target === name || String(target) === String(port))) return [];
    const has = open
      .map(({ name, port }) => (name === undefined ? String(port) : `${String(name)} (${String(port)})`))
      .join(', ');
    const message = `no container behind ${service.name} has the port ${String(target)}; they have ${has || 'none'}`;
    return [service.complain('target-port-mismatch', ['spec', 'ports', index, 'targetPort'], message)];
  });
}

const byDepth = (a: Manifest, b: Manifest): number => b.file.length - a.file.length;

/** Files that kustomizations apply as patches: parts of manifests, of which little can be said by themselves. */
export const patchFiles = (all: readonly Manifest[]): ReadonlySet<string> =>
  new Set(
    all
      .filter(({ kind }) => kind === 'Kustomization')
      .flatMap(({ file, value }) => listAt(value, 'patches').map((each) => join(dirname(file), String(at(each, 'path'))))),
  );

/** kustomize's lists of files; other entries (images, labels) name none. */
const lists: readonly { readonly path: Path; readonly of: (entry: unknown) => unknown }[] = [
  { path: ['resources'], of: (entry) => entry },
  { path: ['components'], of: (entry) => entry },
  { path: ['patches'], of: (entry) => at(entry, 'path') },
];

export function aboutKustomization({ all, files }: Manifests): ContractFinding[] {
  const kustomizations = all.filter(({ kind }) => kind === 'Kustomization');
  if (kustomizations.length === 0) {
    // A broken one has been complained about already.
    if (files.some(isKustomizationFile)) return [];
    const file = join(dirname(files[0] ?? '.'), 'kustomization.yaml');
    const message = 'the folder has no kustomization.yaml; add one that lists its manifests under resources';
    return [{ rule: 'kustomization-missing', file, line: 1, pointer: '', message, severity: 'error' }];
  }
  const listed = new Set<string>();
  const findings: ContractFinding[] = [];
  for (const kustomization of kustomizations) {
    const folder = dirname(kustomization.file);
    for (const { path, of } of lists)
      listAt(kustomization.value, ...path).forEach((entry, index) => {
        const named = of(entry);
        if (typeof named !== 'string' || /^[a-z]+:\/\/|\?ref=|^github\.com\//.test(named)) return;
        const target = normalize(join(folder, named));
        listed.add(target);
        if (statSync(target, { throwIfNoEntry: false })) return;
        const near = files.filter((file) => !isKustomizationFile(file)).map((file) => normalize(file));
        const guess = nearest(target, near);
        const next = guess ? `did you mean ${relative(folder, guess)}?` : 'write the file or delete the entry';
        findings.push(kustomization.complain('kustomization-dangling', [...path, index], `${named} does not exist; ${next}`));
      });
  }
  const [first] = kustomizations;
  for (const file of files) {
    if (isKustomizationFile(file) || listed.has(normalize(file))) continue;
    // The nearest above it.
    const owner = kustomizations.filter((each) => file.startsWith(dirname(each.file))).sort(byDepth)[0] ?? first!;
    const message = `${relative(dirname(owner.file), file)} is listed nowhere, so it is never applied; add it to resources or delete it`;
    findings.push(owner.complain('kustomization-unlisted', ['resources'], message));
  }
  return findings;
}
