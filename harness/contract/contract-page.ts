/** The HTTP and event contracts as one page to browse: a single file, no request to anywhere, no script; printed from the documents. */
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { dirname, join, relative, resolve } from 'node:path';
import { eventsPart, eventLinks } from './contract-page-events.ts';
import { httpLinks, httpPart } from './contract-page-http.ts';
import { escaped, listOf, textOf } from './contract-page-schema.ts';
import { asObject, bundleOpenApi, type JsonObject } from './openapi-bundle.ts';

/** `openapis` and `asyncapi` are whole: nothing in them refers to a file. */
export function contractPage(openapis: readonly JsonObject[], asyncapi: JsonObject): string {
  const style = readFileSync(join(import.meta.dirname, 'contract-page.css'), 'utf8');
  const titles = [...openapis, asyncapi].map((document) => textOf(asObject(document.info).title));
  const links = [...openapis.map(httpLinks), eventLinks(asyncapi)];
  const contents = links.map(
    (list, n) => `<h3>${escaped(titles[n])}</h3><ul>${list.map((link) => `<li>${link}</li>`).join('')}</ul>`,
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
<header><h1>Contracts</h1><p class="soft">${titles.map(escaped).join(' · ')}. Printed from contracts/http and contracts/events.</p></header>
<nav aria-label="Operations and messages">${contents.join('\n')}</nav>
<main id="contracts" tabindex="-1">
${openapis.map(httpPart).join('\n')}
${eventsPart(asyncapi)}
</main>
</body>
</html>
`;
}

export interface ContractsPageOptions {
  readonly out?: string;
  /** The folder of contracts. */
  readonly contracts?: string;
}

const root = join(import.meta.dirname, '..', '..');

/** Resolves with the exit code: 0 written, 3 a document is missing or unreadable. */
export async function runContractsPage(
  { out = join(root, 'reports', 'contracts.html'), contracts = join(root, 'contracts') }: ContractsPageOptions,
  say: (text: string) => void,
): Promise<number> {
  let page: string;
  try {
    page = contractPage(...documentsIn(contracts));
  } catch (error) {
    say(`CONTRACTS_UNREAD: ${(error as Error).message.split('\n')[0]}. Try: npm run unit -- --testPathPatterns contracts`);
    return 3;
  }
  const file = resolve(out);
  mkdirSync(dirname(file), { recursive: true });
  writeFileSync(file, page);
  say(`contracts: ${relative(process.cwd(), file) || file}`);
  return 0;
}

/** Under `contracts/http`. */
export const openApiFiles = ['openapi.json', 'notification-openapi.json', 'frontend-openapi.json'] as const;

/** The documents in one piece each; messages have their golden events as examples. */
export function documentsIn(contracts: string): [JsonObject[], JsonObject] {
  const reader = (folder: string) => (file: string) => {
    const path = join(contracts, folder, file);
    try {
      return JSON.parse(readFileSync(path, 'utf8')) as JsonObject;
    } catch (error) {
      throw new Error(`${relative(process.cwd(), path)}: ${(error as Error).message}`, { cause: error });
    }
  };
  const http = reader('http');
  const events = reader('events');
  const openapis = openApiFiles.map((file) => bundleOpenApi(http(file), http));
  // By path: the versions of an event share their title.
  const asyncapi = bundleOpenApi(events('asyncapi.json'), events, (_schema, file) =>
    file.replace('/', '-').replace(/\.json$/, ''),
  );
  const components = asObject(asyncapi.components);
  const messages = Object.fromEntries(
    Object.entries(asObject(components.messages)).map(([name, message]) => [name, withGolden(asObject(message), events)]),
  );
  return [openapis, { ...asyncapi, components: { ...components, messages } }];
}

function withGolden(message: JsonObject, read: (file: string) => JsonObject): JsonObject {
  const golden = listOf(message['x-golden']).map((file) => ({ name: textOf(file), payload: read(textOf(file)) }));
  return golden.length === 0 ? message : { ...message, examples: [...listOf(message.examples), ...golden] };
}
