import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import { expect, it } from '@jest/globals';
import { kinds } from '../../../harness/fault/kinds.ts';

const folder = join(import.meta.dirname, '../../../harness/fault');

it('every kind that a file of harness/fault exports is in the table, under its own name, and nothing else is', async () => {
  const files = readdirSync(folder).filter((name) => name.endsWith('.ts') && name !== 'kinds.ts');
  const exported = await Promise.all(files.map(async (name) => Object.entries((await import(join(folder, name))) as object)));
  const found = exported.flat().filter(([, value]) => typeof (value as { inject?: unknown }).inject === 'function');
  expect(found.length).toBeGreaterThan(0);
  expect(kinds).toEqual(Object.fromEntries(found));
});
