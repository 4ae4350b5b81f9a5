/** Checkers and metrics say what they read: the report leads a reader there. Each is watched while it looks at every folder of evidence. */
import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from '@jest/globals';
import { type EvidenceKind, evidenceFiles, evidenceKinds } from '../../../harness/evidence/files.ts';
import { type ExperimentEvidence, readRun, type Run } from '../../../harness/evidence/run-folder.ts';
import { checkers } from '../../../harness/verdict/checkers.ts';
import { judge } from '../../../harness/verdict/judge.ts';
import { metrics } from '../../../harness/verdict/metrics.ts';
import { experiment, mark, runOf, scene, slo } from './scene.ts';

const folder = join(import.meta.dirname, '../../evidence');
const runs = readdirSync(folder, { withFileTypes: true })
  .filter((entry) => entry.isDirectory())
  .map(({ name }) => readRun(join(folder, name)));

/** What is looked at while `look` looks at every experiment there is. */
function looked(look: (evidence: ExperimentEvidence, run: Run) => void): EvidenceKind[] {
  const seen = new Set<EvidenceKind>();
  for (const run of runs)
    for (const evidence of run.experiments) {
      const watched = { ...evidence };
      for (const kind of evidenceKinds)
        Object.defineProperty(watched, kind, {
          get: () => {
            seen.add(kind);
            return evidence[kind];
          },
        });
      look(watched, run);
    }
  return [...seen].sort();
}

test.each(Object.entries(checkers))('checker %s reads what it says', (_, { reads, check }) => {
  expect(looked((evidence, run) => check(evidence, run.schemas))).toEqual([...reads].sort());
});

test.each(Object.entries(metrics))('metric %s reads what it says', (_, { reads, measure }) => {
  const window = { name: 'all', spans: [{ fromMs: 0, toMs: Infinity }] } as const;
  expect(looked((evidence, run) => measure({ evidence, schemas: run.schemas, window }))).toEqual([...reads].sort());
});

const crash = { ...mark(1_500, 'backend', 'crash'), detail: { code: 1, signal: null, lastWords: '' } };
const restsOn = (claim: string) => {
  const record = {
    ...experiment,
    slos: [slo({ metric: 'latency.accept-to-broker' })],
    checkers: ['delivery', 'astrology'],
    sometimes: [{ name: 'seen', asks: 'Seen?', metric: 'x', labels: {}, rises: 1, during: 'all' as const }],
    facts: [{ name: 'there', asks: 'Is it there?' }],
  };
  const judged = judge(runOf(scene({ record, marks: [crash] })), { intact: true });
  const all = [...judged.findings, ...judged.experiments.flatMap(({ findings }) => findings)];
  return all.find((finding) => finding.claim === claim)?.evidence[0];
};

test.each([
  ['checker:crashes', evidenceFiles.marks.name],
  ['checker:delivery', evidenceFiles.effects.name],
  ['checker:astrology', undefined],
  ['slo:fast', evidenceFiles.records.name],
  ['sometimes:seen', evidenceFiles.samples.name],
  ['fact:there', evidenceFiles.facts.name],
])('%s rests on %s', (claim, file) => {
  expect(restsOn(claim)).toBe(file && `experiments/one/${file}`);
});

test('a claim about the whole run rests on a file of the run', () => {
  expect(restsOn('seal')).toBe('sealed.json');
});
