/**
 * Reads Kubernetes manifests before a cluster does. What is wrong there shows late and far away: an annotation with a typo
 * is no error but a default, a Service that selects nothing is a timeout in another service.
 */
import { statSync } from 'node:fs';
import type { ContractFinding } from '../finding.ts';
import { aboutKustomization, aboutOwnSelector, aboutSelected, patchFiles } from './links.ts';
import { aboutPod, aboutStoredValues } from './pod.ts';
import { aboutNamesTwice, type Manifest, readManifests } from './read.ts';
import { aboutAnnotations, aboutSidecar } from './sidecar.ts';

const workloadKinds = ['Deployment', 'StatefulSet', 'DaemonSet'];

/**
 * Of a folder with everything below it, or of one file, which nothing need list. Sorted by file and line. Throws one clear
 * sentence when there is nothing to read.
 */
export function validateManifests(place: string): ContractFinding[] {
  const manifests = readManifests(place);
  // What can't be read is missed elsewhere: those complaints would be guesses.
  const unreadable = manifests.findings.filter(({ rule }) => rule === 'yaml-syntax' || rule === 'duplicate-key');
  if (unreadable.length > 0) return unreadable;
  const patches = patchFiles(manifests.all);
  const all = manifests.all.filter(({ file }) => !patches.has(file));
  const isWorkload = ({ kind }: Manifest) => workloadKinds.includes(kind);
  const workloads = all.filter(isWorkload);
  const configMaps = all.filter(({ kind }) => kind === 'ConfigMap');
  return [
    ...manifests.findings.filter(({ file }) => !patches.has(file)),
    ...aboutNamesTwice(all),
    ...manifests.all.filter((each) => isWorkload(each) && patches.has(each.file)).flatMap(aboutAnnotations),
    ...workloads.flatMap((each) => [...aboutOwnSelector(each), ...aboutSidecar(each, configMaps), ...aboutPod(each, configMaps)]),
    ...all.flatMap((each) => [...aboutStoredValues(each), ...aboutSelected(each, workloads)]),
    ...(statSync(place).isDirectory() ? aboutKustomization(manifests) : []),
  ].sort((a, b) => (a.file === b.file ? a.line - b.line : a.file < b.file ? -1 : 1));
}

/** `plumbline manifests validate <folder>`: 0 fine (warnings are said), 1 errors, 3 nothing to read. */
export async function runManifestsValidate(
  { folder }: { readonly folder: string },
  say: (text: string) => void,
): Promise<number> {
  let findings: ContractFinding[];
  try {
    findings = validateManifests(folder);
  } catch (error) {
    say((error as Error).message);
    return 3;
  }
  for (const { file, line, severity, rule, message } of findings) say(`${file}:${line}: ${severity} ${rule}: ${message}`);
  const errors = findings.filter(({ severity }) => severity === 'error').length;
  say(
    `${folder}: ${errors === 0 ? 'no errors' : `${errors} error${errors === 1 ? '' : 's'}`}, ${findings.length - errors} warnings`,
  );
  return errors === 0 ? 0 : 1;
}
