/**
 * Arms: stretches that a workload marks because it does something differently in them (`arm-in`, `arm-out`). An arm that comes
 * several times is one window of several stretches, so that a machine that gets slower is not mistaken for a difference.
 */
import type { ArmWindow, Slo, WindowName } from '../evidence/records.ts';
import type { ExperimentEvidence } from '../evidence/run-folder.ts';
import { cutWindow, type Span, type Window, windowNames } from './windows.ts';

export const isArm = (name: string): name is ArmWindow => /^arm:[a-z0-9]+(-[a-z0-9]+)*$/.test(name);
const armNamed = (name: ArmWindow): string => name.slice('arm:'.length);

/** The arms at which an objective looks. */
export const armsOf = (slo: Partial<Slo> | undefined): string[] =>
  [slo?.window, slo?.against].flatMap((name) => (name !== undefined && isArm(name) ? [armNamed(name)] : []));

/** Every arm that was marked and can be cut, for whoever draws them. */
export function armsIn(evidence: ExperimentEvidence): { readonly name: string; readonly spans: readonly Span[] }[] {
  const names = new Set((evidence.marks ?? []).filter(({ kind }) => kind === 'arm-in').map(({ name }) => name));
  return [...names].flatMap((name) => {
    const window = stretchesOf(evidence, `arm:${name}`);
    return 'missing' in window ? [] : [{ name, spans: window.spans }];
  });
}

export function windowOf(evidence: ExperimentEvidence, name: WindowName): Window | { readonly missing: string } {
  if (isArm(name)) return stretchesOf(evidence, name);
  const plain = windowNames.find((one) => one === name);
  return plain === undefined ? { missing: `nobody knows what ${name} is` } : cutWindow(evidence, plain);
}

function stretchesOf({ marks }: ExperimentEvidence, name: ArmWindow): Window | { readonly missing: string } {
  const arm = armNamed(name);
  if (marks === undefined) return { missing: 'journal.ndjson is missing, so no window can be cut' };
  const own = marks
    .filter((mark) => (mark.kind === 'arm-in' || mark.kind === 'arm-out') && mark.name === arm)
    .sort((a, b) => a.at - b.at);
  if (own.length === 0) return { missing: `the workload never marked an arm ${arm}` };
  const spans: Span[] = [];
  for (let n = 0; n < own.length; n += 2) {
    const [begin, end] = [own[n], own[n + 1]];
    // Half an arm would be compared with a whole one.
    if (begin?.kind !== 'arm-in' || end?.kind !== 'arm-out')
      return { missing: `arm ${arm} does not end where it should: its marks do not come in pairs` };
    if (end.at > begin.at) spans.push({ fromMs: begin.at, toMs: end.at });
  }
  return spans.length === 0 ? { missing: `arm ${arm} is empty` } : { name, spans };
}
