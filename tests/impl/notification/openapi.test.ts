/** The contract of this API is a valid document, its references lead somewhere, and its examples are what they claim. */
import { readFileSync } from 'node:fs';
import { describe, expect, it } from '@jest/globals';
import { Validator } from '@seriousme/openapi-schema-validator';
import { schemaAt } from '#kit/schemas.ts';

interface Media {
  readonly schema: { readonly $ref: string };
  readonly example?: unknown;
}
interface Content {
  readonly content?: Readonly<Record<string, Media>>;
}
interface Operation {
  readonly operationId: string;
  readonly requestBody?: Content;
  readonly responses: Readonly<Record<string, Content & { readonly $ref?: string }>>;
}

const folder = new URL('../../../contracts/http/', import.meta.url);
const read = (file: string): unknown => JSON.parse(readFileSync(new URL(file, folder), 'utf8'));
const text = readFileSync(new URL('notification-openapi.json', folder), 'utf8');
const document = JSON.parse(text) as {
  openapi: string;
  paths: Record<string, Record<string, Operation>>;
  components: Record<string, Record<string, unknown>>;
};
const operations = Object.values(document.paths).flatMap((path) =>
  Object.entries(path).flatMap(([name, operation]) => (name === 'parameters' ? [] : [operation])),
);

describe('contracts/http/notification-openapi.json', () => {
  it('is OpenAPI 3.1', async () => {
    // The validator reads one document, so the files referred to become parts of it.
    const files = new Set([...text.matchAll(/"\$ref": "([\w-]+)\.json"/g)].map(([, name]) => name as string));
    const whole = JSON.parse(
      text.replaceAll(/"\$ref": "([\w-]+)\.json"/g, '"$ref": "#/components/schemas/$1"'),
    ) as typeof document;
    const schemas = Object.fromEntries([...files].map((name) => [name, read(`${name}.json`)]));
    whole.components['schemas'] = schemas;
    expect(await new Validator().validate(whole as never)).toEqual({ valid: true });
    expect(document.openapi).toMatch(/^3\.1\./);
  });

  it('refers to what is there, and keeps no part that nothing refers to', () => {
    const references = new Set([...text.matchAll(/"\$ref": "([^"]+)"/g)].map(([, reference]) => reference as string));
    for (const reference of references) {
      const [, kind, name] = /^#\/components\/(\w+)\/(\w+)$/.exec(reference) ?? [];
      if (kind && name) expect(document.components[kind]).toHaveProperty(name);
      else expect(schemaAt(`http/${reference}`)).toBeInstanceOf(Function);
    }
    for (const kind of ['parameters', 'headers', 'responses'])
      for (const name of Object.keys(document.components[kind] ?? {}))
        expect(references).toContain(`#/components/${kind}/${name}`);
  });

  it('gives an example of each body, and each is what its schema says', () => {
    const contents = operations.flatMap(({ requestBody, responses }) => [requestBody ?? {}, ...Object.values(responses)]);
    const examples = contents.flatMap(({ content = {} }) => Object.values(content));
    expect(examples).toHaveLength(8);
    for (const { schema, example } of examples) {
      const validate = schemaAt(`http/${schema.$ref}`);
      expect([schema.$ref, validate(example), validate.errors]).toEqual([schema.$ref, true, null]);
    }
  });
});
