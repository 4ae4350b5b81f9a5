/** The requirement matrix of README.md, printed from contracts/requirements.yaml so that the two can't tell different stories. */
import { readFileSync, writeFileSync } from 'node:fs';
import { join, relative } from 'node:path';
import { parse } from 'yaml';
import type { Requirement } from '../evidence/records.ts';

const begin = '<!-- requirements:begin -->';
const end = '<!-- requirements:end -->';
const cure = 'npx plumbline contracts requirements';

/** By the beginning of the id, in the specification's order. */
const groups: readonly (readonly [string, string])[] = [
  ['US', 'User stories'],
  ['EDGE', 'Edge cases'],
  ['FR', 'Functional requirements'],
  ['SC', 'Success criteria'],
];

/** Markdown, a folded table for each group. What rests on nothing says so, and is counted as that. */
export function requirementTable(requirements: readonly Requirement[]): string {
  const groupOf = ({ id }: Requirement) => groups.find(([prefix]) => id.startsWith(prefix))?.[1] ?? 'Others';
  const shown = requirements.filter(isShown).length;
  const sections = [...Map.groupBy(requirements, groupOf)].map(([title, rows]) =>
    [
      '<details>',
      `<summary>${title}: ${rows.filter(isShown).length} of ${rows.length}</summary>`,
      '',
      '| id | what the specification asks | shown by | note |',
      '| --- | --- | --- | --- |',
      ...rows.map((row) => `| ${[row.id, cell(row.text), proofOf(row), cell(row.note ?? '')].join(' | ')} |`),
      '',
      '</details>',
    ].join('\n'),
  );
  return [
    `${shown} of ${requirements.length} requirements rest on claims of experiments or on tests; the rest say so. Whether a claim held is in the report of a run.`,
    ...sections,
  ].join('\n\n');
}

const isShown = ({ shownBy, tests = [] }: Requirement): boolean => shownBy.length + tests.length > 0;

function proofOf(row: Requirement): string {
  const claims = row.shownBy.map(
    ({ experiment, claims }) => `**${cell(experiment)}**: ${claims.map((claim) => `\`${claim}\``).join(' ')}`,
  );
  const tests = (row.tests ?? []).map((file) => `[${cell(file)}](${file})`);
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

/** The text with the table between its markers; undefined when it has no such markers. */
function withTable(text: string, table: string): string | undefined {
  const from = text.indexOf(begin);
  const to = text.indexOf(end);
  if (from === -1 || to < from) return undefined;
  return `${text.slice(0, from)}${begin}\n\n${table}\n\n${text.slice(to)}`;
}

export interface RequirementTableOptions {
  /** Puts the table right; without it only tells whether it is. */
  readonly write: boolean;
  /** Of the repository. */
  readonly root?: string;
}

/** Resolves with the exit code: 0 it agrees (or does now), 1 it differs, 3 a file is missing or unreadable. */
export async function runRequirementTable(
  { write, root = join(import.meta.dirname, '..', '..') }: RequirementTableOptions,
  say: (text: string) => void,
): Promise<number> {
  const readme = join(root, 'README.md');
  const source = join(root, 'contracts', 'requirements.yaml');
  const named = (file: string) => relative(process.cwd(), file) || file;
  let text: string;
  let requirements: Requirement[];
  try {
    text = readFileSync(readme, 'utf8');
    requirements = parse(readFileSync(source, 'utf8')) as Requirement[];
  } catch (error) {
    say(
      `REQUIREMENTS_UNREAD: ${(error as Error).message.split('\n')[0]}. Both ${named(readme)} and ${named(source)} are needed.`,
    );
    return 3;
  }
  if (!Array.isArray(requirements)) {
    say(`${named(source)}:1: it holds no list of requirements. Write one entry per line of the specification.`);
    return 3;
  }
  const wanted = withTable(text, requirementTable(requirements));
  if (wanted === undefined) {
    say(
      `${named(readme)}:1: it has no place for the table. Put ${begin} and ${end} where it belongs, each on a line of its own.`,
    );
    return 3;
  }
  if (wanted === text) {
    say(`${named(readme)} says what contracts/requirements.yaml says`);
    return 0;
  }
  if (write) {
    writeFileSync(readme, wanted);
    say(`${named(readme)}: the requirement table is written anew`);
    return 0;
  }
  const line = text.slice(0, text.indexOf(begin)).split('\n').length;
  say(`${named(readme)}:${line}: the requirement table is not what contracts/requirements.yaml gives. Run: ${cure}`);
  return 1;
}
