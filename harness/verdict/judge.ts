/** Evidence in, findings and one verdict out. Pure: the same run gives the same words, today and in a year. */
import { evidenceFiles, type EvidenceKind, RECORD_FILE } from '../evidence/files.ts';
import type { Finding, Manifest, OutboxRow, Verdict } from '../evidence/records.ts';
import { type ExperimentEvidence, type Run, SEAL_FILE, SESSION_FILE } from '../evidence/run-folder.ts';
import type { SealCheck } from '../evidence/seal.ts';
import { coresOf } from './cores.ts';
import { crashes } from './crashes.ts';
import { type CheckerName, checkers, claimOf, safely } from './checkers.ts';
import { factJudged } from './facts.ts';
import type { EncodedLatencies } from './statistics/histogram.ts';
import { counted, type Judgement, skipped, unsure } from './judgement.ts';
import { merge } from './merge.ts';
import { metrics } from './metrics.ts';
import { objective } from './objective.ts';
import { inOrder, leaks, quiet, QUIET_ASKS } from './quiet.ts';
import { type RequirementRow, requirementMatrix } from './requirements.ts';
import { SECRETS_ASKS, secrets } from './secrets.ts';
import { sighting } from './sighting.ts';
import { type Doubts, loadOf } from './validity.ts';
import { WHOLE_ASKS, wholeExperiment, wholeRun } from './whole.ts';
import { world, WORLD_ASKS } from './world.ts';

/** Asked of every experiment, named or not. */
const askedAlways: ReadonlySet<string> = new Set<CheckerName>(['generator', 'completions']);

/** The name under which claims about the run as a whole are filed. */
export const WHOLE_RUN = '(run)';

export interface JudgedExperiment {
  readonly name: string;
  /** False when the run stopped before it: then what rests on it was not run, rather than lost. */
  readonly begun: boolean;
  readonly verdict: Verdict;
  readonly findings: readonly Finding[];
  /** By claim: the histogram behind each latency objective. */
  readonly histograms: Readonly<Record<string, EncodedLatencies>>;
}

export interface Judged {
  /** Whose judgement it is: another version may see more. */
  readonly judge?: string;
  readonly run: string;
  readonly verdict: Verdict;
  /** One sentence for the top of every report. */
  readonly because: string;
  readonly worst?: Finding;
  readonly sealDigest?: string;
  /** About the run as a whole: seal, completeness, requirements whose claims are gone. */
  readonly findings: readonly Finding[];
  readonly experiments: readonly JudgedExperiment[];
  readonly requirements: readonly RequirementRow[];
}

/** `by`: the version that judges. */
export function judge(run: Run, seal: SealCheck, by?: string): Judged {
  const before = rowsBefore(run);
  const experiments = run.experiments.map((evidence) => judgeExperiment({ ...evidence, ...before(evidence.name) }, run));
  const all = experiments.flatMap((experiment) => experiment.findings);
  const matrix = requirementMatrix(
    run.requirements ?? [],
    experiments.filter((experiment) => experiment.begun),
  );
  const findings = [
    sealed(seal),
    ...completeness(run),
    ...whole(run),
    ...between(run),
    ...leaked(run),
    ...silent(run),
    ...matrix.unshown,
  ];
  // Altered evidence convicts nobody: not the system either.
  const verdict = seal.intact
    ? merge([...findings.map((finding) => finding.verdict), ...experiments.map((e) => e.verdict)])
    : 'unsure';
  const worst = worstOf([...findings, ...all], verdict);
  return {
    run: run.manifest?.run ?? run.name,
    verdict,
    because: sentence(verdict, [...findings, ...all], experiments.length, worst),
    findings,
    experiments,
    requirements: matrix.rows,
    ...(by !== undefined && { judge: by }),
    ...(worst && { worst }),
    ...(seal.sealDigest !== undefined && { sealDigest: seal.sealDigest }),
  };
}

const WORLD = 'checker:world';

