/** JUnit XML for CI: a suite per experiment, a case per claim. `unsure` is an error: red, but not "the system failed". */
import type { Finding } from '../evidence/records.ts';
import { type Judged, WHOLE_RUN } from '../verdict/judge.ts';
import { countsOf } from './json.ts';
import { forXml, measuredOf, promiseOf } from './words.ts';

export function junit(judged: Judged): string {
  const suites = [{ name: WHOLE_RUN, findings: judged.findings }, ...judged.experiments];
  const counts = countsOf(suites.flatMap((suite) => suite.findings));
  const total = counts.pass + counts.fail + counts.unsure + counts.skipped;
  return [
    '<?xml version="1.0" encoding="UTF-8"?>',
    `<testsuites name="${forXml(judged.run)}" tests="${total}" failures="${counts.fail}" errors="${counts.unsure}" skipped="${counts.skipped}">`,
    ...suites.flatMap(({ name, findings }) => suite(name, findings, name === WHOLE_RUN ? judged.sealDigest : undefined)),
    '</testsuites>',
    '',
  ].join('\n');
}

/** `seal`: so that the log of a CI keeps what the evidence was, wherever its folder goes. */
function suite(name: string, findings: readonly Finding[], seal?: string): string[] {
  const { fail, unsure, skipped } = countsOf(findings);
  const attributes = `tests="${findings.length}" failures="${fail}" errors="${unsure}" skipped="${skipped}"`;
  return [
    `  <testsuite name="${forXml(name)}" ${attributes}>`,
    ...(seal ? [`    <properties><property name="seal" value="${forXml(seal)}"/></properties>`] : []),
    ...findings.flatMap((finding) => testcase(name, finding)),
    '  </testsuite>',
  ];
}

function testcase(suiteName: string, finding: Finding): string[] {
  const opening = `    <testcase classname="${forXml(suiteName)}" name="${forXml(`${finding.claim}: ${finding.asks}`)}"`;
  if (finding.verdict === 'pass') return [`${opening}/>`];
  const element = { fail: 'failure', unsure: 'error', skipped: 'skipped' }[finding.verdict];
  const detail = [
    `promised ${promiseOf(finding) || '(no number)'}, measured ${measuredOf(finding)}, n = ${finding.samples}`,
    ...finding.examples,
  ];
  const type = finding.verdict === 'skipped' ? '' : ` type="${finding.verdict}"`;
  return [
    `${opening}>`,
    `      <${element} message="${forXml(finding.because)}"${type}>${forXml(detail.join('\n'))}</${element}>`,
    '    </testcase>',
  ];
}
