/**
 * Everything that can be said of contracts, components and manifests without starting anything: `plumbline contracts check`,
 * the first part of `verify`. Seconds, no broker, no cluster.
 */
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { join, relative } from 'node:path';
import { Validator } from '@seriousme/openapi-schema-validator';
import { parse } from 'yaml';
import { asyncApiFindings } from './contract/document/asyncapi.ts';
import { officialFindings } from './contract/document/asyncapi-official.ts';
import { asyncApiSurroundings } from './contract/document/asyncapi-surroundings.ts';
import { validateComponents } from './contract/resource/resources.ts';
import { documentsIn, openApiFiles } from './contract/document/documents.ts';
import type { ContractFinding } from './contract/finding.ts';
import { manifestRules } from './contract/manifest/rules.ts';
import { validateManifests } from './contract/manifest/manifests.ts';
import { pactFindings } from './contract/document/pacts.ts';
import { releaseFindings } from './contract/schema/releases.ts';
import { runRequirementTable } from './report/requirement-table.ts';
import { sarifOf } from './contract/sarif.ts';
import { ContractMisuse } from './contract/schema/document.ts';

const root = join(import.meta.dirname, '..');
const contracts = join(root, 'contracts');

interface Stage {
  readonly title: string;
  judge(): Promise<readonly ContractFinding[]>;
}

const stages: readonly Stage[] = [
  {
    title: 'schemas: releases as published, each version with the two before it, both ways',
    judge: async () => releaseFindings(join(contracts, 'releases')),
  },
  {
    title: 'OpenAPI and AsyncAPI: well-formed, and as components and system.yaml have it',
    judge: async () => [...(await openApiFindings()), ...topicFindings()],
  },
  { title: 'pacts: parties, topics, and examples that the schemas promise', judge: async () => pactFindings(pactsAround()) },
  { title: 'components: local, kind, production', judge: async () => validateComponents(join(root, 'components')) },
  { title: 'manifests: k8s/base', judge: async () => validateManifests(join(root, 'k8s', 'base')) },
  { title: "the README's requirement table", judge: requirementTableAgrees },
];

export interface CheckArguments {
  /** Also writes what was found as SARIF 2.1.0. */
  readonly sarif?: string;
}

/** 0 when no stage has an error, 1 when one has, 3 when something can't be read. */
export async function runContractsCheck({ sarif }: CheckArguments, say: (text: string) => void): Promise<number> {
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
  for (const { title, judge } of stages) {
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
  if (sarif !== undefined) writeSarif(all, sarif);
  return all.some(({ severity }) => severity === 'error') ? 1 : 0;
}

export function writeSarif(findings: readonly ContractFinding[], file: string): void {
  const { version } = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8')) as { version: string };
  const here = findings.map((finding) => ({ ...finding, file: relative(process.cwd(), finding.file) }));
  writeFileSync(file, sarifOf(here, { name: 'plumbline', version, rules: manifestRules }));
}

async function openApiFindings(): Promise<ContractFinding[]> {
  const [openapis] = documentsIn(contracts);
  const all = openapis.map(async (document, n) => {
    const { valid, errors } = await new Validator().validate(structuredClone(document) as Record<string, unknown>);
    if (valid) return [];
    const file = join(contracts, 'http', openApiFiles[n] ?? '');
    const message = typeof errors === 'string' ? errors : `${errors?.[0]?.instancePath} ${errors?.[0]?.message}`;
    return [{ rule: 'openapi-invalid', file, line: 1, pointer: '', message, severity: 'error' as const }];
  });
  return (await Promise.all(all)).flat();
}

function topicFindings(): ContractFinding[] {
  const around = asyncApiSurroundings(root);
  return [...officialFindings(around.file, around.text), ...asyncApiFindings(around)];
}

function pactsAround(): Parameters<typeof pactFindings>[0] {
  const { services, topics } = parse(readFileSync(join(root, 'impl', 'system.yaml'), 'utf8')) as Record<string, object>;
  return {
    folder: join(contracts, 'pacts'),
    events: join(contracts, 'events'),
    services: Object.keys(services ?? {}),
    topics: Object.keys(topics ?? {}),
    openapis: documentsIn(contracts)[0],
  };
}

async function requirementTableAgrees(): Promise<ContractFinding[]> {
  const file = join(root, 'README.md');
  const said: string[] = [];
  if (!existsSync(file) || (await runRequirementTable({ write: false, root }, (text) => void said.push(text))) === 0) return [];
  return [{ rule: 'requirement-table-stale', file, line: 1, pointer: '', message: said.join(' '), severity: 'error' }];
}
