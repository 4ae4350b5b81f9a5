/** The HTTP and event contracts as one page to browse: a single file, no request to anywhere, no script; printed from the documents. */
import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { dirname, join, relative, resolve } from 'node:path';
import { forHtml } from '../../for-html.ts';
import { paper } from '../../paper.ts';
import { eventsPart, eventLinks } from './events.ts';
import { httpLinks, httpPart } from './http.ts';
import { documentsIn, openApisIn } from '../../contract/document/documents.ts';
import { asObject, type JsonObject, textOf } from '../../contract/document/openapi-bundle.ts';

/** `openapis` and `asyncapi` are whole: nothing in them refers to a file. A system may have no AsyncAPI document. */
export function contractPage(openapis: readonly JsonObject[], asyncapi?: JsonObject): string {
  const style = paper() + readFileSync(join(import.meta.dirname, 'page.css'), 'utf8');
  const titles = [...openapis, ...(asyncapi ? [asyncapi] : [])].map((document) => textOf(asObject(document.info).title));
  const links = [...openapis.map(httpLinks), ...(asyncapi ? [eventLinks(asyncapi)] : [])];
  const contents = links.map(
    (list, n) => `<h3>${forHtml(titles[n])}</h3><ul>${list.map((link) => `<li>${link}</li>`).join('')}</ul>`,
  );
  return `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta http-equiv="Content-Security-Policy" content="default-src 'none'; style-src 'unsafe-inline'; img-src data:">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark">
<title>Contracts · Plumbline</title>
<link rel="icon" href="data:,">
<style>${style}</style>
</head>
<body>
<a class="skip" href="#contracts">Skip to the contracts</a>
<header><h1>Contracts</h1><p class="soft">${titles.map(forHtml).join(' · ')}. Printed from contracts/http and contracts/events.</p></header>
<nav aria-label="Operations and messages">${contents.join('\n')}</nav>
<main id="contracts" tabindex="-1">
${openapis.map(httpPart).join('\n')}
${asyncapi ? eventsPart(asyncapi) : ''}
</main>
</body>
</html>
`;
}

export interface ContractsPageOptions {
  /** Where to write it. */
  readonly out: string;
  /** The folder of contracts. */
  readonly contracts: string;
  /** The OpenAPI documents there, as `system.yaml` names them. */
  readonly apis: readonly string[];
}

/** Resolves with the exit code: 0 written, 3 a document is missing or unreadable. */
export async function runContractsPage(
  { out, contracts, apis }: ContractsPageOptions,
  say: (text: string) => void,
): Promise<number> {
  let page: string;
  try {
    const events = existsSync(join(contracts, 'events', 'asyncapi.json'));
    page = events ? contractPage(...documentsIn(contracts, apis)) : contractPage(openApisIn(contracts, apis));
  } catch (error) {
    say(`CONTRACTS_UNREAD: ${(error as Error).message.split('\n')[0]}. Try: npx plumbline contracts check`);
    return 3;
  }
  const file = resolve(out);
  mkdirSync(dirname(file), { recursive: true });
  writeFileSync(file, page);
  say(`contracts: ${relative(process.cwd(), file) || file}`);
  return 0;
}
