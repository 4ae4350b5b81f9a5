import { cpSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { parse } from 'yaml';
import { requirementTable, runRequirementTable } from '../../../harness/report/requirement-table.ts';
import type { Requirement } from '../../../harness/evidence/records.ts';

const root = resolve(import.meta.dirname, '../../..');
const requirements = parse(readFileSync(join(root, 'contracts/requirements.yaml'), 'utf8')) as Requirement[];

describe('the table', () => {
  const rows: Requirement[] = [
    { id: 'US1.1', text: 'A | task is saved.', shownBy: [{ experiment: 'crud', claims: ['slo:fast', 'checker:order'] }] },
    { id: 'US1.2', text: 'It says <b>so</b>.', shownBy: [], tests: ['tests/a.test.ts'], note: 'Only\nhere.' },
    { id: 'SC-001', text: 'A cluster runs.', shownBy: [] },
  ];

  it('folds a group each, and counts what rests on nothing as that', () => {
    const table = requirementTable(rows);
    expect(table).toMatch(/^2 of 3 requirements/);
    expect([...table.matchAll(/<summary>(.*)<\/summary>/g)].map(([, summary]) => summary)).toEqual([
      'User stories: 2 of 2',
      'Success criteria: 0 of 1',
    ]);
    expect(table).toContain('| SC-001 | A cluster runs. | _nothing yet_ |  |');
  });

  it('lets no text break out of its cell', () => {
    const table = requirementTable(rows);
    expect(table).toContain('| US1.1 | A \\| task is saved. | **crud**: `slo:fast` `checker:order` |  |');
    expect(table).toContain('| US1.2 | It says &lt;b>so&lt;/b>. | [tests/a.test.ts](tests/a.test.ts) | Only here. |');
  });

  it('has every requirement once', () => {
    const table = requirementTable(requirements);
    for (const { id } of requirements) expect(table.split(`\n| ${id} |`)).toHaveLength(2);
  });
});

it("README's table is what contracts/requirements.yaml gives", async () => {
  const said: string[] = [];
  expect([await runRequirementTable({ write: false }, (text) => said.push(text)), said.join()]).toEqual([0, expect.any(String)]);
});

describe('the command', () => {
  let folder: string;
  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), 'plumbline-table-'));
    mkdirSync(join(folder, 'contracts'));
    cpSync(join(root, 'contracts/requirements.yaml'), join(folder, 'contracts/requirements.yaml'));
    cpSync(join(root, 'README.md'), join(folder, 'README.md'));
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
    change('contracts/requirements.yaml', /text: .*/, 'text: Something else is asked.');
    const before = readFileSync(join(folder, 'README.md'), 'utf8');
    expect(await run(false)).toMatchObject({ code: 1, said: expect.stringMatching(/README\.md:\d+: .*contracts requirements/) });
    expect(readFileSync(join(folder, 'README.md'), 'utf8')).toBe(before);
    expect((await run(true)).code).toBe(0);
    expect((await run(false)).code).toBe(0);
    const after = readFileSync(join(folder, 'README.md'), 'utf8');
    expect(after).toContain('Something else is asked.');
    // Nothing outside of the markers is touched.
    expect(after.split('<!-- requirements:begin -->')[0]).toBe(before.split('<!-- requirements:begin -->')[0]);
    expect(after.split('<!-- requirements:end -->')[1]).toBe(before.split('<!-- requirements:end -->')[1]);
  });

  it.each<[string, () => void, string]>([
    ['without markers', () => change('README.md', '<!-- requirements:end -->', ''), 'no place for the table'],
    ['without the data', () => rmSync(join(folder, 'contracts/requirements.yaml')), 'REQUIREMENTS_UNREAD'],
    [
      'with data that are none',
      () => writeFileSync(join(folder, 'contracts/requirements.yaml'), 'a: 1\n'),
      'no list of requirements',
    ],
  ])('is misused %s', async (_, spoil, sentence) => {
    spoil();
    expect(await run(true)).toMatchObject({ code: 3, said: expect.stringContaining(sentence) });
  });
});
