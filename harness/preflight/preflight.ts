/** Everything that can be wrong before anything is started: a typo costs a second, not ten minutes. */
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { basename, dirname, join } from 'node:path';
import { parse } from 'yaml';
import { bundleOpenApi, type JsonObject } from '../contract/document/openapi-bundle.ts';
import { isContract, schemaNameOf } from '../evidence/event-contracts.ts';
import type { EventNaming, ExperimentRecord, Requirement, Slo, StageRecord } from '../evidence/records.ts';
import type { Experiment } from '../experiment.ts';
import { nearest } from '../nearest.ts';
import type { Project } from '../project/project.ts';
import type { System } from '../project/system.ts';
import { armsOf } from '../verdict/arms.ts';
import { checkerNames } from '../verdict/checkers.ts';
import { validateSlo } from '../verdict/validate-slo.ts';
import { stageOf, type Stager } from '../stage/stager.ts';
import { complaintsAboutComponents } from './components.ts';
import { complaintsAboutFault, controlsOf } from './faults.ts';

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
  const complaints = complaintsAboutComponents(system);
  const slos = readSlos(contracts, complaints);
  const requirements = readRequirements(contracts, complaints);
  const known = new Set(requirements.map(({ id }) => id));
  const names = new Set<string>();
  const stages = new Map<string, StageRecord>();
  for (const { name, slos: wanted, checkers, proves, stage, faults = [], arms = [] } of experiments) {
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
      if (!checkerNames().includes(checker)) complaints.push(`experiment ${name}: no checker ${checker}`);
    try {
      const asked = stageOf(system, stage);
      stages.set(name, asked);
      const parts = stager.partsOf(system, asked);
      complaints.push(
        ...faults.flatMap((fault) => complaintsAboutFault(fault, parts)).map((each) => `experiment ${name}: ${each}`),
      );
    } catch (error) {
      complaints.push(`experiment ${name}: ${(error as Error).message}`);
    }
    for (const id of proves)
      if (!known.has(id)) complaints.push(`experiment ${name}: proves ${id}, which is not in contracts/requirements.yaml`);
  }
  const schemas = { ...readSchemas(contracts, system.events), ...readHttpDocuments(contracts, system, complaints) };
  if (complaints.length > 0)
    throw new Error(`NOT_STARTED: ${complaints.length} thing(s) to put right first:\n  ${complaints.join('\n  ')}`);
  return {
    records: new Map(experiments.map((one) => [one.name, recordOf(one, slos, stages.get(one.name) as StageRecord, stager)])),
    requirements,
    schemas,
  };
}

function recordOf(
  experiment: Experiment,
  slos: ReadonlyMap<string, Slo>,
  stage: StageRecord,
  { name: target, controls }: Around['stager'],
): ExperimentRecord {
  const { name, kind, asks, proves, workload, faults = [], checkers, sometimes = [], facts = [], settleMsMax } = experiment;
  const lacking = controlsOf(faults).filter((control) => !controls.includes(control));
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
    ...(lacking.length > 0 && { skipped: `a ${target} target can't ${lacking.join(', ')}, which its faults need` }),
  };
}

function readSlos(contracts: string, complaints: string[]): Map<string, Slo> {
  const slos = new Map<string, Slo>();
  const folder = join(contracts, 'slos');
  for (const file of (existsSync(folder) ? readdirSync(folder) : []).filter((name) => name.endsWith('.yaml')).sort()) {
    const where = `contracts/slos/${file}`;
    try {
      const slo = parse(readFileSync(join(folder, file), 'utf8')) as Slo;
      complaints.push(...validateSlo(slo).map((complaint) => `${where}: ${complaint}`));
      if (`${slo?.name}.yaml` !== file) complaints.push(`${where}: its name is ${slo?.name}; file and name must be the same`);
      slos.set(slo.name, slo);
    } catch (error) {
      complaints.push(`${where}: ${(error as Error).message.split('\n')[0]}`);
    }
  }
  return slos;
}

/** A project may have none; then no experiment can say what it proves. */
function readRequirements(contracts: string, complaints: string[]): Requirement[] {
  const file = join(contracts, 'requirements.yaml');
  if (!existsSync(file)) return [];
  try {
    return parse(readFileSync(file, 'utf8')) as Requirement[];
  } catch (error) {
    complaints.push(`contracts/requirements.yaml: ${(error as Error).message.split('\n')[0]}`);
    return [];
  }
}

/** Every file that an event could name as its contract. */
function readSchemas(contracts: string, naming: EventNaming): Record<string, string> {
  const folder = join(contracts, 'events');
  const files = existsSync(folder) ? readdirSync(folder, { recursive: true, encoding: 'utf8' }) : [];
  return Object.fromEntries(
    files
      .filter((path) => isContract(path, naming))
      .sort()
      .map((path) => [schemaNameOf(path), readFileSync(join(folder, path), 'utf8')]),
  );
}

/** Each service's OpenAPI document, in one piece. */
function readHttpDocuments(contracts: string, { services }: System, complaints: string[]): Record<string, string> {
  const named = Object.entries(services).flatMap(([service, { api }]) => (api === undefined ? [] : [[service, api] as const]));
  return Object.fromEntries(
    named.flatMap(([service, api]) => {
      const file = join(contracts, api);
      const read = (path: string) => JSON.parse(readFileSync(join(dirname(file), path), 'utf8')) as JsonObject;
      try {
        return [[schemaNameOf(api), `${JSON.stringify(bundleOpenApi(read(basename(file)), read), null, 2)}\n`]];
      } catch (error) {
        complaints.push(`system.yaml: services.${service}.api: contracts/${api}: ${(error as Error).message.split('\n')[0]}`);
        return [];
      }
    }),
  );
}
