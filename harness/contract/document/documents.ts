/** The HTTP and event documents of a folder of contracts, each in one piece: what they refer to has become part of them. */
import { readFileSync } from 'node:fs';
import { basename, dirname, join, relative } from 'node:path';
import { asObject, bundleOpenApi, type JsonObject, listOf, textOf } from './openapi-bundle.ts';

/** The OpenAPI documents (paths below `contracts`), and AsyncAPI, whose messages have their golden events as examples. */
export function documentsIn(contracts: string, apis: readonly string[]): [JsonObject[], JsonObject] {
  const events = readerOf(contracts, 'events');
  // By path: the versions of an event share their title.
  const asyncapi = bundleOpenApi(events('asyncapi.json'), events, (_schema, file) =>
    file.replace('/', '-').replace(/\.json$/, ''),
  );
  const components = asObject(asyncapi.components);
  const messages = Object.fromEntries(
    Object.entries(asObject(components.messages)).map(([name, message]) => [name, withGolden(asObject(message), events)]),
  );
  return [openApisIn(contracts, apis), { ...asyncapi, components: { ...components, messages } }];
}

/** For whoever has no AsyncAPI document, or does not ask for it. */
export const openApisIn = (contracts: string, apis: readonly string[]): JsonObject[] =>
  apis.map((api) => {
    const read = readerOf(contracts, dirname(api));
    return bundleOpenApi(read(basename(api)), read);
  });

const readerOf = (contracts: string, folder: string) => (file: string) => {
  const path = join(contracts, folder, file);
  try {
    return JSON.parse(readFileSync(path, 'utf8')) as JsonObject;
  } catch (error) {
    throw new Error(`${relative(process.cwd(), path)}: ${(error as Error).message}`, { cause: error });
  }
};

function withGolden(message: JsonObject, read: (file: string) => JsonObject): JsonObject {
  const golden = listOf(message['x-golden']).map((file) => ({ name: textOf(file), payload: read(textOf(file)) }));
  return golden.length === 0 ? message : { ...message, examples: [...listOf(message.examples), ...golden] };
}
