import { cpSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, test } from '@jest/globals';
import { readRun } from '../../../harness/evidence/run-folder.ts';
import { checkSeal } from '../../../harness/evidence/seal.ts';
import { judgeFolder } from '../../../harness/judge.ts';
import { html } from '../../../harness/report/html.ts';
import { findingsJson, verdictJson } from '../../../harness/report/json.ts';
import { junit } from '../../../harness/report/junit.ts';
import { markdown } from '../../../harness/report/markdown.ts';
import { outputs } from '../../../harness/report/outputs.ts';
import { terminal } from '../../../harness/report/terminal.ts';
import { judge } from '../../../harness/verdict/judge.ts';
import { created, effect, experiment, op, row, runOf, scene } from '../verdict/scene.ts';

const HOSTILE = '<script>alert(1)</script>"\'&]]>|`\u001b[2J\u0000 https://evil.example/ *x*';
const hostile = () => {
  const run = runOf(
    scene({
      name: HOSTILE,
      folder: `experiments/${HOSTILE}`,
      record: {
        ...experiment,
        name: HOSTILE,
        asks: HOSTILE,
        workload: HOSTILE,
        checkers: ['delivery', HOSTILE],
        proves: [HOSTILE],
      },
      ops: [created(HOSTILE), op({ type: 'unsure', error: HOSTILE })],
      effects: [effect(HOSTILE, 1), effect(HOSTILE, 2)],
      outbox: [row(HOSTILE)],
      damage: [HOSTILE],
    }),
  );
  const requirements = [
    {
      id: HOSTILE,
      text: HOSTILE,
      shownBy: [{ experiment: HOSTILE, claims: ['checker:delivery'], sees: HOSTILE }],
      tests: [HOSTILE],
      open: HOSTILE,
      note: HOSTILE,
    },
  ];
  return { ...run, name: HOSTILE, requirements };
};
const judged = (run = hostile()) => judge(run, { intact: true, sealDigest: 'abc' });

