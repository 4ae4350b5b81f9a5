import { cpSync, existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { parse } from 'yaml';
import { requirementTable, runRequirementTable } from '../../../harness/report/requirement-table.ts';
import type { Requirement } from '../../../harness/evidence/records.ts';

const root = resolve(import.meta.dirname, '../../..');
const source = 'contracts/requirements.yaml';
const page = 'contracts/REQUIREMENTS.md';
const requirements = parse(readFileSync(join(root, source), 'utf8')) as Requirement[];

describe('the table', () => {
  const rows: Requirement[] = [
    { id: 'US1.1', text: 'A | task is saved.', shownBy: [{ experiment: 'crud', claims: ['slo:fast', 'checker:order'] }] },
    { id: 'US1.2', text: 'It says <b>so</b>.', shownBy: [], tests: ['tests/a.test.ts'], note: 'Only\nhere.' },
    { id: 'SC-001', text: 'A cluster runs.', shownBy: [] },
    {
      id: 'SC-002',
      text: 'It is fast.',
      shownBy: [{ experiment: 'crud', claims: ['slo:fast'], sees: 'Answers are timed.' }],
      open: 'Only at noon.',
    },
  ];

  it('has a section for each group, and counts what rests on nothing as that', () => {
    const table = requirementTable(rows);
    expect(table).toMatch(/^Of the requirements, 2 of 4, and 1 in part rest on/m);
    expect([...table.matchAll(/^## (.*)\n\n(.*)$/gm)].map(([, title, count]) => [title, count])).toEqual([
      ['User stories', '2 of 2.'],
      ['Success criteria', '0 of 2, and 1 in part.'],
    ]);
    expect(table).toContain('| SC-001 | A cluster runs. | _nothing yet_ |  |');
    expect(table).toContain('| SC-002 | It is fast. | **crud**: Answers are timed. `slo:fast` | _Open_: Only at noon. |');
  });

  it('lets no text break out of its cell', () => {
    const table = requirementTable(rows);
    expect(table).toContain('| US1.1 | A \\| task is saved. | **crud**: `slo:fast` `checker:order` |  |');
    expect(table).toContain('| US1.2 | It says &lt;b>so&lt;/b>. | [tests/a.test.ts](../tests/a.test.ts) | Only here. |');
  });

  it('has every requirement once', () => {
    const table = requirementTable(requirements);
    for (const { id } of requirements) expect(table.split(`\n| ${id} |`)).toHaveLength(2);
  });
});

it('REQUIREMENTS.md is what requirements.yaml gives, and its links lead somewhere', async () => {
  const said: string[] = [];
  expect([await runRequirementTable({ write: false }, (text) => said.push(text)), said.join()]).toEqual([0, expect.any(String)]);
  const text = readFileSync(join(root, page), 'utf8');
  const links = [...text.matchAll(/\]\((.*?)\)/g)].map(([, to]) => String(to));
  expect(links.length).toBeGreaterThan(10);
  expect(links.filter((to) => !existsSync(join(root, 'contracts', to)))).toEqual([]);
});

describe('the command', () => {
  let folder: string;
  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), 'plumbline-table-'));
    mkdirSync(join(folder, 'contracts'));
    for (const file of [source, page]) cpSync(join(root, file), join(folder, file));
  });
  afterEach(() => rmSync(folder, { recursive: true, force: true }));
  const change = (file: string, from: string | RegExp, to: string) =>
    writeFileSync(join(folder, file), readFileSync(join(folder, file), 'utf8').replace(from, to));
  const run = async (write: boolean) => {
    const said: string[] = [];
    const code = await runRequirementTable({ write, root: folder }, (text) => said.push(text));
    return { code, said: said.join('\n') };
  };

  it('tells file, line and cure when the data moved on, and writes only when told to', async () => {
    change(source, /text: .*/, 'text: Something else is asked.');
    const before = readFileSync(join(folder, page), 'utf8');
    const line = before.split('\n').findIndex((row) => row.startsWith('| US1.1 ')) + 1;
    const told = new RegExp(`REQUIREMENTS\\.md:${line}: .*contracts requirements`);
    expect(await run(false)).toMatchObject({ code: 1, said: expect.stringMatching(told) });
    expect(readFileSync(join(folder, page), 'utf8')).toBe(before);
    expect((await run(true)).code).toBe(0);
    expect((await run(false)).code).toBe(0);
    expect(readFileSync(join(folder, page), 'utf8')).toContain('Something else is asked.');
  });

  it('prints a page that was not there', async () => {
    rmSync(join(folder, page));
    expect((await run(false)).code).toBe(1);
    expect((await run(true)).code).toBe(0);
    expect(readFileSync(join(folder, page), 'utf8')).toBe(readFileSync(join(root, page), 'utf8'));
  });

  it.each<[string, () => void, string]>([
    ['without the data', () => rmSync(join(folder, source)), 'REQUIREMENTS_UNREAD'],
    ['with data that are none', () => writeFileSync(join(folder, source), 'a: 1\n'), 'no list of requirements'],
  ])('is misused %s', async (_, spoil, sentence) => {
    spoil();
    expect(await run(true)).toMatchObject({ code: 3, said: expect.stringContaining(sentence) });
  });
});
