/**
 * Everything that can be said of contracts, components and manifests without starting anything: `plumbline contracts check`,
 * the first part of `verify`. Seconds, no broker, no cluster.
 */
import { existsSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join, relative, resolve } from 'node:path';
import { Validator } from '@seriousme/openapi-schema-validator';
import { asyncApiFindings } from './contract/document/asyncapi.ts';
import { officialFindings } from './contract/document/asyncapi-official.ts';
import { asyncApiSurroundings } from './contract/document/asyncapi-surroundings.ts';
import { validateComponents } from './contract/resource/resources.ts';
import { openApisIn } from './contract/document/documents.ts';
import type { ContractFinding } from './contract/finding.ts';
import { manifestRules } from './contract/manifest/rules.ts';
import { validateManifests } from './contract/manifest/manifests.ts';
import { pactFindings } from './contract/document/pacts.ts';
import { releaseFindings } from './contract/schema/releases.ts';
import type { Project } from './project/project.ts';
import type { System } from './project/system.ts';
import { runRequirementTable } from './report/requirement-table.ts';
import { sarifOf } from './contract/sarif.ts';
import { ContractMisuse } from './contract/schema/document.ts';

interface Stage {
  readonly title: string;
  /** Without it, there is nothing of this kind to judge. */
  readonly needs: string;
  judge(): Promise<readonly ContractFinding[]>;
}

function stagesOf({ root, contracts, components, manifests }: Project, system: System): readonly Stage[] {
  const apis = apisOf(system);
  const asyncapi = join(contracts, 'events', 'asyncapi.json');
  const events = existsSync(asyncapi);
  return [
    {
      title: 'schemas: releases as published, each version with the two before it, both ways',
      needs: join(contracts, 'releases'),
      judge: async () => releaseFindings(join(contracts, 'releases')),
    },
    {
      title: events
        ? 'OpenAPI and AsyncAPI: well-formed, and as components and system.yaml have it'
        : `OpenAPI: well-formed (${relative(root, asyncapi)} is not there)`,
      // A service may promise answers where nobody has written down the topics, and the other way round.
      needs: events ? asyncapi : join(contracts, apis[0] ?? 'http'),
      judge: async () => [...(await openApiFindings(contracts, apis)), ...(events ? topicFindings(contracts, system) : [])],
    },
    {
      title: 'pacts: parties, topics, and examples that the schemas promise',
      needs: join(contracts, 'pacts'),
      judge: async () =>
        pactFindings({
          folder: join(contracts, 'pacts'),
          events: join(contracts, 'events'),
          services: Object.keys(system.services),
          topics: Object.keys(system.topics),
          naming: system.events,
          openapis: openApisIn(contracts, apis),
        }),
    },
    {
      title: `components: ${existsSync(components) ? placesIn(components).join(', ') : 'none'}`,
      needs: components,
      judge: async () => validateComponents(components, { known: Object.keys(system.services) }),
    },
    { title: `manifests: ${relative(root, manifests)}`, needs: manifests, judge: async () => validateManifests(manifests) },
    {
      title: 'REQUIREMENTS.md: as requirements.yaml has it',
      needs: join(contracts, 'REQUIREMENTS.md'),
      judge: () => requirementPageAgrees(root, join(contracts, 'REQUIREMENTS.md')),
    },
  ];
}

const placesIn = (components: string): string[] =>
  readdirSync(components, { withFileTypes: true }).flatMap((entry) => (entry.isDirectory() ? [entry.name] : []));

/** The OpenAPI documents of a system, as paths below `contracts/`. */
export const apisOf = ({ services }: System): string[] => Object.values(services).flatMap(({ api }) => api ?? []);

export interface CheckArguments {
  readonly project: Project;
  readonly system: System;
  /** Also writes what was found as SARIF 2.1.0. */
  readonly sarif?: string;
}

/** 0 when no stage has an error, 1 when one has, 3 when something can't be read. */
export async function runContractsCheck(
  { project, system, sarif }: CheckArguments,
  say: (text: string) => void,
): Promise<number> {
  const all: ContractFinding[] = [];
  const judged = async (judge: Stage['judge']) => {
    try {
      return (await judge()).map((finding) => ({ ...finding, file: relative(process.cwd(), finding.file) }));
    } catch (error) {
      if (!(error instanceof ContractMisuse)) throw error;
      say(error.message);
      return undefined;
    }
  };
  for (const { title, needs, judge } of stagesOf(project, system)) {
    if (!existsSync(needs)) {
      say(`– ${title}: there is no ${relative(process.cwd(), needs)}, so nothing was judged`);
      continue;
    }
    const startedAt = performance.now();
    const findings = await judged(judge);
    if (findings === undefined) return 3;
    for (const { file, line, severity, rule, message } of findings) say(`${file}:${line}: ${severity} ${rule}: ${message}`);
    const errors = findings.filter(({ severity }) => severity === 'error').length;
    say(
      `${errors === 0 ? '✓' : '✕'} ${title}: ${errors} errors, ${findings.length - errors} warnings (${((performance.now() - startedAt) / 1000).toFixed(1)} s)`,
    );
    all.push(...findings);
  }
  if (sarif !== undefined) writeSarif(all, sarif, project.root);
  return all.some(({ severity }) => severity === 'error') ? 1 : 0;
}

/** Files are named from `root`, as a code host names them, wherever the command was called. */
export function writeSarif(findings: readonly ContractFinding[], file: string, root: string): void {
  const { version } = JSON.parse(readFileSync(join(import.meta.dirname, '..', 'package.json'), 'utf8')) as { version: string };
  const named = findings.map((finding) => ({ ...finding, file: relative(root, resolve(finding.file)) }));
  writeFileSync(file, sarifOf(named, { name: 'plumbline', version, rules: manifestRules }));
}

async function openApiFindings(contracts: string, apis: readonly string[]): Promise<ContractFinding[]> {
  const all = openApisIn(contracts, apis).map(async (document, n) => {
    const { valid, errors } = await new Validator().validate(structuredClone(document) as Record<string, unknown>);
    if (valid) return [];
    const file = join(contracts, apis[n] ?? '');
    const message = typeof errors === 'string' ? errors : `${errors?.[0]?.instancePath} ${errors?.[0]?.message}`;
    return [{ rule: 'openapi-invalid', file, line: 1, pointer: '', message, severity: 'error' as const }];
  });
  return (await Promise.all(all)).flat();
}

function topicFindings(contracts: string, system: System): ContractFinding[] {
  const around = asyncApiSurroundings(contracts, system);
  return [...officialFindings(around.file, around.text), ...asyncApiFindings(around)];
}

async function requirementPageAgrees(root: string, file: string): Promise<ContractFinding[]> {
  const said: string[] = [];
  if ((await runRequirementTable({ write: false, root }, (text) => void said.push(text))) === 0) return [];
  return [{ rule: 'requirements-stale', file, line: 1, pointer: '', message: said.join(' '), severity: 'error' }];
}
