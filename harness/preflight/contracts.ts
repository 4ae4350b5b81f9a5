/** Reads what a run holds answers, events and numbers against; whatever can't be read is a complaint. */
import { existsSync, readdirSync, readFileSync, statSync } from 'node:fs';
import { basename, dirname, join, relative } from 'node:path';
import { bundleOpenApi, type JsonObject } from '../contract/document/openapi-bundle.ts';
import { isContract, schemaNameOf } from '../evidence/event-contracts.ts';
import type { Requirement, Slo } from '../evidence/records.ts';
import { readRequirements as readRows } from '../project/requirements.ts';
import type { System } from '../project/system.ts';
import { readYamlFile } from '../project/yaml-file.ts';
import { validateSlo } from '../verdict/validate-slo.ts';
import type { LineOf } from './lines.ts';

export function readSlos(contracts: string, complaints: string[]): Map<string, Slo> {
  const slos = new Map<string, Slo>();
  const folder = join(contracts, 'slos');
  if (!existsSync(folder)) return slos;
  if (!statSync(folder).isDirectory()) {
    complaints.push(`${shown(folder)}: it is a file; objectives are files in a folder of that name`);
    return slos;
  }
  for (const name of readdirSync(folder).sort()) {
    const path = join(folder, name);
    if (name.endsWith('.yml')) complaints.push(`${shown(path)}: nobody reads it; call it ${basename(name, '.yml')}.yaml`);
    if (!name.endsWith('.yaml')) continue;
    const read = readYamlFile(path);
    if ('complaints' in read) {
      complaints.push(...read.complaints);
      continue;
    }
    const { file, value, lineOf } = read;
    complaints.push(...validateSlo(value).map((complaint) => `${file}: ${complaint}`));
    const own = (value as Partial<Slo> | null)?.name;
    if (own === undefined) continue;
    if (`${own}.yaml` !== name)
      complaints.push(`${file}:${lineOf(['name'])}: its name is ${own}; file and name must be the same`);
    slos.set(own, value as Slo);
  }
  return slos;
}

/** A project may have none; then no experiment can say what it proves. */
export function readRequirements(contracts: string, complaints: string[]): readonly Requirement[] {
  const file = join(contracts, 'requirements.yaml');
  if (!existsSync(file)) return [];
  const read = readRows(file);
  complaints.push(...read.complaints);
  return read.requirements;
}

/** Every file that an event could name as its contract. */
export function readSchemas(
  contracts: string,
  { events }: System,
  at: LineOf,
  complaints: string[],
): Readonly<Record<string, string>> {
  const folder = join(contracts, 'events');
  const files = existsSync(folder) ? readdirSync(folder, { recursive: true, encoding: 'utf8' }) : [];
  for (const [type, template] of Object.entries(events.contracts))
    if (!files.some((path) => isContract(path, { ...events, contracts: { [type]: template } })))
      complaints.push(`${at(['events', 'contracts', type])}: events.contracts: no file below ${shown(folder)} is a ${template}`);
  return Object.fromEntries(
    files
      .filter((path) => isContract(path, events))
      .sort()
      .flatMap((path) => {
        try {
          const text = readFileSync(join(folder, path), 'utf8');
          JSON.parse(text);
          return [[schemaNameOf(path), text] as const];
        } catch (error) {
          complaints.push(`${shown(join(folder, path))}: ${(error as Error).message.split('\n')[0]}`);
          return [];
        }
      }),
  );
}

/** Each service's OpenAPI document, in one piece. */
export function readHttpDocuments(contracts: string, { services }: System, at: LineOf, complaints: string[]) {
  const named = Object.entries(services).flatMap(([service, { api }]) => (api === undefined ? [] : [[service, api] as const]));
  return Object.fromEntries(
    named.flatMap(([service, api]) => {
      const file = join(contracts, api);
      const read = (path: string) => JSON.parse(readFileSync(join(dirname(file), path), 'utf8')) as JsonObject;
      try {
        return [[schemaNameOf(api), `${JSON.stringify(bundleOpenApi(read(basename(file)), read), null, 2)}\n`]];
      } catch (error) {
        const line = at(['services', service, 'api']);
        complaints.push(`${line}: services.${service}.api: contracts/${api}: ${(error as Error).message.split('\n')[0]}`);
        return [];
      }
    }),
  );
}

const shown = (path: string): string => relative(process.cwd(), path) || path;
