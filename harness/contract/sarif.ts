/** Findings as SARIF 2.1.0, the format code hosts show as annotations in a change. Pure: the same findings, the same text. */
import { createHash } from 'node:crypto';
import type { ContractFinding } from './finding.ts';

export interface SarifTool {
  readonly name: string;
  readonly version: string;
  /** Why a rule is one, by its id; a rule without a sentence is shown by its name. */
  readonly rules?: Readonly<Record<string, string>>;
}

/** Throws when a finding's file is absolute: such a log can be shown on one machine only. */
export function sarifOf(findings: readonly ContractFinding[], { name, version, rules = {} }: SarifTool): string {
  const ids = [...new Set(findings.map(({ rule }) => rule))].sort();
  const fingerprint = fingerprints();
  const log = {
    $schema: 'https://docs.oasis-open.org/sarif/sarif/v2.1.0/errata01/os/schemas/sarif-schema-2.1.0.json',
    version: '2.1.0',
    runs: [
      {
        tool: {
          driver: {
            name,
            version,
            rules: ids.map((id) => {
              const why = Object.hasOwn(rules, id) ? rules[id]! : wordsOf(id);
              return { id, shortDescription: { text: wordsOf(id) }, fullDescription: { text: why }, help: { text: why } };
            }),
          },
        },
        columnKind: 'utf16CodeUnits',
        results: findings.map((finding) => ({
          ruleId: finding.rule,
          ruleIndex: ids.indexOf(finding.rule),
          level: finding.severity,
          message: { text: finding.message },
          locations: [
            {
              physicalLocation: {
                artifactLocation: { uri: uriOf(finding.file), uriBaseId: '%SRCROOT%' },
                region: { startLine: finding.line },
              },
              ...(finding.pointer !== '' && { logicalLocations: [{ fullyQualifiedName: finding.pointer }] }),
            },
          ],
          partialFingerprints: { 'ruleAndPlace/v1': fingerprint(finding) },
        })),
      },
    ],
  };
  return `${JSON.stringify(log, null, 2)}\n`;
}

const wordsOf = (id: string): string => `${id.charAt(0).toUpperCase()}${id.slice(1)}`.replaceAll('-', ' ');

function uriOf(file: string): string {
  if (/^([/\\]|[a-z]:[/\\]|[a-z][a-z0-9+.-]+:\/\/)/i.test(file))
    throw new Error(`a finding is about ${file}, an absolute path; make it relative to the working directory (path.relative)`);
  const steps = file.split(/[/\\]/).map(encodeURIComponent);
  // So "a:b.yaml" becomes "a%3Ab.yaml" and is not read as a scheme.
  return steps.join('/');
}

/** Of what stays when lines above are added: rule, file and pointer; of equal ones, the how manieth. */
function fingerprints(): (finding: ContractFinding) => string {
  const seen = new Map<string, number>();
  return ({ rule, file, pointer }) => {
    const key = JSON.stringify([rule, file.replaceAll('\\', '/'), pointer]);
    const before = seen.get(key) ?? 0;
    seen.set(key, before + 1);
    return `${createHash('sha256').update(key).digest('hex').slice(0, 32)}:${before + 1}`;
  };
}
