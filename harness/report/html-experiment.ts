/** One experiment: its question, its objectives as a table, its plots, and the invariants with their counter-examples. */
import type { Finding, Slo } from '../evidence/records.ts';
import type { ExperimentEvidence } from '../evidence/run-folder.ts';
import type { Judged } from '../verdict/judge.ts';
import { badge, counterExamples, evidenceLink, scrolling } from './html-parts.ts';
import type { Series } from './series.ts';
import { forHtml } from '../for-html.ts';
import { anchorOf, anchorOfExperiment, evidenceFileOf, measuredOf, numberOf, promiseOf } from './words.ts';

export function experimentSection(
  evidence: ExperimentEvidence,
  judged: Judged,
  index: number,
  series: Series | undefined,
): string {
  const experiment = judged.experiments[index];
  if (!experiment) return '';
  const { record } = evidence;
  const anchor = anchorOfExperiment(evidence.name);
  const sloOf = (finding: Finding) => record?.slos.find((slo) => `slo:${slo.name}` === finding.claim);
  const objectives = experiment.findings.filter((finding) => finding.claim.startsWith('slo:'));
  const others = experiment.findings.filter((finding) => !finding.claim.startsWith('slo:'));
  const faults = (record?.faults ?? []).map(
    (fault) => `${fault.name}, ${numberOf(fault.forMs / 1_000)} s${fault.tolerated ? ', tolerated' : ''}`,
  );
  return `<section class="experiment" aria-labelledby="${anchor}">
<h2 id="${anchor}"><a class="self" href="#${anchor}">${forHtml(evidence.name)}</a> ${badge(experiment.verdict)}</h2>
<p class="question">${forHtml(record?.asks ?? 'It left no record of what it asked.')}</p>
<p class="terms">${[
    record?.kind,
    record?.workload,
    faults.length > 0 && `faults: ${faults.join('; ')}`,
    record && record.proves.length > 0 && `for ${record.proves.join(', ')}`,
  ]
    .filter(Boolean)
    .map(forHtml)
    .join(' <span aria-hidden="true">·</span> ')}</p>
${objectives.length === 0 ? '' : claimTable('Objectives', 'The objective, what was promised and what was measured', objectives, evidence, sloOf)}
${others.length === 0 ? '' : claimTable('Invariants, sightings and validity', 'What must always hold, what must have been seen, and whether the experiment itself was sound', others, evidence, () => undefined)}
${series ? figures(series, index, evidence) : '<p class="note">It left no operation and no mark, so there is nothing to plot.</p>'}
<p class="evidence">Evidence: ${evidenceFiles(evidence)}</p>
</section>`;
}

function claimTable(
  title: string,
  caption: string,
  findings: readonly Finding[],
  evidence: ExperimentEvidence,
  sloOf: (finding: Finding) => Slo | undefined,
): string {
  const rows = findings.map((finding) => {
    const slo = sloOf(finding);
    const scope = slo
      ? `<br><small>${forHtml([slo.metric, slo.stat, slo.op && `of ${slo.op}`, windowsOf(slo)].filter(Boolean).join(' · '))}</small>`
      : '';
    const measured =
      finding.expected === null
        ? '–'
        : evidenceLink(evidence.folder, presentFile(evidence, evidenceFileOf(finding, slo?.metric)), measuredOf(finding));
    return `<tr id="${anchorOf(finding)}" class="${finding.verdict}"><th scope="row"><a class="self" href="#${anchorOf(finding)}">${forHtml(finding.claim.replace(/^slo:/, ''))}</a><br><span class="asks">${forHtml(finding.asks)}</span>${scope}</th><td class="number" data-label="promised">${forHtml(promiseOf(finding)) || '–'}</td><td class="number" data-label="measured">${measured}</td><td class="number" data-label="n">${numberOf(finding.samples)}</td><td>${badge(finding.verdict)}</td><td class="because">${forHtml(finding.because)}${counterExamples(finding)}</td></tr>`;
  });
  const heads = ['Claim', 'Promised', 'Measured', 'n', 'Verdict', 'Because'];
  return `<h3>${title}</h3>
${scrolling(
  `${title} of ${evidence.name}`,
  `<table class="claims"><caption>${caption}</caption><thead><tr>${heads.map((head, at) => `<th scope="col"${at >= 1 && at <= 3 ? ' class="number"' : ''}>${head}</th>`).join('')}</tr></thead><tbody>${rows.join('\n')}</tbody></table>`,
)}`;
}

