import { describe, expect, it } from '@jest/globals';
import { Validator } from '@seriousme/openapi-schema-validator';
import { complaintsAbout, document, followed, operations, type Schema } from './contract.ts';

describe('contracts/http/openapi.json', () => {
  it('is OpenAPI 3.1', async () => {
    expect(await new Validator().validate(structuredClone(document) as never)).toEqual({ valid: true });
    expect(document.openapi).toMatch(/^3\.1\./);
  });

  it('refers to nothing outside of itself once bundled', () => {
    const references = JSON.stringify(document).match(/"\$ref":"[^"]*"/g) ?? [];
    expect(references.length).toBeGreaterThan(50);
    for (const reference of references) {
      const { $ref } = JSON.parse(`{${reference}}`) as { $ref: string };
      expect($ref).toMatch(/^#\//);
      followed({ $ref }); // throws when it leads nowhere
    }
  });

  it('gives examples that are what their schemas say', () => {
    interface Media {
      schema: Schema;
      example?: unknown;
      examples?: Record<string, { value: unknown }>;
    }
    const contents = operations.flatMap(({ operationId, requestBody, responses }) => [
      [`${operationId} takes`, requestBody?.content] as const,
      ...Object.entries(responses).map(([status, response]) => [`${operationId} ${status}`, followed(response).content] as const),
    ]);
    const examples = contents.flatMap(([where, content = {}]) =>
      (Object.values(content) as Media[]).flatMap(({ schema, example, examples = {} }) =>
        [example, ...Object.values(examples).map((each) => each.value)]
          .filter((each) => each !== undefined)
          .map((each) => ({ where, complaints: complaintsAbout(each, schema) })),
      ),
    );
    expect(examples.length).toBeGreaterThan(operations.length);
    expect(examples.filter(({ complaints }) => complaints.length > 0)).toEqual([]);
    const parameters = operations.flatMap((operation) => operation.parameters) as unknown as {
      schema: Schema;
      example?: unknown;
    }[];
    for (const { schema, example } of parameters) {
      if (example !== undefined) expect(complaintsAbout(example, schema)).toEqual([]);
    }
  });

  it('names each operation once, and promises a way out of every one', () => {
    const names = operations.map((operation) => operation.operationId);
    expect(new Set(names).size).toBe(names.length);
    for (const operation of operations) {
      const held = operation.path.match(/\{\w+\}/g) ?? [];
      const promised = operation.parameters.filter((each) => each.in === 'path').map((each) => `{${each.name}}`);
      expect([operation.operationId, promised]).toEqual([operation.operationId, held]);
      if (operation.path.startsWith('/api/'))
        expect(Object.keys(operation.responses)).toEqual(expect.arrayContaining(['401', '403', '503']));
      // 400: it is none. 422: it was used for something else.
      if (operation.parameters.some((each) => each.name === 'Idempotency-Key'))
        expect([operation.operationId, ...Object.keys(operation.responses)]).toEqual(
          expect.arrayContaining([operation.operationId, '400', '422']),
        );
    }
  });
});
