import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, test } from '@jest/globals';
import { canonicalPact, committedPacts, pactNames, type Pact } from './pact-file.ts';
import { writePacts } from './write.ts';

test('contracts/pacts is what the consumers ask for today; else: npm run pact, and look at what changed', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'pacts-'));
  try {
    const today = await writePacts(folder);
    const committed = new Map(pactNames(committedPacts).map((name) => [name, readFileSync(join(committedPacts, name), 'utf8')]));
    expect([...committed.keys()]).toEqual([...today.keys()]);
    for (const [name, text] of today) expect([name, committed.get(name)]).toEqual([name, text]);
  } finally {
    rmSync(folder, { recursive: true });
  }
}, 60_000);

test('the same promises are the same file, in whatever order and by whichever Pact they were written', () => {
  const of = (descriptions: readonly string[], version: string): Pact => ({
    metadata: { 'pact-js': { version }, pactSpecification: { version: '4.0' } },
    interactions: descriptions.map((description) => ({ description, type: 'Synchronous/HTTP' })),
    provider: { name: 'b' },
    consumer: { name: 'a' },
  });
  expect(JSON.stringify(canonicalPact(of(['y', 'x'], '1')))).toBe(JSON.stringify(canonicalPact(of(['x', 'y'], '2'))));
  expect(JSON.stringify(canonicalPact(of(['x'], '1')))).not.toBe(JSON.stringify(canonicalPact(of(['z'], '1'))));
});
