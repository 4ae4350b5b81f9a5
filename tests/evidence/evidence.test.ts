/** Show the judge guilty: each sealed folder is convicted of exactly its own crime, and the innocent one of none. */
import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, test } from '@jest/globals';
import { readRun } from '../../harness/evidence/run-folder.ts';
import { checkSeal } from '../../harness/evidence/seal.ts';
import { judge } from '../../harness/verdict/judge.ts';
import { cases, write } from './generate.ts';

/** Verdict of the run, then every claim that did not hold, by its own verdict. Nothing else may be convicted. */
const expected: Readonly<Record<string, { verdict: string; fail?: string[]; unsure?: string[] }>> = {
  good: { verdict: 'pass' },
  lost: { verdict: 'fail', fail: ['slo:none-lost', 'slo:caught-up', 'checker:delivery', 'checker:world'] },
  'second-task': { verdict: 'fail', fail: ['checker:world'] },
  'given-up': { verdict: 'fail', fail: ['slo:none-lost', 'checker:delivery', 'checker:world'] },
  twice: { verdict: 'fail', fail: ['checker:delivery', 'checker:world'] },
  'out-of-order': { verdict: 'fail', fail: ['checker:order'] },
  'wrong-event': { verdict: 'fail', fail: ['slo:contract-kept', 'checker:conformance', 'checker:world'] },
  'wrong-answer': { verdict: 'fail', fail: ['slo:answers-kept', 'checker:answers'] },
  'slower-arm': { verdict: 'fail', fail: ['slo:cost-p50'] },
  'never-completed': { verdict: 'fail', fail: ['checker:completions'] },
  nameless: { verdict: 'fail', fail: ['checker:completions'] },
  vanished: { verdict: 'unsure', unsure: ['checker:completions'] },
  'never-healed': { verdict: 'fail', fail: ['checker:healed'], unsure: ['slo:caught-up'] },
  'too-few-vus': { verdict: 'unsure', unsure: ['validity:generator', 'slo:answer-p50', 'slo:few-errors'] },
  'fault-did-nothing': { verdict: 'unsure', unsure: ['sometimes:publishing-failed'] },
  'still-on-its-way': { verdict: 'unsure', unsure: ['slo:none-lost', 'checker:delivery', 'checker:world'] },
  tampered: { verdict: 'unsure', unsure: ['seal', 'validity:whole'] },
  'missing-effects-file': {
    verdict: 'unsure',
    unsure: ['validity:whole', 'slo:none-lost', 'slo:caught-up', 'checker:delivery', 'checker:order', 'checker:world'],
  },
  interrupted: {
    verdict: 'unsure',
    unsure: [
      'validity:complete',
      'validity:whole',
      'validity:generator',
      'slo:answer-p50',
      'slo:few-errors',
      'slo:contract-kept',
      'checker:crud-events',
      'checker:conformance',
      'checker:order',
      'checker:world',
      'checker:completions',
    ],
  },
};

test.each(Object.keys(expected))('%s', async (name) => {
  const folder = join(import.meta.dirname, name);
  const judged = judge(readRun(folder), await checkSeal(folder, []));
  const findings = [...judged.findings, ...judged.experiments.flatMap((experiment) => experiment.findings)];
  const such = (verdict: string) => findings.filter((finding) => finding.verdict === verdict).map((finding) => finding.claim);
  expect({ verdict: judged.verdict, fail: such('fail'), unsure: such('unsure') }).toEqual({
    fail: [],
    unsure: [],
    ...expected[name],
  });
  for (const finding of findings) expect(finding.because).not.toBe('');
});

test('every folder here is in the table, and is what its generator writes', async () => {
  const folders = readdirSync(import.meta.dirname, { withFileTypes: true }).filter(
    (entry) => entry.isDirectory() && entry.name !== 'crimes',
  );
  expect(folders.map((entry) => entry.name).sort()).toEqual(Object.keys(expected).sort());
  const fresh = mkdtempSync(join(tmpdir(), 'plumbline-evidence-'));
  try {
    for (const one of cases) {
      await write(one, fresh);
      const files = (root: string) =>
        readdirSync(join(root, one.name), { recursive: true, withFileTypes: true })
          .filter((entry) => entry.isFile())
          .map((entry) => join(entry.parentPath, entry.name).slice(join(root, one.name).length))
          .sort();
      expect(files(import.meta.dirname)).toEqual(files(fresh));
      const text = (root: string, file: string) => readFileSync(join(root, one.name, file), 'utf8');
      for (const file of files(fresh))
        expect(text(import.meta.dirname, file) === text(fresh, file) ? '' : `${one.name}${file} differs`).toBe('');
    }
  } finally {
    rmSync(fresh, { recursive: true, force: true });
  }
});
