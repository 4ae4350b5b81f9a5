/**
 * The page for a reviewer: one file, no request to anywhere, the verdict first and the way to check it after. The page's
 * own style and script live beside this file; plots are uPlot, inlined.
 */
import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { join } from 'node:path';
import type { Finding } from '../evidence/records.ts';
import type { Run } from '../evidence/run-folder.ts';
import { type Judged, repeatLine, WHOLE_RUN } from '../verdict/judge.ts';
import { experimentSection } from './html-experiment.ts';
import { badge, findingLink, scrolling } from './html-parts.ts';
import { requirementSection } from './html-requirements.ts';
import { countsOf, findingsOf } from './json.ts';
import { allowanceFor, seriesOf } from './series.ts';
import { forHtml } from '../for-html.ts';
import { paper } from '../paper.ts';
import { anchorOf, anchorOfExperiment, GLYPHS } from './words.ts';

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
  const policy = `default-src 'none'; style-src 'unsafe-inline'; img-src data:; script-src 'sha256-${createHash('sha256').update(script).digest('base64')}'`;
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
  return `<header class="top ${judged.verdict}">
<p class="eyebrow">Plumbline · run ${forHtml(judged.run)}${run.manifest ? ` · <time datetime="${forHtml(run.manifest.startedAt)}">${forHtml(dateOf(run.manifest.startedAt))}</time>` : ''}</p>
<h1><span class="glyph" aria-hidden="true">${GLYPHS[judged.verdict]}</span> ${HEADLINES[judged.verdict]}<span class="verdict-word">: ${judged.verdict}</span></h1>
<p class="lead">${forHtml(judged.because)}</p>
${worst}
<ul class="tally" aria-label="Claims by verdict">${tally}</ul>
</header>`;
}

/** Contents and validity in one: may the numbers be trusted, and where is each experiment. */
function overview(run: Run, judged: Judged): string {
  const validity = findingsOf(judged).filter(
    (finding) => finding.claim === 'seal' || finding.claim.startsWith('validity:') || finding.claim.startsWith('requirement:'),
  );
  const strip = validity
    .map((finding) => {
      const own = finding.experiment === WHOLE_RUN || finding.claim.startsWith('requirement:');
      const name = finding.experiment === WHOLE_RUN ? forHtml(finding.claim) : findingLabel(finding);
      return `<li${own ? ` id="${anchorOf(finding)}"` : ''}>${badge(finding.verdict)} ${own ? `<b>${name}</b>` : findingLink(finding)}<span class="why">${forHtml(finding.because)}</span></li>`;
    })
    .join('\n');
  const rows = judged.experiments.map((experiment, index) => {
    const counts = countsOf(experiment.findings);
    const bad = experiment.findings.filter((finding) => finding.verdict === 'fail' || finding.verdict === 'unsure');
    const record = run.experiments[index]?.record;
    const open =
      bad.length === 0
        ? ''
        : `<br><small>${bad
            .slice(0, 4)
            .map((finding) => findingLink(finding, finding.claim))
            .join(', ')}${bad.length > 4 ? ` and ${bad.length - 4} more` : ''}</small>`;
    return `<tr><th scope="row"><a href="#${anchorOfExperiment(experiment.name)}">${forHtml(experiment.name)}</a></th><td>${badge(experiment.verdict)}</td><td>${forHtml(record?.kind ?? '')}</td><td>${forHtml(record?.asks ?? 'No record of what it asked.')}${open}</td><td class="number">${counts.pass} of ${experiment.findings.length - counts.skipped}</td></tr>`;
  });
  return `<section aria-labelledby="validity"><h2 id="validity">Can it be trusted?</h2>
<ul class="strip">${strip}</ul></section>
<section aria-labelledby="experiments"><h2 id="experiments">Experiments</h2>
${scrolling(
  'Experiments and their verdicts',
  `<table><caption>What was asked, and how many claims held</caption><thead><tr><th scope="col">Experiment</th><th scope="col">Verdict</th><th scope="col">Kind</th><th scope="col">Question</th><th scope="col" class="number">Held</th></tr></thead><tbody>${rows.join('\n')}</tbody></table>`,
)}</section>`;
}

function provenance(run: Run, judged: Judged, beside: readonly string[]): string {
  const { manifest } = run;
  const rows: [string, string][] = manifest
    ? [
        ['Commit', `${manifest.commit}${manifest.dirty ? ' with uncommitted changes' : ''}`],
        ['Seed', String(manifest.seed)],
        ['Target', manifest.target],
        ['Started', manifest.startedAt],
        [
          'Tools',
          Object.entries(manifest.tools)
            .map(([name, tool]) => `${name} ${tool.version} (${[tool.from, tool.flavour].filter(Boolean).join(', ')})`)
            .join('; '),
        ],
        [
          'Machine',
          Object.entries(manifest.machine)
            .map(([name, value]) => `${name} ${value}`)
            .join('; '),
        ],
        [
          'Settings',
          Object.entries(manifest.settings)
            .map(([name, value]) => `${name} ${value}`)
            .join('; '),
        ],
      ]
    : [['Manifest', 'missing']];
  const seal: [string, string] = ['Seal', judged.sealDigest ?? 'none'];
  const file = (name: string) => `<a href="${name}">${name}</a>`;
  return `<section aria-labelledby="provenance"><h2 id="provenance">Where it comes from, and how to repeat it</h2>
<p>The line that repeats this run:</p>
<pre tabindex="0"><code>${forHtml(repeatLine(manifest))}</code></pre>
<p>The line that judges the same evidence again:</p>
<pre tabindex="0"><code>npx plumbline judge reports/${forHtml(run.name)}</code></pre>
<dl>${[...rows, seal].map(([name, value]) => `<div><dt>${name}</dt><dd>${forHtml(value || 'not recorded')}</dd></div>`).join('')}</dl>
<p>For programs: ${[...beside, 'manifest.json', 'sealed.json'].map(file).join(', ')}.</p></section>`;
}

const findingLabel = (finding: Finding): string => forHtml(`${finding.experiment}: ${finding.claim}`);
const dateOf = (iso: string): string => iso.replace('T', ' ').replace(/(:\d\d)\.\d+Z$/, '$1 UTC');

/** JSON inside a script element ends where the parser sees a tag, whatever JSON thinks. */
const forScript = (value: unknown): string =>
  JSON.stringify(value)
    .replace(/</g, '\\u003c')
    .replace(/\u2028|\u2029/g, ' ');
