/**
 * The page for a reviewer: one file, no request to anywhere, the verdict first and the way to check it after. The page's
 * own style and script live beside this file; plots are uPlot, inlined.
 */
import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { join } from 'node:path';
import { stagingInWords } from '../evidence/in-words.ts';
import type { Manifest } from '../evidence/records.ts';
import type { Run } from '../evidence/run-folder.ts';
import { type Judged, repeatLine } from '../verdict/judge.ts';
import { experimentSection } from './html-experiment.ts';
import { overview } from './html-overview.ts';
import { badge, findingLink } from './html-parts.ts';
import { requirementSection } from './html-requirements.ts';
import { countsOf, findingsOf } from './json.ts';
import { allowanceFor, seriesOf } from './series.ts';
import { forHtml } from '../for-html.ts';
import { paper } from '../paper.ts';
import { GLYPHS } from './words.ts';

const HEADLINES = {
  pass: 'It kept its promises',
  fail: 'It broke a promise',
  unsure: 'It can not be decided',
  skipped: 'Nothing was judged',
};

/** `beside`: the other outputs, in the same folder. */
export function html(run: Run, judged: Judged, beside: readonly string[] = []): string {
  const allowance = allowanceFor(Math.max(1, run.experiments.length));
  const plots = run.experiments.map((evidence) => seriesOf(evidence, allowance) ?? null);
  const uplot = join(createRequire(import.meta.url).resolve('uplot'), '..', 'uPlot');
  const script = [readFileSync(`${uplot}.iife.min.js`, 'utf8'), readFileSync(join(import.meta.dirname, 'page.js'), 'utf8')].join(
    '\n',
  );
  const own = readFileSync(join(import.meta.dirname, 'page.css'), 'utf8');
  const style = [readFileSync(`${uplot}.min.css`, 'utf8'), paper(), own].join('\n');
  // Only this very script may run: text from a hostile task title can not, even if it slipped through unescaped.
  const digest = createHash('sha256').update(script).digest('base64');
  const policy = `default-src 'none'; style-src 'unsafe-inline'; img-src data:; script-src 'sha256-${digest}'`;
  return `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta http-equiv="Content-Security-Policy" content="${policy}">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark">
<title>${GLYPHS[judged.verdict]} ${forHtml(judged.run)}: ${judged.verdict} · Plumbline</title>
<link rel="icon" href="data:,">
<style>${style}</style>
</head>
<body>
<a class="skip" href="#experiments">Skip to the experiments</a>
${header(run, judged)}
<main>
${overview(run, judged)}
${run.experiments.map((evidence, index) => experimentSection(evidence, judged, index, plots[index] ?? undefined)).join('\n')}
${requirementSection(judged)}
${provenance(run, judged, beside)}
</main>
<script type="application/json" id="plots">${forScript(plots)}</script>
<script>${script}</script>
</body>
</html>
`;
}

function header(run: Run, judged: Judged): string {
  const counts = countsOf(findingsOf(judged));
  const fate = judged.verdict === 'fail' ? 'Worst offender' : 'First in doubt';
  const worst = judged.worst
    ? `<p class="worst">${fate}: “${forHtml(judged.worst.asks)}” (${findingLink(judged.worst)})</p>`
    : '';
  const tally = (['pass', 'fail', 'unsure', 'skipped'] as const).map((v) => `<li>${badge(v)} <b>${counts[v]}</b></li>`).join('');
  const started = run.manifest?.startedAt;
  const when = started === undefined ? '' : ` · <time datetime="${forHtml(started)}">${forHtml(dateOf(started))}</time>`;
  return `<header class="top ${judged.verdict}">
<p class="eyebrow">Plumbline · run ${forHtml(judged.run)}${when}</p>
<h1><span class="glyph" aria-hidden="true">${GLYPHS[judged.verdict]}</span> ${HEADLINES[judged.verdict]}<span class="verdict-word">: ${judged.verdict}</span></h1>
<p class="lead">${forHtml(judged.because)}</p>
${worst}
<ul class="tally" aria-label="Claims by verdict">${tally}</ul>
</header>`;
}

function provenance(run: Run, judged: Judged, beside: readonly string[]): string {
  const { manifest } = run;
  const listed = (of: Readonly<Record<string, unknown>>) =>
    Object.entries(of)
      .map(([name, value]) => `${name} ${value}`)
      .join('; ');
  const tools = Object.entries(manifest?.tools ?? {}).map(
    ([name, tool]) => `${name} ${tool.version} (${[tool.from, tool.flavour].filter(Boolean).join(', ')})`,
  );
  const rows: [string, string][] = manifest
    ? [
        ['Commit', `${manifest.commit}${changesInWords(manifest)}`],
        ['Harness', harnessInWords(manifest)],
        ['Made from', digestsInWords(manifest.inputs)],
        ['Seed', String(manifest.seed)],
        ['Target', manifest.target],
        ['Staging', stagingInWords(run.session) ?? ''],
        ['Started', manifest.startedAt],
        ['Tools', tools.join('; ')],
        ['Machine', listed(manifest.machine)],
        ['Settings', listed(manifest.settings)],
      ]
    : [['Manifest', 'missing']];
  const terms = [...rows, ['Seal', judged.sealDigest ?? 'none'] as const].map(
    ([name, value]) => `<div><dt>${name}</dt><dd>${forHtml(value || 'not recorded')}</dd></div>`,
  );
  const file = (name: string) => `<a href="${name}">${name}</a>`;
  return `<section aria-labelledby="provenance"><h2 id="provenance">Where it comes from, and how to repeat it</h2>
<p>The line that repeats this run:</p>
<pre tabindex="0"><code>${forHtml(repeatLine(manifest))}</code></pre>
<p>The line that judges the same evidence again:</p>
<pre tabindex="0"><code>npx plumbline judge reports/${forHtml(judged.run)}</code></pre>
<dl>${terms.join('')}</dl>
<p>For programs: ${[...beside, 'manifest.json', 'sealed.json'].map(file).join(', ')}.</p></section>`;
}

const changesInWords = ({ dirty, diffSha256 }: Partial<Pick<Manifest, 'dirty' | 'diffSha256'>>): string =>
  dirty ? ` with uncommitted changes${diffSha256 === undefined ? '' : ` (sha256 ${diffSha256})`}` : '';

const harnessInWords = ({ harness }: Manifest): string =>
  harness === undefined
    ? ''
    : `${harness.version}${harness.commit === undefined ? '' : `, commit ${harness.commit}`}${changesInWords(harness)}`;

/** Enough of each to tell two apart; manifest.json has all of it. */
const digestsInWords = (inputs: Manifest['inputs'] = {}): string =>
  Object.entries(inputs)
    .map(([file, digest]) => `${file} ${digest.slice(0, 12)}`)
    .join('; ');

const dateOf = (iso: string): string => iso.replace('T', ' ').replace(/(:\d\d)\.\d+Z$/, '$1 UTC');

/** JSON inside a script element ends where the parser sees a tag, whatever JSON thinks. */
const forScript = (value: unknown): string =>
  JSON.stringify(value)
    .replace(/</g, '\\u003c')
    .replace(/\u2028|\u2029/g, ' ');
