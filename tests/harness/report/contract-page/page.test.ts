import { cpSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { afterAll, describe, expect, it } from '@jest/globals';
import { documentsIn } from '../../../../harness/contract/document/documents.ts';
import { contractPage, runContractsPage } from '../../../../harness/report/contract-page/page.ts';
import { asObject, type JsonObject, resolved } from '../../../../harness/contract/document/openapi-bundle.ts';
import { openApiDocument } from '../../../../impl/backend/openapi.ts';
import { system } from '../../../own-project.ts';
import { apisOf } from '../../../../harness/check.ts';

const contracts = resolve(import.meta.dirname, '../../../../contracts');
const apis = apisOf(system);
const [openapis, asyncapi] = documentsIn(contracts, apis);
const page = contractPage(openapis, asyncapi);
const scratch = mkdtempSync(join(tmpdir(), 'plumbline-contracts-'));
afterAll(() => rmSync(scratch, { recursive: true, force: true }));

const all = (pattern: RegExp, text = page) => [...text.matchAll(pattern)].map(([, found = '']) => found);

describe('documents in one piece', () => {
  it('the copy a run keeps is the document that backend serves', () => {
    expect(openapis[0]).toEqual(openApiDocument());
  });

  it.each([...openapis, asyncapi].map((document) => [String(asObject(document.info).title), document] as const))(
    '%s refers to nothing outside of itself, and to nothing that is not there',
    (_title, document) => {
      const refs = [...new Set(all(/"\$ref":"([^"]+)"/g, JSON.stringify(document)))];
      expect(refs.length).toBeGreaterThan(3);
      expect(refs.filter((ref) => resolved(document, { $ref: ref }) === undefined || !ref.startsWith('#/'))).toEqual([]);
    },
  );
});

describe('the page', () => {
  it('asks nobody for anything, and runs nothing', () => {
    expect(page).not.toMatch(/<script|<link rel="stylesheet"|<img|<iframe|@import|url\(/i);
    expect(all(/(?:href|src)="([^"#][^"]*)"/g)).toEqual(['data:,']);
    expect(page).toContain(`default-src 'none'`);
  });

  it('has no link that leads nowhere, and no place twice', () => {
    const ids = all(/ id="([^"]+)"/g);
    expect(new Set(ids).size).toBe(ids.length);
    expect([...new Set(all(/href="#([^"]+)"/g))].filter((target) => !ids.includes(target))).toEqual([]);
  });

  it('has every operation and every message at its anchor', () => {
    const operations = openapis.flatMap((document) =>
      Object.values(asObject(document.paths)).flatMap((item) =>
        Object.values(asObject(item)).flatMap((value) => asObject(value).operationId ?? []),
      ),
    );
    expect(operations).toHaveLength(22 + 23);
    const articles = all(/<article id="([^"]+)"/g);
    for (const id of new Set(operations)) {
      const documents = operations.filter((one) => one === id).length; // what the frontend passes on keeps its name
      expect(articles.filter((anchor) => anchor.endsWith(`--${String(id)}`))).toHaveLength(documents);
    }
    for (const name of Object.keys(asObject(asObject(asyncapi.components).messages)))
      expect(articles).toContain(`message--${name}`);
    for (const name of Object.keys(asObject(asyncapi.operations))) expect(articles).toContain(`operation--events--${name}`);
  });

  it('shows fields with type, format and whether they are required, and the golden events', () => {
    expect(page).toMatch(/<code>event_id<\/code><\/th><td>yes<\/td><td>string<\/td><td>uuid<\/td>/);
    expect(page).toMatch(/<code>data\.title<\/code><\/th><td>yes<\/td><td>string<\/td>/);
    expect(page).toContain('Data of a golden event: task-event/golden/v1.2/task.created.json');
    expect(page).toContain('&quot;event_id&quot;: &quot;a3c7f8e9-1234-5678-9abc-def012345678&quot;');
  });

  it('lets no text of a document become markup', () => {
    const hostile = JSON.parse(
      JSON.stringify(openapis[0]).replaceAll('Create a task', '<script>alert(1)</script>'),
    ) as JsonObject;
    expect(contractPage([hostile], asyncapi)).not.toContain('<script>');
    expect(contractPage([hostile], asyncapi)).toContain('&lt;script&gt;alert(1)');
  });
});

describe('the command', () => {
  const run = async (options: Parameters<typeof runContractsPage>[0]) => {
    const said: string[] = [];
    return { code: await runContractsPage(options, (text) => said.push(text)), said: said.join('\n') };
  };

  it('writes the file, and its folder', async () => {
    const out = join(scratch, 'deep', 'contracts.html');
    expect(await run({ out, contracts, apis })).toMatchObject({ code: 0, said: expect.stringContaining('contracts.html') });
    expect(readFileSync(out, 'utf8')).toBe(page);
  });

  it.each([
    ['is missing', (file: string) => rmSync(file)],
    ['is no JSON', (file: string) => writeFileSync(file, '{')],
  ])('is misused when a document %s, and writes nothing', async (_what, spoil) => {
    const copy = mkdtempSync(join(scratch, 'spoilt-'));
    cpSync(contracts, copy, { recursive: true });
    spoil(join(copy, 'http', 'task.json'));
    const out = join(copy, 'page.html');
    expect(await run({ out, contracts: copy, apis })).toMatchObject({
      code: 3,
      said: expect.stringMatching(/CONTRACTS_UNREAD: .*task\.json/),
    });
    expect(() => readFileSync(out)).toThrow(/ENOENT/);
  });
});
