/** contracts/REQUIREMENTS.md, printed whole from the requirements.yaml beside it so that the two can't tell different stories. */
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { join, relative } from 'node:path';
import type { Requirement } from '../evidence/records.ts';
import { readRequirements } from '../project/requirements.ts';

const cure = 'npx plumbline contracts requirements';

/** By the beginning of the id, in the specification's order. */
const groups: readonly (readonly [string, string])[] = [
  ['US', 'User stories'],
  ['EDGE', 'Edge cases'],
  ['FR', 'Functional requirements'],
  ['SC', 'Success criteria'],
];

/** Markdown, a table for each group. What rests on nothing says so, and is counted as that. */
export function requirementTable(requirements: readonly Requirement[]): string {
  const groupOf = ({ id }: Requirement) => groups.find(([prefix]) => id.startsWith(prefix))?.[1] ?? 'Others';
  const sections = [...Map.groupBy(requirements, groupOf)].map(([title, rows]) =>
    [
      `## ${title}`,
      '',
      `${counted(rows)}.`,
      '',
      '| id | what the specification asks | shown by | note |',
      '| --- | --- | --- | --- |',
      ...rows.map((row) => `| ${[row.id, cell(row.text), proofOf(row), noteOf(row)].join(' | ')} |`),
    ].join('\n'),
  );
  return [
    '# What is asked, and what shows it',
    `Printed from [requirements.yaml](requirements.yaml) by \`${cure}\`; do not edit.`,
    [
      `Of the requirements, ${counted(requirements)} rest on claims of experiments or on tests.`,
      'In part: the row says what is open. Whether a claim held is in the report of a run.',
    ].join(' '),
    ...sections,
  ]
    .join('\n\n')
    .concat('\n');
}

/** `40 of 61, and 12 in part`. */
function counted(rows: readonly Requirement[]): string {
  const shown = rows.filter(isShown);
  const partly = shown.filter(({ open }) => open !== undefined).length;
  return `${shown.length - partly} of ${rows.length}${partly > 0 ? `, and ${partly} in part` : ''}`;
}

const noteOf = ({ open, note }: Requirement): string =>
  [...(open === undefined ? [] : [`_Open_: ${cell(open)}`]), ...(note === undefined ? [] : [cell(note)])].join('<br>');

const isShown = ({ shownBy, tests = [] }: Requirement): boolean => shownBy.length + tests.length > 0;

function proofOf(row: Requirement): string {
  const claims = row.shownBy.map(
    ({ experiment, claims, sees }) =>
      `**${cell(experiment)}**: ${sees === undefined ? '' : `${cell(sees)} `}${claims.map((claim) => `\`${claim}\``).join(' ')}`,
  );
  const tests = (row.tests ?? []).map((file) => `[${cell(file)}](../${file})`);
  return isShown(row) ? [...claims, ...tests].join('<br>') : '_nothing yet_';
}

/** Text in one cell: no new column, no new row, nothing that HTML or emphasis could be made of. */
const cell = (text: string): string =>
  text
    .replace(/&/g, '&amp;')
    .replace(/</g, '&lt;')
    .replace(/[\\|*_`[\]]/g, (character) => `\\${character}`)
    .replace(/\s+/g, ' ')
    .trim();

export interface RequirementTableOptions {
  /** Prints the page; without it only tells whether it is as it should be. */
  readonly write: boolean;
  /** Of the repository. */
  readonly root?: string;
}

/** Resolves with the exit code: 0 it agrees (or does now), 1 it differs or is missing, 3 the data can't be read. */
export async function runRequirementTable(
  { write, root = join(import.meta.dirname, '..', '..') }: RequirementTableOptions,
  say: (text: string) => void,
): Promise<number> {
  const page = join(root, 'contracts', 'REQUIREMENTS.md');
  const source = join(root, 'contracts', 'requirements.yaml');
  const named = (file: string) => relative(process.cwd(), file) || file;
  const { requirements, complaints } = readRequirements(source);
  if (complaints.length > 0) {
    say(`REQUIREMENTS_UNREAD: ${named(source)} is what the page is printed from. Put right first:\n  ${complaints.join('\n  ')}`);
    return 3;
  }
  const wanted = requirementTable(requirements);
  const stands = existsSync(page) ? readFileSync(page, 'utf8') : '';
  if (wanted === stands) {
    say(`${named(page)} says what ${named(source)} says`);
    return 0;
  }
  if (write) {
    writeFileSync(page, wanted);
    say(`${named(page)} is printed anew`);
    return 0;
  }
  say(`${named(page)}:${firstDifference(stands, wanted)}: it is not what ${named(source)} gives. Run: ${cure}`);
  return 1;
}

function firstDifference(stands: string, wanted: string): number {
  const lines = stands.split('\n');
  const n = wanted.split('\n').findIndex((line, n) => line !== lines[n]);
  return n === -1 ? lines.length : n + 1;
}
