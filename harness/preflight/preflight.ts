/** Everything that can be wrong before anything is started: a typo costs a second, not ten minutes. */
import type { ExperimentRecord, Requirement, Slo, StageRecord } from '../evidence/records.ts';
import type { Experiment } from '../experiment.ts';
import { nearest } from '../nearest.ts';
import type { Project } from '../project/project.ts';
import type { System } from '../project/system.ts';
import { stageOf, type Stager } from '../stage/stager.ts';
import { complaintAboutTool } from '../toolchain/toolchain.ts';
import { armsOf } from '../verdict/arms.ts';
import { checkerNames } from '../verdict/checkers.ts';
import { complaintsAboutComponents, complaintsAboutConfiguration } from './components.ts';
import { readHttpDocuments, readRequirements, readSchemas, readSlos } from './contracts.ts';
import { complaintsAboutFault, lackingOf, outlasting, overlaps } from './faults.ts';
import { type LineOf, linesOf } from './lines.ts';
import { complaintsAboutCommands, complaintsAboutParts } from './services.ts';

export interface Plan {
  /** By name. What was left to chance is not drawn yet: faults come with the seed of a performance. */
  readonly records: ReadonlyMap<string, ExperimentRecord>;
  readonly requirements: readonly Requirement[];
  /** Copies for the run folder, of what events and answers are held against: `task-event-v1.0`, `http-openapi` -> JSON text. */
  readonly schemas: Readonly<Record<string, string>>;
}

export interface Around {
  readonly system: System;
  readonly project: Pick<Project, 'contracts'>;
  readonly stager: Pick<Stager, 'name' | 'controls' | 'partsOf'>;
}

/** Throws one Error that lists every complaint. */
export function preflight(experiments: readonly Experiment[], { system, project, stager }: Around): Plan {
  const { contracts } = project;
  const at = linesOf(system);
  const complaints = complaintsAboutSystem(system, at);
  const slos = readSlos(contracts, complaints);
  const requirements = readRequirements(contracts, complaints);
  const known = new Set(requirements.map(({ id }) => id));
  const names = new Set<string>();
  const stages = new Map<string, StageRecord>();
  const partsSeen = new Set<string>();
  for (const { name, slos: wanted, checkers, proves, stage, faults = [], arms = [], workload } of experiments) {
    // It names a folder of evidence.
    if (!/^[a-z0-9][a-z0-9-]*$/.test(name)) complaints.push(`experiment ${name}: a name is made of a-z, 0-9 and dashes`);
    if (names.has(name)) complaints.push(`experiment ${name} is named twice`);
    names.add(name);
    for (const slo of wanted) {
      if (!slos.has(slo)) {
        const guess = nearest(slo, [...slos.keys()]);
        complaints.push(`experiment ${name}: no SLO ${slo} in contracts/slos${guess ? `; did you mean ${guess}?` : ''}`);
      }
      for (const arm of armsOf(slos.get(slo)).filter((one) => !arms.includes(one)))
        complaints.push(`experiment ${name}: SLO ${slo} looks at arm ${arm}, and its arms are ${arms.join(', ') || 'none'}`);
    }
    for (const checker of checkers)
      if (!checkerNames().includes(checker)) {
        const guess = nearest(checker, checkerNames());
        complaints.push(`experiment ${name}: no checker ${checker}${guess ? `; did you mean ${guess}?` : ''}`);
      }
    for (const tool of workload.tools ?? []) {
      const complaint = complaintAboutTool(tool);
      if (complaint !== undefined) complaints.push(`experiment ${name}: workload.tools: ${complaint}`);
    }
    try {
      const asked = stageOf(system, stage);
      stages.set(name, asked);
      const parts = stager.partsOf(system, asked);
      for (const each of complaintsAboutParts(parts, Object.keys(system.services), at)) partsSeen.add(each);
      const single = faults.flatMap((fault) => complaintsAboutFault(fault, parts));
      const wrong = single.length > 0 ? single : [...overlaps(faults), ...outlasting(faults, workload.measuredMs)];
      complaints.push(...wrong.map((each) => `experiment ${name}: ${each}`));
    } catch (error) {
      complaints.push(`experiment ${name}: ${(error as Error).message}`);
    }
    for (const id of proves)
      if (!known.has(id)) complaints.push(`experiment ${name}: proves ${id}, which is not in contracts/requirements.yaml`);
  }
  const schemas = {
    ...readSchemas(contracts, system, at, complaints),
    ...readHttpDocuments(contracts, system, at, complaints),
  };
  refuse([...complaints, ...partsSeen]);
  return {
    records: new Map(experiments.map((one) => [one.name, recordOf(one, slos, stages.get(one.name) as StageRecord, stager)])),
    requirements,
    schemas,
  };
}

/** The same for a stage that no experiment asks for. */
export function preflightStage(system: System, stage: StageRecord, stager: Pick<Stager, 'partsOf'>): void {
  const at = linesOf(system);
  refuse([
    ...complaintsAboutSystem(system, at),
    ...complaintsAboutParts(stager.partsOf(system, stage), Object.keys(system.services), at),
  ]);
}

const complaintsAboutSystem = (system: System, at: LineOf): string[] => [
  ...complaintsAboutComponents(system, at),
  ...complaintsAboutConfiguration(system, at),
  ...complaintsAboutCommands(system, at),
];

function refuse(complaints: readonly string[]): void {
  if (complaints.length > 0)
    throw new Error(`NOT_STARTED: ${complaints.length} thing(s) to put right first:\n  ${complaints.join('\n  ')}`);
}

function recordOf(
  experiment: Experiment,
  slos: ReadonlyMap<string, Slo>,
  stage: StageRecord,
  { name: target, controls }: Around['stager'],
): ExperimentRecord {
  const { name, kind, asks, proves, workload, checkers, sometimes = [], facts = [], settleMsMax } = experiment;
  const lacking = lackingOf(experiment, controls);
  return {
    name,
    kind,
    asks,
    proves,
    workload: workload.title,
    faults: [],
    slos: experiment.slos.map((slo) => slos.get(slo) as Slo),
    checkers,
    sometimes,
    facts,
    settleMsMax,
    stage,
    ...(lacking.length > 0 && { skipped: `a ${target} target can't ${lacking.join(', nor ')}` }),
  };
}
