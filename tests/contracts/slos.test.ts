import { readdirSync, readFileSync } from 'node:fs';
import { describe, expect, it } from '@jest/globals';
import { parse } from 'yaml';
import { validateSlo } from '../../harness/verdict/validate-slo.ts';

const folder = new URL('../../contracts/slos/', import.meta.url);
const files = readdirSync(folder);

describe.each(files)('%s', (file) => {
  const text = readFileSync(new URL(file, folder), 'utf8');
  const slo = parse(text);

  it('is an objective the judge understands, named as its file', () => {
    expect(validateSlo(slo)).toEqual([]);
    expect(`${slo.name}.yaml`).toBe(file);
  });

  it('asks a question, and says above it where its number comes from', () => {
    expect(slo.asks).toMatch(/\?/);
    expect(text).toMatch(/^# ./);
  });
});