/** For each experiment, the rows of those that began before it. */
function rowsBefore({ experiments }: Run): (name: string) => Pick<ExperimentEvidence, 'earlier'> {
  if (experiments.length < 2) return () => ({});
  const seen = new Map<string, OutboxRow>();
  const before = new Map<string, ReadonlyMap<string, OutboxRow>>();
  for (const { name, outbox = [] } of inOrder(experiments)) {
    before.set(name, new Map(seen));
    // A file may hold anything: what is no row is the checkers' to stumble over.
    for (const row of outbox as readonly (OutboxRow | null)[]) if (row !== null) seen.set(row.eventId, row);
  }
  return (name) => {
    const earlier = before.get(name);
    return earlier && earlier.size > 0 ? { earlier } : {};
  };
}

function judgeExperiment(evidence: ExperimentEvidence, run: Run): JudgedExperiment {
  const { record, name } = evidence;
  const histograms: Record<string, EncodedLatencies> = {};
  const findings: Finding[] = [];
  const file = (files: readonly string[], claim: string, asks: string, proves: readonly string[], judgement: Judgement) => {
    const own = files.map((one) => `${evidence.folder}/${one}`);
    findings.push({ experiment: name, claim, asks, proves, ...judgement, evidence: own });
  };

  if (record === undefined) {
    const because = `experiment.json is missing: ${name} ${run.interrupted ? 'never began' : 'left nothing to judge it by'}`;
    file([RECORD_FILE], 'validity:evidence', 'What the experiment set out to do was recorded.', [], unsure(because));
    return { name, begun: false, verdict: 'unsure', findings, histograms };
  }
  if (record.skipped !== undefined) {
    // Skipped means that nothing was done: where something was seen, somebody only says so.
    if (
      evidence.marks !== undefined ||
      evidence.ops !== undefined ||
      typeof record.skipped !== 'string' ||
      record.skipped === ''
    ) {
      const because = 'its record says that it was skipped, and its folder holds what was seen of it, or no reason';
      file([RECORD_FILE], 'validity:controls', 'What was skipped was not performed.', [], unsure(because));
      return { name, begun: true, verdict: 'unsure', findings, histograms };
    }
    file([RECORD_FILE], 'validity:controls', 'The target can do what the experiment needs.', [], skipped(record.skipped));
    return { name, begun: false, verdict: 'skipped', findings, histograms };
  }
  if (evidence.damage.length > 0)
    file([RECORD_FILE], 'validity:evidence', 'The evidence can be read whole.', [], unsure(evidence.damage.join('; ')));

  const broken = evidence.marks?.filter(({ kind }) => kind === 'broke').map((mark) => mark.name) ?? [];
  if (broken.length > 0) {
    const because = `it broke: ${broken.join('; ')}`;
    file(namesOf(['marks']), 'validity:complete', 'The experiment went to its end.', [], unsure(because));
  }

  const contradicted = wholeExperiment(evidence, run);
  if (contradicted) file([RECORD_FILE, ...namesOf(['marks'])], 'validity:whole', WHOLE_ASKS, [], contradicted);

  const crashed = crashes(evidence.marks);
  if (crashed) file(namesOf(['marks']), 'checker:crashes', 'No part of the system ended by itself.', [], crashed);

  const loud = quiet(evidence);
  if (loud) file(namesOf(['marks']), 'validity:quiet', QUIET_ASKS, [], loud);

  let doubts: Doubts = { late: false, unknown: 'nobody could judge the load' };
  const validity = safely(() => {
    const load = loadOf(evidence, { cores: coresOf(run.manifest) });
    doubts = load.doubts;
    return load.judgement;
  });
  const asked = record.checkers.includes('generator');
  if (asked || validity.verdict !== 'skipped')
    file(namesOf(checkers.generator.reads), 'validity:generator', checkers.generator.asks, asked ? record.proves : [], validity);

  for (const slo of record.slos) {
    const claim = `slo:${slo.name}`;
    const judged = safely(() => {
      const { judgement, latencies } = objective(slo, evidence, run.schemas, doubts);
      if (latencies) histograms[claim] = latencies.encode();
      return judgement;
    });
    // Its window was cut from the marks, whatever the metric itself looks at.
    const reads = [...new Set<EvidenceKind>([...(metrics[slo.metric]?.reads ?? []), 'marks'])];
    file(namesOf(reads), claim, slo.asks, slo.proves, judged);
  }
  for (const named of record.checkers.filter((checker) => !askedAlways.has(checker))) {
    const checker = Object.hasOwn(checkers, named) ? checkers[named as CheckerName] : undefined;
    const claim = checker ? claimOf(named as CheckerName) : `checker:${named}`;
    const judgement = checker
      ? safely(() => checker.check(evidence, run.schemas))
      : unsure(`there is no checker called ${named}`);
    file(namesOf(checker?.reads ?? []), claim, checker?.asks ?? named, record.proves, judgement);
  }
  // After what was asked for: where both convict, the narrower one tells more.
  const closed = evidence.marks !== undefined || evidence.outbox !== undefined;
  if (closed)
    file(
      namesOf(['outbox', 'records', 'effects', 'ops', 'marks']),
      WORLD,
      WORLD_ASKS,
      [],
      safely(() => world(evidence)),
    );
  for (const wanted of record.sometimes) {
    file(
      namesOf(['samples', 'marks']),
      `sometimes:${wanted.name}`,
      wanted.asks,
      [],
      safely(() => sighting(evidence, wanted)),
    );
  }
  for (const asked of record.facts ?? []) {
    file(
      namesOf(['facts']),
      `fact:${asked.name}`,
      asked.asks,
      record.proves,
      safely(() => factJudged(evidence, asked)),
    );
  }
  // What is asked of every experiment is no claim of its own.
  const own = record.slos.length + record.checkers.length + record.sometimes.length + (record.facts ?? []).length;
  const complete = safely(() => checkers.completions.check(evidence));
  const named = record.checkers.includes('completions');
  if (named || complete.verdict !== 'skipped')
    file(
      namesOf(checkers.completions.reads),
      claimOf('completions'),
      checkers.completions.asks,
      named ? record.proves : [],
      complete,
    );
  if (own === 0)
    file(
      [RECORD_FILE],
      'validity:claims',
      'The experiment claims something.',
      [],
      unsure('it names no objective, checker, fact or sighting'),
    );
  return { name, begun: true, verdict: merge(findings.map((finding) => finding.verdict)), findings, histograms };
}

