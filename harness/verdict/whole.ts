/**
 * Whether the evidence is all there and agrees with itself. Whoever takes a file away, or writes another, and seals again, must not be
 * acquitted for it: what the harness always leaves behind is asked for, and what is written down in two places is compared.
 */
import { evidenceFiles, evidenceKinds } from '../evidence/files.ts';
import { stageInWords } from '../evidence/in-words.ts';
import type { ExperimentRecord, Mark } from '../evidence/records.ts';
import { type ExperimentEvidence, type Run, SESSION_FILE } from '../evidence/run-folder.ts';
import { seedOf } from '../random.ts';
import { type Judgement, unsure } from './judgement.ts';
import { markAt } from './windows.ts';

export const WHOLE_ASKS = 'The evidence is all there, and agrees with itself.';

/** Told only when something is missing or contradicts: undefined where all is well. Of an experiment that was performed. */
export function wholeExperiment(evidence: ExperimentEvidence, run: Run): Judgement | undefined {
  const { record } = evidence;
  if (record === undefined) return undefined;
  return told([
    ...missingFiles(evidence),
    ...course(evidence, run),
    ...timely(evidence, run),
    ...counts(evidence),
    ...asPlanned(evidence, record, run),
    ...faultsAsDrawn(evidence, record, run),
  ]);
}

/** Of the run as a whole. */
export function wholeRun(run: Run): Judgement | undefined {
  const performed = run.experiments.flatMap(({ record }) => (record && record.skipped === undefined ? [record] : []));
  const manifest = run.manifest;
  const named = new Set(manifest?.experiments ?? []);
  const known = new Set((run.requirements ?? []).map(({ id }) => id));
  const proved = [...new Set(performed.flatMap(({ proves }) => proves))];
  const unknown = proved.filter((id) => !known.has(id));
  return told([
    ...(run.system === undefined ? ['system.json is missing, so nobody knows what was promised'] : []),
    ...(run.schemas === undefined || Object.keys(run.schemas).length === 0
      ? ['schemas/ is missing or empty, so nothing can be held against them']
      : Object.entries(run.schemas).flatMap(([name, schema]) =>
          isHollow(schema) ? [`schemas/${name}.json asks for nothing`] : [],
        )),
    ...(run.requirements === undefined && proved.length > 0 ? ['requirements.json is missing'] : []),
    ...(run.requirements !== undefined && unknown.length > 0
      ? [`requirements.json does not know ${unknown.slice(0, 5).join(', ')}, which experiments prove`]
      : []),
    ...(run.session === undefined && performed.length > 0
      ? [`${SESSION_FILE} is missing, so nobody knows what happened between`]
      : []),
    ...((run.session ?? []).some(({ at }) => manifest && at < Date.parse(manifest.startedAt))
      ? [`${SESSION_FILE} has marks from before the run started`]
      : []),
    ...run.experiments.flatMap(({ name }) => (manifest && !named.has(name) ? [`manifest.json does not name ${name}`] : [])),
  ]);
}

/** Everything would keep it. */
const isHollow = (schema: unknown): boolean => typeof schema !== 'object' || schema === null || Object.keys(schema).length === 0;

function told(problems: readonly string[]): Judgement | undefined {
  if (problems.length === 0) return undefined;
  return unsure(problems.slice(0, 5).join('; ') + (problems.length > 5 ? `; and ${problems.length - 5} more` : ''), {
    comparison: '==',
    expected: 0,
    actual: problems.length,
    unit: 'contradictions',
    examples: problems.slice(0, 10),
  });
}

/** The journal opens all of its files, and the last reads write all of theirs: an empty one is there, too. */
const missingFiles = (evidence: ExperimentEvidence): string[] => [
  ...evidenceKinds.flatMap((kind) => (evidence[kind] === undefined ? [`${evidenceFiles[kind].name} is missing`] : [])),
  ...(evidence.samples?.length === 0 ? ['samples.ndjson is empty, and something is sampled each second'] : []),
];

/** What was cut short, or broke, is told elsewhere. */
const wasCutShort = (marks: readonly Mark[], run: Run): boolean =>
  run.interrupted !== undefined || marks.some(({ kind }) => kind === 'broke');

const stations = [
  ['experiment-start'],
  ['workload-start'],
  ['workload-end'],
  ['settled', 'settle-gave-up'],
  ['collected'],
  ['journal-end'],
] as const;

/** Each once, one after the other. */
function course({ marks }: ExperimentEvidence, run: Run): string[] {
  if (marks === undefined || wasCutShort(marks, run)) return [];
  const problems: string[] = [];
  let before: { readonly name: string; readonly at: number } | undefined;
  for (const names of stations) {
    const seen = marks.filter(({ kind, name }) => kind === 'mark' && names.some((station) => station === name));
    const [first] = seen;
    if (seen.length !== 1) problems.push(`the journal has ${seen.length} marks ${names.join(' or ')}, not one`);
    if (first && before && first.at < before.at) problems.push(`${first.name} came before ${before.name}`);
    before = first ?? before;
  }
  return problems;
}

/**
 * Windows are cut from marks: those of the workload lie within it, those of a fault come in their order, and none of them before the
 * experiment began or after its journal was closed; nor did that begin before the run. A crash is told with the time at which it was seen.
 */
