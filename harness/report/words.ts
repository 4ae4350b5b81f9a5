/** How verdicts, numbers and foreign text are written, the same in every report. */
import type { Finding } from '../evidence/records.ts';
import { forHtml } from '../for-html.ts';
import { unitFor } from '../verdict/judgement.ts';
import type { RequirementRow } from '../verdict/requirements.ts';

export type Shown = RequirementRow['verdict'];

/** A shape and a word beside the colour: neither colour-blind readers nor a printer lose anything. */
export const GLYPHS: Readonly<Record<Shown, string>> = {
  pass: '✓',
  fail: '✕',
  unsure: '?',
  skipped: '–',
  partly: '◐',
  'not run': '·',
  'by tests': '○',
  unproved: '□',
};

/** `42 of 61 requirements shown by this run, 9 partly`: what is shown in part is never counted as shown. */
export function shownInWords(rows: readonly RequirementRow[]): string {
  const count = (verdict: Shown) => rows.filter((row) => row.verdict === verdict).length;
  return `${count('pass')} of ${rows.length} requirements shown by this run, ${count('partly')} partly`;
}

/** XML 1.0 forbids most control characters and lone surrogates even as references. */
export const forXml = (text: unknown): string =>
  forHtml(
    String(text)
      .toWellFormed()
      .replace(/[\p{Cc}\ufffe\uffff]/gu, (c) => ('\t\n\r'.includes(c) ? c : '\ufffd')),
  );

/** One table cell: no new row, no new column, no HTML, no link or emphasis by accident. */
export const forMarkdown = (text: unknown): string =>
  forHtml(text)
    .replace(/[\\`*_[\]|~]/g, (c) => `\\${c}`)
    .replace(/\s+/g, ' ');

/** Text without the control characters that could move a terminal's cursor or colour its lines. */
export const forTerminal = (text: unknown): string => String(text).replace(/\p{Cc}+/gu, ' ');

/** The same finding has the same anchor in every run, so that links between reports keep working. */
export const anchorOf = (finding: Pick<Finding, 'experiment' | 'claim'>): string =>
  `finding--${slug(finding.experiment)}--${slug(finding.claim)}`;
export const anchorOfExperiment = (name: string): string => `experiment--${slug(name)}`;

/** Letters that are not plain become their code, so that two names never share an anchor. */
const slug = (text: string): string => text.replace(/[^a-zA-Z0-9-]/g, (c) => `_${c.codePointAt(0)?.toString(16)}`);

/** `< 50 ms`, `== 0 events`; empty where a claim has no number. */
export const promiseOf = (finding: Finding): string =>
  finding.expected === null
    ? ''
    : `${SIGNS[finding.comparison] ?? finding.comparison} ${numberOf(finding.expected)}${unitOf(finding, finding.expected)}`;

export const measuredOf = (finding: Finding): string => {
  if (finding.actual !== null) return `${numberOf(finding.actual)}${unitOf(finding, finding.actual)}${rangeOf(finding)}`;
  return finding.verdict === 'fail' && finding.expected !== null ? 'beyond any limit' : 'unknown';
};

/** ` (0.98 to 1.12)`: what chance could have made of it. */
const rangeOf = ({ between }: Finding): string =>
  between === undefined
    ? ''
    : ` (${between.map((end) => (end === null ? 'beyond any limit' : numberOf(Number(end.toPrecision(3))))).join(' to ')})`;

/** Three digits after the point at most, and never a rounded-away small number. */
export const numberOf = (value: number): string =>
  value !== 0 && Math.abs(value) < 0.001 ? value.toPrecision(2) : value.toLocaleString('en-US', { maximumFractionDigits: 3 });

const unitOf = ({ unit }: Finding, value: number): string => (NO_WORD.has(unit) ? '' : ` ${unitFor(value, unit)}`);
/** Units that say nothing a reader of the column does not know. */
const NO_WORD = new Set(['', 'ratio', 'share', 'count']);
const SIGNS: Readonly<Record<string, string>> = { '<=': '≤', '>=': '≥', '==': '=', '<': '<', '>': '>' };