const namesOf = (kinds: readonly EvidenceKind[]): string[] => kinds.map((kind) => evidenceFiles[kind].name);

const ofRun = (claim: string, asks: string, judgement: Judgement, file: string): Finding => ({
  experiment: WHOLE_RUN,
  claim,
  asks,
  proves: [],
  ...judgement,
  evidence: [file],
});

function sealed(seal: SealCheck): Finding {
  const asks = 'The evidence is what was seen: nothing was added, changed or lost since.';
  if (!seal.intact) return ofRun('seal', asks, unsure(seal.because ?? 'the seal is broken'), SEAL_FILE);
  const aside = seal.strays ? `; left aside: ${seal.strays.join(', ')}` : '';
  const because = `every evidence file has the digest it was sealed with${aside}`;
  return ofRun('seal', asks, { ...unsure(because), verdict: 'pass' }, SEAL_FILE);
}

function completeness(run: Run): Finding[] {
  const asks = 'The run went to its end and kept its manifest.';
  const file = (because: string, restsOn = 'manifest.json') => ofRun('validity:complete', asks, unsure(because), restsOn);
  return [
    ...(run.interrupted ? [file(`the run was interrupted: ${run.interrupted.because}`, 'interrupted.json')] : []),
    ...(run.manifest ? [] : [file('manifest.json is missing, so nobody knows what was run, where, or how to repeat it')]),
    ...(run.experiments.length === 0 ? [file('the run holds no experiment')] : []),
    ...(run.experiments.length > 0 && run.experiments.every(({ record }) => record?.skipped !== undefined)
      ? [file('every experiment was skipped, so nothing was judged')]
      : []),
    ...(run.damage.length > 0 ? [file(run.damage.join('; '))] : []),
  ];
}