/** What a browser would fetch by itself when it opens the page. */
const fetched = (page: string) => {
  const markup = page.replace(/<script[\s\S]*?<\/script>/g, '');
  return [
    ...markup.matchAll(/\s(?:src|srcset|poster|action)\s*=\s*["']([^"']*)/g),
    ...markup.matchAll(/<link[^>]*href=["']([^"']*)/g),
    ...markup.matchAll(/url\(\s*["']?([^)"']*)/g),
    ...markup.matchAll(/@import[^;]*/g),
  ]
    .map((match) => match[1] ?? match[0])
    .filter((target) => target !== 'data:,');
};

test('the page loads nothing from anywhere, and allows only its own script', () => {
  const page = html(hostile(), judged());
  expect(fetched(page)).toEqual([]);
  expect(page).toMatch(/Content-Security-Policy" content="default-src 'none'; .*script-src 'sha256-/);
});

test('hostile text stays text in the page', () => {
  const page = html(hostile(), judged());
  expect(page).not.toContain('<script>alert');
  expect(page.match(/<script/g)).toHaveLength(2);
  expect(page).toContain('&lt;script&gt;alert(1)&lt;/script&gt;&quot;&#39;&amp;');
});

test('every link inside the page has its target, and no id is given twice', () => {
  const page = html(hostile(), judged());
  const ids = [...page.matchAll(/\sid="([^"]*)"/g)].map((match) => match[1]);
  expect(new Set(ids).size).toBe(ids.length);
  for (const [, anchor] of page.matchAll(/href="#([^"]*)"/g)) expect(ids).toContain(anchor);
});

test('each line of the matrix leads to what was found: the claim, or the finding that it was never made', () => {
  const shownBy = [
    { experiment: 'one', claims: ['checker:delivery', 'slo:renamed'], sees: 'Each event has one effect.' },
    { experiment: 'elsewhere', claims: ['slo:fast'] },
  ];
  const run = {
    ...runOf(
      scene({
        record: { ...experiment, checkers: ['delivery'] },
        ops: [created('a')],
        effects: [effect('a', 1)],
        outbox: [row('a')],
      }),
    ),
    requirements: [{ id: 'FR-001', text: 'It holds.', shownBy, open: 'Whether it holds at night.' }],
  };
  const page = html(run, judge(run, { intact: true, sealDigest: 'abc' }));
  const line = /<tr id="requirement--FR-001">.*?<\/tr>/s.exec(page)?.[0] ?? '';
  const targets = [...line.matchAll(/href="#([^"]*)"/g)].map((match) => match[1] ?? '');
  expect(targets).toHaveLength(2);
  for (const target of targets) expect(page).toContain(` id="${target}"`);
  expect(line.split('Each event has one effect.')).toHaveLength(2);
  expect(line).toContain('Open: Whether it holds at night.');
  expect(line).toContain('slo:fast in elsewhere <span class="badge not-run">');
});

test('what is shown in part is counted apart, in the page and in the terminal', () => {
  const { requirements: _, ...run } = runOf(
    scene({
      record: { ...experiment, checkers: ['delivery'] },
      ops: [created('a')],
      effects: [effect('a', 1)],
      outbox: [row('a')],
    }),
  );
  const shownBy = [{ experiment: 'one', claims: ['checker:delivery'] }];
  const half = [...shownBy, { experiment: 'elsewhere', claims: ['slo:fast'] }];
  const text = 'It holds.';
  const requirements = [
    { id: 'A', text, shownBy },
    { id: 'B', text, shownBy: half },
    { id: 'C', text, shownBy, open: 'The rest.' },
  ];
  const seen = judge({ ...run, requirements }, { intact: true, sealDigest: 'abc' });
  const sentence = '1 of 3 requirements shown by this run, 2 partly';
  expect(html({ ...run, requirements }, seen)).toContain(sentence);
  expect(html({ ...run, requirements }, seen)).toContain('<span class="badge partly">');
  expect(terminal({ ...run, requirements }, seen)).toContain(sentence);
});

test('the page stays about a megabyte, however long and many the experiments', () => {
  const ops = Array.from({ length: 20_000 }, (_, n) =>
    op({ startedAt: 1_000 + n * 40.123, at: 1_007.77 + n * 40.123 + (n % 97) }),
  );
  const many = runOf(
    ...Array.from({ length: 40 }, (_, n) =>
      scene({
        name: `experiment-${n}`,
        folder: `experiments/experiment-${n}`,
        record: { ...experiment, checkers: ['delivery', 'order', 'crud-events'] },
        ops,
        effects: [],
      }),
    ),
  );
  expect(html(many, judge(many, { intact: true })).length).toBeLessThan(1_100_000);
});

test('a run with nothing in it still has a page', () => {
  const empty = { name: 'empty', experiments: [{ name: 'one', folder: 'experiments/one', damage: [] }], damage: [] };
  expect(html(empty, judge(empty, { intact: false, because: 'never sealed' }))).toContain('manifest.json is missing');
});

test('evidence is listed with what it holds and was read for; what nobody kept or missed is not', () => {
  const fact = { at: 1, name: 'there', comparison: '==' as const, expected: 1, actual: 1 };
  const crash = { at: 1_500, kind: 'crash' as const, name: 'backend', detail: { code: 1 } };
  const asked = { ...experiment, checkers: ['delivery'], facts: [{ name: 'there', asks: 'Is it there?' }] };
  const run = runOf(scene({ record: asked, facts: [fact], marks: [crash], effects: [effect('a', 1)], ops: undefined }));
  const page = html(run, judge(run, { intact: true }));
  const rows = page.match(/<tr.*<\/tr>/g) ?? [];
  const isOf = (file: string) => (one: string) =>
    one.includes(`>${file}</a></th>`) || one.includes(`>${file} is missing</span></th>`);
  const row = (file: string) => rows.find(isOf(file)) ?? 'none';
  expect(row('facts.ndjson')).toContain('what a check looked at');
  expect(row('facts.ndjson')).toContain('>fact:there</a>');
  expect(row('ops.ndjson')).toContain('ops.ndjson is missing');
  // The crash is in the journal, and the link leads there.
  const crashed = rows.find((one) => one.includes('id="finding--one--checker_3acrashes"'));
  expect(crashed).toContain('href="experiments/one/journal.ndjson"');
});

test('what befell the system between experiments is told at the top, and its link has a target', () => {
  const session = [{ at: 1, kind: 'crash' as const, name: 'backend', detail: { code: 1 } }];
  const run = { ...runOf(scene({ ops: [created('a')] })), session };
  const page = html(run, judge(run, { intact: true }));
  expect(page).toMatch(/<p class="worst">.*href="#(finding--_28run_29--checker_3acrashes)"/);
  expect(page).toContain('<li id="finding--_28run_29--checker_3acrashes">');
});

test('a comparison tells both windows and what chance could have made of it', async () => {
  const folder = join(import.meta.dirname, '../../evidence/slower-arm');
  const run = readRun(folder);
  const judgedRun = judge(run, await checkSeal(folder, []));
  const page = html(run, judgedRun);
  expect(page).toContain('latency.response · p50 · arm:on against arm:off');
  expect(page).toContain('>2.664 (2.26 to 3.72)</a>');
  // Arms are drawn, and a ratio is no line among times.
  expect(page).toContain('"kind":"arm","name":"on"');
  expect(page).not.toContain('promise 1.5 ms');
});

test('junit is well-formed XML with a suite per experiment and an error for what is unsure', () => {
  const xml = junit(judged());
  expect(tagsLeftOpen(xml)).toEqual([]);
  // eslint-disable-next-line no-control-regex -- XML forbids them
  expect(xml).not.toMatch(/[\u0000-\u0008\u000b-\u001f]/);
  expect(xml).toMatch(/<testsuites [^>]*failures="2" errors="2"/);
});

test('markdown keeps one row a claim and no HTML', () => {
  const text = markdown(hostile(), judged());
  expect(text).not.toContain('<script');
  const rows = text.split('\n').filter((line) => line.startsWith('| ') && !line.startsWith('| verdict'));
  for (const line of rows) expect(line.replace(/\\\|/g, '').match(/\|/g)).toHaveLength(7);
});

test('the terminal gets no control characters from outside', () => {
  expect(terminal(hostile(), judged())).not.toContain('\u001b');
  expect(terminal(hostile(), judged(), { colour: true })).toContain('\u001b[31m');
  expect(terminal(hostile(), judged(), { colour: true })).not.toContain('\u001b[2J');
});

test('programs get the verdict, the counts and every finding', () => {
  const verdict = JSON.parse(verdictJson(judged()));
  expect(verdict).toMatchObject({
    format: 1,
    verdict: 'fail',
    exitCode: 1,
    worst: { claim: 'checker:delivery' },
    sealDigest: 'abc',
  });
  expect(JSON.parse(findingsJson(judged()))).toHaveLength(
    Object.values(verdict.counts as Record<string, number>).reduce((a, b) => a + b, 0),
  );
});

test('judging a folder twice writes the same bytes, and the exit code says what it is', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'plumbline-judge-'));
  try {
    cpSync(join(import.meta.dirname, '../../evidence/lost'), folder, { recursive: true });
    const read = () => outputs.map(({ file }) => readFileSync(join(folder, file), 'utf8'));
    expect((await judgeFolder(folder)).exitCode).toBe(1);
    const first = read();
    await judgeFolder(folder);
    expect(read()).toEqual(first);
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
});

/** A pocket XML reader: every tag closed in its order, every attribute quoted, every ampersand an entity. */
function tagsLeftOpen(xml: string): string[] {
  const open: string[] = [];
  const rest = xml
    .replace(/<\?xml[^?]*\?>/, '')
    .replace(/<(\/?)([a-z]+)((?:\s+[a-z]+="[^"<]*")*)\s*(\/?)>/g, (_, closing, name, __, alone) => {
      if (closing) expect(open.pop()).toBe(name);
      else if (!alone) open.push(name);
      return '';
    });
  expect(rest).not.toMatch(/[<>]/);
  expect(xml).not.toMatch(/&(?!(amp|lt|gt|quot|#39);)/);
  return open;
}
