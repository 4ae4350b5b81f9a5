/** No word of the language passes for one that a person wrote: what every object inherits is nobody's field, file, topic or service. */
import { cpSync, mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from '@jest/globals';
import { asyncApiFindings } from '../../harness/contract/document/asyncapi.ts';
import { asyncApiSurroundings } from '../../harness/contract/document/asyncapi-surroundings.ts';
import { type JsonObject, resolved } from '../../harness/contract/document/openapi-bundle.ts';
import { promisesOf } from '../../harness/contract/document/openapi-answers.ts';
import { validateComponents } from '../../harness/contract/resource/resources.ts';
import { canIDeploy } from '../../harness/contract/schema/can-i-deploy.ts';
import { readSchema } from '../../harness/contract/schema/document.ts';
import { compareSchemas } from '../../harness/contract/schema/rules.ts';
import { checkSeal, seal } from '../../harness/evidence/seal.ts';
import { project, system } from '../own-project.ts';
import { scratchFolder } from './plumbline.ts';

const scratch = scratchFolder();
afterAll(() => scratch.remove());
const words = ['constructor', 'toString', 'hasOwnProperty', 'valueOf'];

const schema = (name: string, value: object) => {
  const file = join(scratch.path, name);
  writeFileSync(file, JSON.stringify({ $schema: 'http://json-schema.org/draft-07/schema#', ...value }));
  return readSchema(file);
};

describe.each(words)('%s', (word) => {
  const text = { type: 'string' };
  const closed = (properties: object) => ({ type: 'object', properties, additionalProperties: false });

  it('as a property that the reader does not list breaks a closed schema, and as one that it lists none', () => {
    const old = schema('old.json', closed({ id: text }));
    const added = schema('new.json', closed({ id: text, [word]: text }));
    expect(compareSchemas(old, added, 'forward').map(({ rule }) => rule)).toEqual(['property-added-under-closed']);
    expect(compareSchemas(old, added, 'backward')).toEqual([]);
    expect(compareSchemas(added, added, 'forward')).toEqual([]);
  });

  it('as a property of one of two schemas that hold together keeps its type', () => {
    const both = {
      allOf: [
        { type: 'object', properties: { id: text } },
        { type: 'object', properties: { [word]: text } },
      ],
    };
    const changed = { allOf: [both.allOf[0], { type: 'object', properties: { [word]: { type: 'integer' } } }] };
    const [old, next] = [schema('both.json', both), schema('changed.json', changed)];
    expect(compareSchemas(old, next, 'backward').map(({ rule }) => rule)).toEqual(['type-changed']);
    expect(compareSchemas(old, old, 'backward')).toEqual([]);
  });

  it('is no definition to refer to', () => {
    const document = { components: { schemas: {} } } as unknown as JsonObject;
    expect(resolved(document, { $ref: `#/components/schemas/${word}` })).toBeUndefined();
    expect(() => schema('dangling.json', { definitions: {}, $ref: `#/definitions/${word}` })).toThrow(/leads nowhere/);
  });

  it('is no media type that was promised', () => {
    const response = { description: 'x', content: { 'application/json': {} } };
    const document = { openapi: '3.0.3', paths: { '/a': { get: { responses: { 200: response } } } } } as unknown as JsonObject;
    const answer = { method: 'GET', path: '/a', status: 200, contentType: word, bodyBytes: 2, body: '{}' };
    expect(promisesOf([document])(answer)).toEqual([expect.stringMatching(`content type ${word} is not application/json`)]);
    expect(promisesOf([document])({ ...answer, contentType: 'application/json' })).toEqual([]);
  });

  it('is no topic of the system', () => {
    const around = asyncApiSurroundings(project.contracts, system);
    expect(asyncApiFindings(around)).toEqual([]);
    const spoilt = JSON.parse(around.text) as { channels: Record<string, { address: string }> };
    (Object.values(spoilt.channels)[0] as { address: string }).address = word;
    const rules = asyncApiFindings({ ...around, text: JSON.stringify(spoilt) }).map(({ rule }) => rule);
    expect(rules).toContain('channel-without-topic');
  });

  it('is no service of a release in which it is not', () => {
    const folder = join(scratch.path, `releases-${word}`);
    mkdirSync(folder);
    const releases = [
      { release: '1.0', services: { shop: {} } },
      { release: '1.1', services: { shop: {}, [word]: {} } },
    ];
    writeFileSync(join(folder, 'releases.json'), JSON.stringify({ releases, sha256: {} }));
    const deploy = (version: string) => canIDeploy(word, version, { shop: '1.0' }, { folder });
    expect(() => deploy('1.0')).toThrow(`service ${word} is not part of release 1.0. It is of: 1.1.`);
    expect(deploy('1.1').deployable).toBe(true);
  });

  it('is no key, type or version of a component', () => {
    const folder = join(scratch.path, `components-${word}`);
    mkdirSync(folder);
    const component = (name: string, spec: string) =>
      writeFileSync(
        join(folder, `${name}.yaml`),
        `apiVersion: dapr.io/v1alpha1\nkind: Component\nmetadata: { name: ${name} }\nspec: ${spec}\n`,
      );
    component('key', `{ type: state.in-memory, version: v1, metadata: [], ${word}: x }`);
    component('type', `{ type: ${word}, version: v1, metadata: [] }`);
    component('version', `{ type: state.in-memory, version: ${word}, metadata: [] }`);
    expect(validateComponents(folder).map(({ rule }) => rule)).toEqual([
      'unknown-key',
      'unknown-component-type',
      'unknown-component-version',
    ]);
  });
});

it.each([...words, '__proto__'])('a file called %s that came to a run later is seen', async (word) => {
  const folder = join(scratch.path, `run-${word}`);
  cpSync(join(project.root, 'tests/evidence/good'), folder, { recursive: true });
  await seal(folder);
  expect(await checkSeal(folder, [])).toMatchObject({ intact: true });
  writeFileSync(join(folder, word), 'planted');
  expect(await checkSeal(folder, [])).toMatchObject({ intact: false, because: expect.stringContaining(`added ${word}`) });
  await seal(folder);
  expect(await checkSeal(folder, [])).toMatchObject({ intact: true });
});