function timely({ marks = [] }: ExperimentEvidence, { manifest }: Run): string[] {
  const began = markAt(marks, 'experiment-start');
  const ended = markAt(marks, 'journal-end');
  const from = markAt(marks, 'workload-start') ?? began;
  const to = markAt(marks, 'workload-end') ?? ended;
  const problems: string[] = [];
  const startedAt = manifest && Date.parse(manifest.startedAt);
  if (startedAt !== undefined && Number.isNaN(startedAt)) problems.push('manifest.json does not say when the run started');
  else if (startedAt !== undefined && marks.some(({ kind, at }) => kind !== 'crash' && at < startedAt))
    problems.push('the journal has marks from before the run started');
  const outside = (mark: Mark, first = began, last = ended) =>
    (first !== undefined && mark.at < first) || (last !== undefined && mark.at > last);
  for (const mark of marks) {
    const { kind, name } = mark;
    if (/^(fault-in|fault-out|healed)$/.test(kind) && outside(mark))
      problems.push(`${kind} ${name} lies outside of the experiment`);
    if ((/^arm-/.test(kind) || (kind === 'mark' && name.startsWith('measured-'))) && outside(mark, from, to))
      problems.push(`${kind === 'mark' ? '' : `${kind} `}${name} lies outside of the workload`);
  }
  const quiet = markAt(marks, 'quiet');
  if (quiet !== undefined && began !== undefined && quiet > began) problems.push('it was found quiet after it had begun');
  const faults = Map.groupBy(
    marks.filter(({ kind }) => /^(fault-in|fault-out|healed)$/.test(kind)),
    ({ name }) => name,
  );
  for (const [name, own] of faults)
    if (own.some(({ at }, n) => at < (own[n - 1]?.at ?? at)))
      problems.push(`the marks of the fault ${name} are not in their order`);
  return problems;
}

/** How many rows there were when the journal was closed and when the last reads were over. A mark that is not there is told elsewhere. */
function counts(evidence: ExperimentEvidence): string[] {
  const { marks = [] } = evidence;
  return evidenceKinds.flatMap((kind) => {
    const { name, writtenBy } = evidenceFiles[kind];
    const mark = marks.find((one) => one.kind === 'mark' && one.name === (writtenBy === 'journal' ? 'journal-end' : 'collected'));
    const there = evidence[kind]?.length;
    // It can't count itself.
    if (kind === 'marks' || there === undefined || mark === undefined) return [];
    const then = mark.detail && Object.hasOwn(mark.detail, kind) ? mark.detail[kind] : undefined;
    if (typeof then !== 'number') return [`${mark.name} does not say how many rows ${name} got`];
    return then === there ? [] : [`${name} has ${there} rows, and ${then} were written`];
  });
}

function asPlanned({ name, marks = [] }: ExperimentEvidence, record: ExperimentRecord, run: Run): string[] {
  const { manifest, session } = run;
  const began = markAt(marks, 'experiment-start');
  const problems: string[] = [];
  if (record.name !== name) problems.push(`experiment.json is of ${record.name}`);
  if (record.stage === undefined) return [...problems, 'experiment.json does not say what it stood on'];
  const stage = stageInWords(record.stage);
  const inManifest = manifest?.stages;
  if (manifest && !(inManifest && Object.hasOwn(inManifest, name) && inManifest[name] === stage))
    problems.push(`it stood on ${stage} by experiment.json, and on ${inManifest?.[name] ?? 'nothing'} by manifest.json`);
  if (session && began !== undefined) {
    const laid = session.findLast(({ kind, name: what, at }) => kind === 'mark' && /^(re)?staged$/.test(what) && at <= began);
    const stood = laid?.detail?.['stage'];
    if (stood === undefined) problems.push(`${SESSION_FILE} does not say that anything was staged before it began`);
    else if (canonical(stood) !== canonical(record.stage))
      problems.push(`it stood on ${stage} by experiment.json, and on something else by ${SESSION_FILE}`);
  }
  if (manifest && record.seed !== seedOf(manifest.seed, name, 'workload'))
    problems.push(`its seed ${record.seed ?? '(none)'} is not what comes of the run's, ${manifest.seed}`);
  return problems;
}

/** What went in is what was drawn, with every parameter; and all of it did, or the journal says why not. */
function faultsAsDrawn({ marks = [] }: ExperimentEvidence, { faults }: ExperimentRecord, run: Run): string[] {
  const drawn = new Map(faults.map((fault) => [fault.name, fault]));
  const wrong = marks
    .filter(({ kind }) => kind === 'fault-in')
    .flatMap(({ name, detail }) => {
      const planned = drawn.get(name);
      if (!planned) return [`the fault ${name} went in, and experiment.json knows none of that name`];
      return canonical(detail) === canonical(planned) ? [] : [`the fault ${name} that went in is not the one that was drawn`];
    });
  const told = new Set(marks.filter(({ kind }) => kind === 'fault-in' || kind === 'not-injected').map(({ name }) => name));
  const silent = wasCutShort(marks, run) ? [] : faults.filter(({ name }) => !told.has(name));
  return [...wrong, ...silent.map(({ name }) => `the fault ${name} was drawn, and never went in`)];
}

const canonical = (value: unknown = null): string =>
  JSON.stringify(value, (_, inner: unknown) =>
    inner !== null && typeof inner === 'object' && !Array.isArray(inner)
      ? Object.fromEntries(Object.entries(inner).sort(([a], [b]) => (a < b ? -1 : 1)))
      : inner,
  );
