/** The plots of an experiment. Each says in words what it shows: for whoever can not see it, and for a page whose script did not run. */
import { type EvidenceKind, evidenceFiles } from '../evidence/files.ts';
import type { ExperimentEvidence } from '../evidence/run-folder.ts';
import { forHtml } from '../for-html.ts';
import { evidenceLink } from './html-parts.ts';
import type { Series } from './series.ts';
import { numberOf } from './words.ts';

interface Figure {
  readonly kind: 'latency' | 'flow' | 'spread' | 'backlog';
  readonly title: string;
  readonly words: readonly string[];
  /** Where its numbers come from. */
  readonly from: EvidenceKind;
}

/** `index`: of the experiment in the page; the plots' script finds its numbers by it. */
export function figures(series: Series, index: number, evidence: ExperimentEvidence): string {
  const all = [latency(series, evidence), flow(series), spread(series, evidence), backlog(series)];
  const drawn = all.flatMap((figure) => (figure ? [rendered(figure, index, evidence)] : []));
  return `<div class="figures">${drawn.join('\n')}</div>`;
}

function rendered({ kind, title, words, from }: Figure, index: number, evidence: ExperimentEvidence): string {
  const text = words.filter(Boolean).join(' ');
  const file = evidenceFiles[from].name;
  return [
    `<figure class="${kind}"><h3>${title}</h3>`,
    `<div class="plot" data-plot="${kind}" data-experiment="${index}" role="img" aria-label="${forHtml(`${title}. ${text}`)}"></div>`,
    `<figcaption>${forHtml(text)} ${evidenceLink(`${evidence.folder}/${file}`, file)}</figcaption></figure>`,
  ].join('');
}

function latency({ latency: drawn, bucketS, bands }: Series, evidence: ExperimentEvidence): Figure | undefined {
  if (!drawn) return undefined;
  const worst = peak(drawn.slowest);
  const when = drawn.x[drawn.slowest.indexOf(worst)] ?? 0;
  const each = bucketS === 1 ? 'second' : `${bucketS} seconds`;
  return {
    kind: 'latency',
    title: 'Response time over time',
    from: 'ops',
    words: [
      `The slowest answer took ${numberOf(worst)} ms, around second ${numberOf(when)};`,
      `${failedIn(evidence)} of ${evidence.ops?.length ?? 0} requests failed or went unanswered.`,
      'One dot is one request, from the moment it was due; a cross failed.',
      `Lines are per ${each}, a percentile only where ten samples lie beyond it.`,
      shadedIn(bands),
    ],
  };
}

function flow({ flow: drawn, bands }: Series): Figure | undefined {
  if (!drawn) return undefined;
  const effects = drawn.effects ? ` and up to ${numberOf(peak(drawn.effects))} effects` : '; effects were not collected';
  return {
    kind: 'flow',
    title: 'Answers and effects a second',
    from: 'effects',
    words: [`Up to ${numberOf(peak(drawn.answered))} answers a second${effects}.`, shadedIn(bands)],
  };
}

function spread({ spread: drawn }: Series, evidence: ExperimentEvidence): Figure | undefined {
  if (drawn.length === 0) return undefined;
  const ends = drawn.map((one) => `${one.name} up to ${numberOf(one.points.at(-1)?.[1] ?? 0)} ms`);
  return {
    kind: 'spread',
    title: 'Distribution of latency',
    from: 'ops',
    words: [
      `By percentile, each step to the right ten times rarer; warm-up left out: ${ends.join(', ')}.`,
      failedIn(evidence) > 0 ? 'Where a line ends early, the rest failed or never answered.' : '',
    ],
  };
}

function backlog({ backlog: drawn, bands }: Series): Figure | undefined {
  if (!drawn) return undefined;
  const left = numberOf(drawn.unsent.at(-1) ?? 0);
  return {
    kind: 'backlog',
    title: 'Events waiting in the outbox',
    from: 'samples',
    words: [`At most ${numberOf(peak(drawn.unsent))} waited, ${left} at the end.`, shadedIn(bands)],
  };
}

function shadedIn(bands: Series['bands']): string {
  const named = bands.map((band) => `${band.name} from second ${numberOf(band.fromS)} to ${numberOf(band.toS)}`);
  return named.length > 0 ? `Shaded: ${named.join('; ')}.` : '';
}

const failedIn = ({ ops = [] }: ExperimentEvidence): number => ops.filter((op) => op.type !== 'ok').length;
const peak = (line: readonly (number | null)[]): number => line.reduce<number>((most, value) => Math.max(most, value ?? 0), 0);