function whole(run: Run): Finding[] {
  const contradicted = wholeRun(run);
  return contradicted ? [ofRun('validity:whole', WHOLE_ASKS, contradicted, 'manifest.json')] : [];
}

/** What befell the system while no experiment was looking: it was found before the next one, and staged anew. */
function between({ session = [] }: Run): Finding[] {
  const crashed = crashes(session);
  if (crashed)
    return [ofRun('checker:crashes', 'No part of the system ended by itself between experiments.', crashed, SESSION_FILE)];
  const unwell = session.filter(({ kind, name }) => kind === 'mark' && name === 'unwell');
  if (unwell.length === 0) return [];
  const because = `it was staged anew: ${unwell.map(({ detail }) => String(detail?.['because'])).join('; ')}`;
  return [ofRun('validity:stage', 'The system was well before each experiment.', unsure(because), SESSION_FILE)];
}

/** Whether logs keep to themselves what nobody may know. */
function silent({ session, manifest }: Run): Finding[] {
  const judgement = safely(() => secrets(session, manifest?.logsSearched) ?? skipped('nobody looked'));
  return judgement.verdict === 'skipped' ? [] : [ofRun('checker:secrets', SECRETS_ASKS, judgement, SESSION_FILE)];
}

/** What one experiment's events did in another's time. */
function leaked({ experiments }: Run): Finding[] {
  let file = SESSION_FILE;
  const judgement = safely(() => {
    const found = leaks(experiments);
    if (!found) return skipped('nothing happened again');
    file = found.in;
    return found.judgement;
  });
  return judgement.verdict === 'skipped'
    ? []
    : [ofRun(WORLD, 'Nothing of one experiment happened again in another.', judgement, file)];
}

/** Broken safety first, then the objective missed by the widest factor; for `unsure`, what spoils most comes first. */
function worstOf(findings: readonly Finding[], verdict: Verdict): Finding | undefined {
  const weight = (finding: Finding): number => {
    const kind = ['seal', 'checker:', 'validity:', 'sometimes:', 'fact:'].findIndex((prefix) => finding.claim.startsWith(prefix));
    if (verdict === 'fail' && /^(checker|fact):/.test(finding.claim)) return 1e9;
    if (verdict === 'unsure' && kind !== -1) return 1e9 - (kind === 1 ? 1e6 : kind);
    if (finding.actual === null) return 1e8;
    const [smaller, larger] = [Math.abs(finding.actual), Math.abs(finding.expected ?? 0)].sort((a, b) => a - b) as [
      number,
      number,
    ];
    return Math.min(1e7, (larger + 1e-9) / (smaller + 1e-9));
  };
  const guilty = findings.filter((finding) => finding.verdict === verdict);
  return verdict === 'pass' ? undefined : guilty.toSorted((a, b) => weight(b) - weight(a))[0];
}

function sentence(verdict: Verdict, findings: readonly Finding[], experiments: number, worst: Finding | undefined): string {
  const judged = findings.filter((finding) => finding.verdict !== 'skipped');
  const of = `${counted(judged.length, 'claim')} in ${counted(experiments, 'experiment')}`;
  if (verdict === 'pass') return `All ${of} held.`;
  const such = judged.filter((finding) => finding.verdict === verdict).length;
  const about = worst ? ` ${titleOf(worst)}: ${worst.because}.` : '';
  return verdict === 'fail'
    ? `${such} of ${of} failed.${about}`
    : `Nothing can be concluded: ${such} of ${of} could not be decided.${about}`;
}

export const titleOf = (finding: Finding): string =>
  finding.experiment === WHOLE_RUN ? finding.claim : `${finding.claim} in ${finding.experiment}`;

/** What repeats the run, for reports; a folder without a manifest can not say. */
export const repeatLine = (manifest: Manifest | undefined): string => manifest?.repeat ?? '(unknown: manifest.json is missing)';
