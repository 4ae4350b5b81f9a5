/**
 * `plumbline components validate`: Dapr has no such command, and daprd itself passes over a misspelt key, a wrong kind or an
 * unreadable file. Three proofs: shape (shape.ts), metadata (metadata.ts), and with --boot a real daprd.
 */
import { existsSync, statSync } from 'node:fs';
import { relative } from 'node:path';
import { checkMetadata } from './metadata.ts';
import { type Resource, type ResourceFolder, readResources } from './files.ts';
import { type Apps, checkTogether } from './folder.ts';
import { checkComponent, checkConfiguration, checkSubscription } from './rules.ts';
import { checkResiliency } from './resiliency.ts';
import { checkShape } from './shape.ts';
import type { ContractFinding } from '../finding.ts';

export interface ComponentsOptions {
  /** The app-ids there are, told by whoever asked: a scope that names another is an error. */
  readonly apps?: readonly string[];
  /** Those of the project's system: a scope that names another is worth a warning, for others may share the folder. */
  readonly known?: readonly string[];
}

/** Every finding of the folder and of each folder below it, in the order of files and lines. */
export function validateComponents(folder: string, { apps, known: probable }: ComponentsOptions = {}): ContractFinding[] {
  const known: Apps | undefined = apps ? { names: apps, certain: true } : probable && { names: probable, certain: false };
  return readResources(folder)
    .flatMap(({ resources, findings }) => [...findings, ...resources.flatMap(checkResource), ...checkTogether(resources, known)])
    .sort((a, b) => (a.file < b.file ? -1 : a.file > b.file ? 1 : a.line - b.line));
}

function checkResource(resource: Resource): ContractFinding[] {
  const shape = checkShape(resource);
  switch (resource.kind) {
    case 'Component':
      return [...shape, ...checkMetadata(resource), ...checkComponent(resource)];
    case 'Configuration':
      return [...shape, ...checkConfiguration(resource)];
    case 'Resiliency':
      // Its own rules follow references, so they need the shape to be right.
      return shape.some(({ rule }) => rule === 'wrong-type') ? shape : [...shape, ...checkResiliency(resource)];
    case 'Subscription':
      return [...shape, ...checkSubscription(resource)];
    default:
      return shape;
  }
}

export interface ComponentsValidateArgs extends ComponentsOptions {
  readonly folder: string;
  /** Proof three as well, with its exit code: boot.ts starts daprd once for each app. This room starts nothing. */
  readonly boot?: (folders: readonly ResourceFolder[], say: (text: string) => void) => Promise<number>;
}

/** 0 without errors (warnings are told), 1 with errors, 3 when there is nothing to judge, or --boot could boot nothing. */
export async function runComponentsValidate(args: ComponentsValidateArgs, say: (text: string) => void): Promise<number> {
  const { folder } = args;
  if (!existsSync(folder) || !statSync(folder).isDirectory()) {
    say(`${folder} is no folder. Try: plumbline components validate <folder with your Dapr YAML files>`);
    return 3;
  }
  const folders = readResources(folder);
  if (folders.length === 0) {
    say(`${folder} holds no .yaml or .yml file, and daprd reads no other. Try: plumbline components validate <another folder>`);
    return 3;
  }
  const findings = validateComponents(folder, args);
  for (const { file, line, severity, rule, message, pointer } of findings)
    say(`${file}:${line}: ${severity} ${rule}: ${message}${pointer && ` [${pointer}]`}`);
  const errors = findings.filter(({ severity }) => severity === 'error').length;
  const resources = folders.reduce((sum, each) => sum + each.resources.length, 0);
  say(
    `${relative(process.cwd(), folder) || folder}: ${resources} resources, ${errors} errors, ${findings.length - errors} warnings`,
  );
  if (errors > 0) return 1;
  return args.boot ? args.boot(folders, say) : 0;
}
