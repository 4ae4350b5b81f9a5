/** `contracts/types.ts` from the JSON Schemas. It lives here because `contracts/` is data only. */
import { readFileSync } from 'node:fs';
import { dirname } from 'node:path';
import { fileURLToPath } from 'node:url';
import { compile, type JSONSchema } from 'json-schema-to-typescript';

const contracts = fileURLToPath(new URL('../../contracts/', import.meta.url));
export const typesFile = `${contracts}types.ts`;

/** Each gives one interface, named by the schema's title. A schema that refers to another comes after it. */
const typedSchemas = [
  // The newest version of an event: its types are what services publish.
  'events/task-event/v1.2.json',
  'events/reminder-event/v1.2.json',
  'state/conversation.json',
  'http/task.json',
  'http/task-create.json',
  'http/task-patch.json',
  'http/task-page.json',
  'http/template.json',
  'http/template-create.json',
  'http/template-patch.json',
  'http/template-page.json',
  'http/chat-session.json',
  'http/chat-session-create.json',
  'http/chat-message-create.json',
  'http/chat-answer.json',
  'http/preferences.json',
  'http/preferences-put.json',
  'http/push-subscription.json',
  'http/notice-page.json',
  'http/problem.json',
];

const header = `/**
 * Generated from the JSON Schemas beside it by \`npm run generate\`; do not edit. Types only.
 * A reader ignores fields that are not here: a later minor version may add some.
 */
`;

export async function generateTypes(): Promise<string> {
  const parts: string[] = [];
  for (const path of typedSchemas) {
    const file = `${contracts}${path}`;
    const { $id: _id, ...schema } = JSON.parse(readFileSync(file, 'utf8')) as JSONSchema; // the name is the title, not the $id
    const text = await compile(schema, schema.title ?? path, {
      // Not the schemas' own rule: with it, every open object would take any misspelt field.
      additionalProperties: false,
      bannerComment: '',
      cwd: dirname(file),
      declareExternallyReferenced: false,
      enableConstEnums: false,
      format: true,
      ignoreMinAndMaxItems: true, // else every bounded list becomes a union of tuples
      style: { singleQuote: true, printWidth: 130 },
    });
    parts.push(text.trim());
  }
  return `${header}\n${parts.join('\n\n')}\n`;
}
