/** Everything that can be wrong before anything is started: a typo costs a second, not ten minutes. */
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { parse } from 'yaml';
import { bundleOpenApi, type JsonObject } from './contract/document/openapi-bundle.ts';
import type { ExperimentRecord, Requirement, Slo } from './evidence/records.ts';
import type { Experiment } from './experiment.ts';
import { complaintsAboutComponents } from './target/components.ts';
import type { System } from './target/system.ts';
import { checkerNames } from './verdict/checkers.ts';
import { nearest } from './nearest.ts';
import { validateSlo } from './verdict/validate-slo.ts';

const ownContracts = join(import.meta.dirname, '..', 'contracts');

export interface Plan {
  readonly records: readonly ExperimentRecord[];
  readonly requirements: readonly Requirement[];
  /** Copies for the run folder: `task-event-v1.0`, `openapi`, `notification-openapi` -> JSON text. */
  readonly schemas: Readonly<Record<string, string>>;
}

/** Throws one Error that lists every complaint. */
export function preflight(experiments: readonly Experiment[], system: System, contracts: string = ownContracts): Plan {
  const complaints = complaintsAboutComponents(system.components);
  const slos = readSlos(contracts, complaints);
  const requirements = readRequirements(contracts, complaints);
  const known = new Set(requirements.map(({ id }) => id));
  const names = new Set<string>();
  for (const { name, slos: wanted, checkers, proves } of experiments) {
    if (names.has(name)) complaints.push(`experiment ${name} is named twice`);
    names.add(name);
    for (const slo of wanted) {
      if (!slos.has(slo)) {
        const guess = nearest(slo, [...slos.keys()]);
        complaints.push(`experiment ${name}: no SLO ${slo} in contracts/slos${guess ? `; did you mean ${guess}?` : ''}`);
      }
    }
    for (const checker of checkers)
      if (!checkerNames().includes(checker)) complaints.push(`experiment ${name}: no checker ${checker}`);
    for (const id of proves)
      if (!known.has(id)) complaints.push(`experiment ${name}: proves ${id}, which is not in contracts/requirements.yaml`);
  }
  if (complaints.length > 0)
    throw new Error(`NOT_STARTED: ${complaints.length} thing(s) to put right first:\n  ${complaints.join('\n  ')}`);
  return {
    records: experiments.map((one) => recordOf(one, slos)),
    requirements,
    schemas: { ...readSchemas(contracts), ...readHttpDocuments(contracts) },
  };
}

function recordOf(experiment: Experiment, slos: ReadonlyMap<string, Slo>): ExperimentRecord {
  const { name, kind, asks, proves, workload, faults = [], checkers, sometimes = [], facts = [], settleMsMax } = experiment;
  return {
    name,
    kind,
    asks,
    proves,
    workload: workload.title,
    faults: faults.map(({ fault, afterMs, forMs }) => ({ name: fault.name, tolerated: fault.tolerated, afterMs, forMs })),
    slos: experiment.slos.map((slo) => slos.get(slo) as Slo),
    checkers,
    sometimes,
    facts,
    settleMsMax,
  };
}

function readSlos(contracts: string, complaints: string[]): Map<string, Slo> {
  const slos = new Map<string, Slo>();
  for (const file of readdirSync(join(contracts, 'slos'))
    .filter((name) => name.endsWith('.yaml'))
    .sort()) {
    const where = `contracts/slos/${file}`;
    try {
      const slo = parse(readFileSync(join(contracts, 'slos', file), 'utf8')) as Slo;
      complaints.push(...validateSlo(slo).map((complaint) => `${where}: ${complaint}`));
      if (`${slo?.name}.yaml` !== file) complaints.push(`${where}: its name is ${slo?.name}; file and name must be the same`);
      slos.set(slo.name, slo);
    } catch (error) {
      complaints.push(`${where}: ${(error as Error).message.split('\n')[0]}`);
    }
  }
  return slos;
}

function readRequirements(contracts: string, complaints: string[]): Requirement[] {
  try {
    return parse(readFileSync(join(contracts, 'requirements.yaml'), 'utf8')) as Requirement[];
  } catch (error) {
    complaints.push(`contracts/requirements.yaml: ${(error as Error).message.split('\n')[0]}`);
    return [];
  }
}

/** `contracts/events/task-event/v1.0.json` -> `task-event-v1.0`. */
function readSchemas(contracts: string): Record<string, string> {
  const events = join(contracts, 'events');
  const families = readdirSync(events, { withFileTypes: true }).filter((entry) => entry.isDirectory());
  return Object.fromEntries(
    families.flatMap(({ name }) =>
      readdirSync(join(events, name))
        .filter((file) => /^v\d+\.\d+\.json$/.test(file))
        .map((file) => [`${name}-${file.slice(0, -'.json'.length)}`, readFileSync(join(events, name, file), 'utf8')]),
    ),
  );
}

/** Each OpenAPI document in one piece: `contracts/http/notification-openapi.json` -> `notification-openapi`. */
function readHttpDocuments(contracts: string): Record<string, string> {
  const folder = join(contracts, 'http');
  const read = (file: string) => JSON.parse(readFileSync(join(folder, file), 'utf8')) as JsonObject;
  const documents = readdirSync(folder).filter((file) => /(^|-)openapi\.json$/.test(file));
  return Object.fromEntries(
    documents.map((file) => [file.slice(0, -'.json'.length), `${JSON.stringify(bundleOpenApi(read(file), read), null, 2)}\n`]),
  );
}
