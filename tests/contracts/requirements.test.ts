import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { beforeAll, describe, expect, it } from '@jest/globals';
import { parse } from 'yaml';
import { catalogue } from '../../harness/catalogue.ts';
import type { Requirement, Slo } from '../../harness/evidence/records.ts';
import type { Experiment } from '../../harness/experiment.ts';
import { claimOf } from '../../harness/verdict/checkers.ts';
import { project } from '../own-project.ts';

const root = new URL('../../', import.meta.url);
const read = (path: string) => parse(readFileSync(new URL(path, root), 'utf8'));
const requirements = read('contracts/requirements.yaml') as Requirement[];
const slos = readdirSync(new URL('contracts/slos/', root)).map((file) => read(`contracts/slos/${file}`) as Slo);
const ids = (prefix: string, count: number) =>
  Array.from({ length: count }, (_, n) => `${prefix}-${String(n + 1).padStart(3, '0')}`);

/** All that the specification numbers, and its five edge cases. */
const specified = [
  ...[1, 2, 3, 4, 5].flatMap((story) => [1, 2, 3].map((scenario) => `US${story}.${scenario}`)),
  ...['EDGE-kafka', 'EDGE-redis', 'EDGE-cron', 'EDGE-schema', 'EDGE-sidecar'],
  ...ids('FR', 27),
  ...ids('SC', 14),
];

let experiments: readonly Experiment[];
beforeAll(async () => {
  experiments = await catalogue(project);
});

const claimsOf = (experiment: Experiment): string[] => [
  ...experiment.slos.map((name) => `slo:${name}`),
  ...experiment.checkers.map(claimOf),
  ...(experiment.sometimes ?? []).map(({ name }) => `sometimes:${name}`),
  ...(experiment.facts ?? []).map(({ name }) => `fact:${name}`),
  // Asked of every experiment that is performed.
  'checker:world',
  'checker:completions',
];

describe('contracts/requirements.yaml', () => {
  it('has every requirement of the specification once, in its order', () => {
    expect(requirements.map(({ id }) => id)).toEqual(specified);
  });

  it.each(requirements.map((row) => [row.id, row] as const))('%s has the fields of a Requirement', (_id, row) => {
    const known = ['id', 'text', 'shownBy', 'tests', 'open', 'note'];
    expect(Object.keys(row).filter((field) => !known.includes(field))).toEqual([]);
    expect(row.text).toMatch(/^[A-Z].*\.$/);
    expect(Array.isArray(row.shownBy)).toBe(true);
    for (const { claims, sees } of row.shownBy) {
      expect(claims.length).toBeGreaterThan(0);
      expect(sees).toMatch(/^[A-Z1-9].*\.$/);
    }
    // Open is what is left of something: a row that nothing shows is open as it is.
    if (row.open !== undefined) expect(row.shownBy.length + (row.tests ?? []).length).toBeGreaterThan(0);
    expect(row.open ?? 'A sentence.').toMatch(/^[A-Z].*\.$/);
  });

  it('names only experiments and claims that exist', () => {
    const known = new Set(
      experiments.flatMap((experiment) => claimsOf(experiment).map((claim) => `${experiment.name} ${claim}`)),
    );
    const named = requirements.flatMap(({ id, shownBy }) =>
      shownBy.flatMap(({ experiment, claims }) => claims.map((claim) => ({ id, claim: `${experiment} ${claim}` }))),
    );
    expect(named.filter(({ claim }) => !known.has(claim))).toEqual([]);
  });

  it('lets no two rows see the same: a sentence of its own asks for a look of its own', () => {
    const seen = requirements.flatMap(({ id, shownBy }) => shownBy.map(({ sees }) => ({ id, sees })));
    const twice = [...Map.groupBy(seen, ({ sees }) => sees).values()].filter((rows) => rows.length > 1);
    expect(twice).toEqual([]);
  });

  it('names only files that exist', () => {
    expect(requirements.flatMap(({ tests = [] }) => tests).filter((file) => !existsSync(new URL(file, root)))).toEqual([]);
  });

  it('agrees with the experiments about what they prove', () => {
    for (const { name, proves } of experiments) {
      const rows = requirements
        .filter(({ shownBy }) => shownBy.some(({ experiment }) => experiment === name))
        .map(({ id }) => id);
      expect({ name, proves: rows.toSorted() }).toEqual({ name, proves: proves.toSorted() });
    }
  });

  it('agrees with the objectives: what one says it proves rests on it', () => {
    const resting = new Set(
      requirements.flatMap(({ id, shownBy }) => shownBy.flatMap(({ claims }) => claims.map((claim) => `${id} ${claim}`))),
    );
    const claimed = slos.flatMap(({ name, proves }) => proves.map((id) => `${id} slo:${name}`));
    expect(claimed.filter((claim) => !resting.has(claim))).toEqual([]);
  });

  it('an objective that no experiment uses promises nothing', () => {
    const used = new Set(experiments.flatMap((experiment) => experiment.slos));
    expect(slos.map(({ name }) => name).filter((name) => !used.has(name))).toEqual([]);
  });
});