const windowsOf = ({ window, against }: Slo): string =>
  against === undefined ? `${window} window` : `${window} against ${against}`;

/** Each plot says in words what it shows: for whoever can not see it, and for a page whose script did not run. */
function figures(series: Series, index: number, evidence: ExperimentEvidence): string {
  const bands = series.bands.map((band) => `${band.name} from second ${numberOf(band.fromS)} to ${numberOf(band.toS)}`);
  const shaded = bands.length > 0 ? ` Shaded: ${bands.join('; ')}.` : '';
  const figure = (kind: string, title: string, words: string, file: string) =>
    `<figure class="${kind}"><h3>${title}</h3><div class="plot" data-plot="${kind}" data-experiment="${index}" role="img" aria-label="${forHtml(`${title}. ${words}`)}"></div><figcaption>${forHtml(words)} ${evidenceLink(evidence.folder, file, file)}</figcaption></figure>`;
  const failed = (evidence.ops ?? []).filter((op) => op.type !== 'ok').length;
  const peak = (line: readonly (number | null)[]) => line.reduce<number>((most, value) => Math.max(most, value ?? 0), 0);
  const out: string[] = [];
  if (series.latency) {
    const { slowest, x } = series.latency;
    const worst = peak(slowest);
    const when = x[slowest.indexOf(worst)] ?? 0;
    const each = series.bucketS === 1 ? 'second' : `${series.bucketS} seconds`;
    out.push(
      figure(
        'latency',
        'Response time over time',
        `The slowest answer took ${numberOf(worst)} ms, around second ${numberOf(when)}; ${failed} of ${evidence.ops?.length ?? 0} requests failed or went unanswered. One dot is one request, from the moment it was due; a cross failed. Lines are per ${each}, a percentile only where ten samples lie beyond it.${shaded}`,
        'ops.ndjson',
      ),
    );
  }
  if (series.flow) {
    const effects = series.flow.effects
      ? ` and up to ${numberOf(peak(series.flow.effects))} effects`
      : '; effects were not collected';
    out.push(
      figure(
        'flow',
        'Answers and effects a second',
        `Up to ${numberOf(peak(series.flow.answered))} answers a second${effects}.${shaded}`,
        'effects.ndjson',
      ),
    );
  }
  if (series.spread.length > 0) {
    const of = series.spread.map((one) => `${one.name} up to ${numberOf(one.points.at(-1)?.[1] ?? 0)} ms`);
    out.push(
      figure(
        'spread',
        'Distribution of latency',
        `By percentile, each step to the right ten times rarer; warm-up left out: ${of.join(', ')}.${failed > 0 ? ' Where a line ends early, the rest failed or never answered.' : ''}`,
        'ops.ndjson',
      ),
    );
  }
  if (series.backlog)
    out.push(
      figure(
        'backlog',
        'Events waiting in the outbox',
        `At most ${numberOf(peak(series.backlog.unsent))} waited, ${numberOf(series.backlog.unsent.at(-1) ?? 0)} at the end.${shaded}`,
        'samples.ndjson',
      ),
    );
  return `<div class="figures">${out.join('\n')}</div>`;
}

const FILES = {
  ops: 'ops.ndjson',
  marks: 'journal.ndjson',
  samples: 'samples.ndjson',
  outbox: 'outbox.ndjson',
  effects: 'effects.ndjson',
  records: 'records.ndjson',
} as const;

function evidenceFiles(evidence: ExperimentEvidence): string {
  return Object.entries(FILES)
    .map(([key, file]) => {
      const rows = evidence[key as keyof typeof FILES];
      return rows
        ? `${evidenceLink(evidence.folder, file, file)} <small>${rows.length.toLocaleString('en-US')} lines</small>`
        : `<span class="absent">${file} is missing</span>`;
    })
    .join(', ');
}

/** A link to a file that was never written helps nobody: the folder then. */
function presentFile(evidence: ExperimentEvidence, file: string): string {
  const key = Object.entries(FILES).find(([, name]) => name === file)?.[0] as keyof typeof FILES | undefined;
  return key && !evidence[key] ? '' : file;
}
