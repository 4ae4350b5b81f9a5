import { readdirSync, readFileSync } from 'node:fs';
import { expect, it } from '@jest/globals';
import { calls } from '../../../impl/frontend/calls.ts';
import { eventSchemas, schemaAt } from '../../../impl/kit/schemas.ts';
import { frontendFile, generateFrontendOpenApi } from '../../../harness/generate/frontend-openapi.ts';
import { generateValidators, validatorsFile } from '../../../harness/generate/validators.ts';

it('impl/kit/validators.js is what the schemas give', () => {
  if (readFileSync(validatorsFile, 'utf8') !== generateValidators())
    throw new Error('impl/kit/validators.js is stale. Run: npm run generate');
});

it('the document of the frontend is what those behind it give', async () => {
  if (readFileSync(frontendFile, 'utf8') !== (await generateFrontendOpenApi(calls)))
    throw new Error('contracts/http/frontend-openapi.json is stale. Run: npm run generate');
});

const golden = (version: string): Record<string, unknown> =>
  JSON.parse(
    readFileSync(new URL(`../../../contracts/events/task-event/golden/${version}/task.created.json`, import.meta.url), 'utf8'),
  ) as Record<string, unknown>;

it('they accept what the schemas accept, and say where and why they refuse', () => {
  const versions = eventSchemas('task-event');
  const written = readdirSync(new URL('../../../contracts/events/task-event/', import.meta.url)).filter((file) =>
    file.endsWith('.json'),
  );
  expect([...versions.keys()].sort()).toEqual(written.map((file) => file.replace(/\.json$/, '')).sort());
  for (const [version, validate] of versions) {
    expect([version, validate(golden(version))]).toEqual([version, true]);
    expect([version, validate({ ...golden(version), timestamp: 'noon' })]).toEqual([version, false]);
    expect(validate.errors).toEqual([expect.objectContaining({ instancePath: '/timestamp', keyword: 'format' })]);
  }
});

it('what has no schema is an error when the process starts, not at a request', () => {
  expect(() => schemaAt('http/no-such.json')).toThrow(/SCHEMA_UNKNOWN: contracts\/http\/no-such\.json/);
  expect(() => eventSchemas('no-such-event')).toThrow(/SCHEMA_UNKNOWN/);
});
