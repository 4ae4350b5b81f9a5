/** `impl/kit/validators.js` from the JSON Schemas: services start without compiling anything, and run where code from strings is forbidden. */
import { readdirSync, readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { Ajv, type AnySchemaObject } from 'ajv';
import standalone from 'ajv/dist/standalone/index.js';
import addFormats from 'ajv-formats';

const contracts = fileURLToPath(new URL('../../contracts/', import.meta.url));
export const validatorsFile = fileURLToPath(new URL('../../impl/kit/validators.js', import.meta.url));

const header = `// Generated from contracts/ by \`npm run generate\`; do not edit.
import { createRequire } from 'node:module';
const require = createRequire(import.meta.url);
`;

/** What is for people only would be most of the file. A property called title is an object, so it stays. */
const withoutWords = (key: string, value: unknown): unknown =>
  typeof value === 'string' && ['title', 'description', '$comment'].includes(key) ? undefined : value;

export function generateValidators(): string {
  // Not allErrors: a hostile body would make the validator collect errors without end.
  const ajv = new Ajv({ strict: true, allErrors: false, allowUnionTypes: true, code: { source: true, esm: true } });
  addFormats.default(ajv);
  const paths = readdirSync(contracts, { recursive: true, encoding: 'utf8' })
    .filter((path) => /^(http|events|state)\/.*\.json$/.test(path))
    .sort();
  const names: [path: string, name: string, id: string][] = [];
  for (const path of paths) {
    const schema = JSON.parse(readFileSync(`${contracts}${path}`, 'utf8'), withoutWords) as AnySchemaObject;
    if (!/draft-07/.test(schema.$schema ?? '')) continue;
    ajv.addSchema(schema);
    names.push([path, path.replace(/\.json$/, '').replaceAll(/[^a-z0-9]/g, '_'), String(schema.$id)]);
  }
  const code = standalone.default(ajv, Object.fromEntries(names.map(([, name, id]) => [name, id])));
  const table = names.map(([path, name]) => `  ['${path}', ${name}],`).join('\n');
  return `${header}${code.replaceAll(/;(?=(?:export )?(?:const|function) )/g, ';\n')}\n/** By path under contracts/. */\nexport const validators = new Map([\n${table}\n]);\n`;
}
