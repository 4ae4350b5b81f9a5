/** Two schemas, two proofs: what the rules find, what a counter-example shows, and where the two disagree. */
import type { ContractFinding } from '../finding.ts';
import { lineOfPointer } from '../json-lines.ts';
import { ContractMisuse, readSchema, type SchemaDocument } from './document.ts';
import { fuzz, type CounterExample, type Fuzzed, type FuzzOptions } from './fuzz.ts';
import type { Direction } from './rules-nodes.ts';
import { compareSchemas, type SchemaFinding } from './rules.ts';

export type Mode = Direction | 'full';
export const modes: readonly Mode[] = ['backward', 'forward', 'full'];

export interface SchemaDiff {
  readonly findings: readonly SchemaFinding[];
  readonly counterExamples: readonly CounterExample[];
  /** Values judged, over all directions. */
  readonly tried: number;
  readonly seed: number;
}

const defaults: FuzzOptions = { seed: 1, runs: 300 };

export function diffSchemas(
  oldFile: string,
  newFile: string,
  options: { readonly mode: Mode } & Partial<FuzzOptions>,
): SchemaDiff {
  return diffDocuments(readSchema(oldFile), readSchema(newFile), options);
}

export function diffDocuments(
  old: SchemaDocument,
  next: SchemaDocument,
  { mode, ...given }: { readonly mode: Mode } & Partial<FuzzOptions>,
): SchemaDiff {
  const { seed, runs } = { ...defaults, ...given };
  const directions: readonly Direction[] = mode === 'full' ? ['backward', 'forward'] : [mode];
  const judged = directions.map((direction) => {
    const rules = compareSchemas(old, next, direction);
    const fuzzed = fuzz(old, next, direction, { seed, runs });
    return { fuzzed, findings: [...rules, ...secondOpinion(rules, fuzzed, old, next, direction)] };
  });
  return {
    findings: judged.flatMap(({ findings }) => findings),
    counterExamples: judged.flatMap(({ fuzzed }) => fuzzed.counterExample ?? []),
    tried: judged.reduce((sum, { fuzzed }) => sum + fuzzed.tried, 0),
    seed,
  };
}

/** A counter-example is a fact, so it convicts alone; rules that convict alone are told so. Silence on both sides needs values tried. */
function secondOpinion(
  rules: readonly SchemaFinding[],
  { counterExample, tried }: Fuzzed,
  old: SchemaDocument,
  next: SchemaDocument,
  direction: Direction,
): SchemaFinding[] {
  const reader = direction === 'backward' ? next : old;
  const at = (document: SchemaDocument, pointer: string) => ({
    file: document.file,
    line: lineOfPointer(document.text, pointer),
    pointer,
    direction,
  });
  const warning = (message: string): SchemaFinding => ({
    ...at(next, rules[0]?.pointer ?? ''),
    rule: 'proofs-disagree',
    message: `${direction}: ${message}`,
    severity: 'warning',
  });
  if (counterExample && rules.length === 0)
    return [
      {
        ...at(reader, counterExample.schemaPointer),
        rule: 'counter-example',
        message: `${direction}: ${reader.file} refuses this data at ${counterExample.instancePath || '/'}: ${counterExample.because}`,
        severity: 'error',
      },
      warning('the rules find nothing that breaks, a counter-example does. The rules are wrong: add one for this change.'),
    ];
  if (!counterExample && rules.length > 0)
    return [
      warning(`the rules find a break, ${tried} values find none. The rules decide; they are careful where they cannot prove.`),
    ];
  if (!counterExample && tried === 0)
    return [
      warning(
        'no value of the writing schema could be made, so only the rules have spoken. Is there any value that satisfies it?',
      ),
    ];
  return [];
}

export interface DiffArguments {
  readonly old: string;
  readonly new: string;
  readonly mode: string;
  readonly seed?: number;
  /** Hears the findings, e.g. to write them as SARIF. */
  readonly heard?: (findings: readonly ContractFinding[]) => void;
}

/** Prints as a compiler does; 0 compatible, 1 breaking, 3 misused. */
export async function runDiff(args: DiffArguments, say: (text: string) => void): Promise<number> {
  return orMisuse(say, () => {
    const mode = modes.find((each) => each === args.mode);
    if (!mode) throw new ContractMisuse(`--mode ${args.mode} is unknown. Write one of ${modes.join(', ')}.`);
    const diff = diffSchemas(args.old, args.new, { mode, ...(args.seed !== undefined && { seed: args.seed }) });
    args.heard?.(diff.findings);
    for (const line of linesOf(diff)) say(line);
    const broken = diff.findings.some(({ severity }) => severity === 'error');
    say(
      `${args.old} -> ${args.new}: ${broken ? 'breaking' : 'compatible'} (${mode}), ${diff.tried} values tried, seed ${diff.seed}`,
    );
    return broken ? 1 : 0;
  });
}

interface Told {
  readonly findings: readonly ContractFinding[];
  readonly counterExamples: readonly CounterExample[];
}

export const linesOf = ({ findings, counterExamples }: Told): string[] => [
  ...findings.map(
    ({ file, line, rule, message, severity }) =>
      `${file}:${line}: ${severity === 'warning' ? 'warning: ' : ''}${rule}: ${message}`,
  ),
  ...counterExamples.map(
    ({ direction, value, instancePath, because }) =>
      `  ${direction} counter-example: ${JSON.stringify(value)}\n  refused at ${instancePath || '/'}: ${because}`,
  ),
];

/** A misuse is told in its own sentence and ends with 3; any other error is a fault of this program. */
export function orMisuse(say: (text: string) => void, act: () => number): number {
  try {
    return act();
  } catch (error) {
    if (!(error instanceof ContractMisuse)) throw error;
    say(error.message);
    return 3;
  }
}
