/** What was broken on purpose was mended, and somebody looked: every fault-in has its fault-out and its `healed`. */
import type { Mark } from '../evidence/records.ts';
import type { ExperimentEvidence } from '../evidence/run-folder.ts';
import { counted, type Judgement, noneOf, skipped, unsure } from './judgement.ts';
import { markAt } from './windows.ts';

/** Of a part that was started again and did not answer as it should, in its time. Any other error is the control's own. */
const notReady = /^[A-Z]+(_[A-Z]+)*_NOT_READY\b/;

export function healed(evidence: ExperimentEvidence): Judgement {
  const planned = evidence.record?.faults ?? [];
  const marks = evidence.marks;
  if (marks === undefined) return unsure('journal.ndjson is missing, so nobody knows which faults went in or out');
  const injected = marks.filter((mark) => mark.kind === 'fault-in');
  const never = planned
    .filter(({ name }) => !injected.some((mark) => mark.name === name))
    .map(({ name }) => neverIn(name, marks));
  if (injected.length === 0) return never.length === 0 ? skipped('no fault was planned') : unsure(never.join('; '));
  const over = askedUntil(marks);
  const wrong: string[] = [];
  const unknown: string[] = [];
  for (const [name, faults] of Map.groupBy(injected, (mark) => mark.name)) {
    for (const [index, fault] of faults.entries()) {
      // A fault that goes in again closes the time its earlier self had for healing.
      const until = faults[index + 1]?.at ?? Number.POSITIVE_INFINITY;
      const after = marks.filter((mark) => mark.name === name && mark.at >= fault.at && mark.at < until);
      const of = (kind: Mark['kind']) => after.find((mark) => mark.kind === kind);
      const [notIn, notHealed] = [of('not-injected'), of('not-healed')];
      if (notIn) unknown.push(`${name} could not be injected: ${causeOf(notIn)}`);
      else if (notHealed && notReady.test(causeOf(notHealed))) wrong.push(`${name} did not come back: ${causeOf(notHealed)}`);
      else if (notHealed) unknown.push(`${name} could not be healed: ${causeOf(notHealed)}`);
      else if (!of('fault-out')) wrong.push(`${name} went in and was never taken out`);
      else if (!of('healed')) wrong.push(`${name} was taken out, but its healing was never verified`);
      else if (fault.at >= over) unknown.push(`${name} went in when nobody asked anything any more`);
    }
  }
  const found = { wrong: wrong.length, checked: injected.length, unit: 'faults', examples: [...wrong, ...unknown] };
  if (wrong.length > 0) return noneOf('fail', { ...found, because: wrong.join('; ') });
  const because = [...unknown, ...never].join('; ');
  if (because !== '') return noneOf('unsure', { ...found, because });
  return noneOf('pass', {
    ...found,
    because: `${counted(injected.length, 'fault')} went in, came out, and the healing was verified`,
  });
}

/** When the workload's last question was asked; a fault after that met nobody. */
export const askedUntil = (marks: readonly Mark[]): number =>
  markAt(marks, 'measured-end') ?? markAt(marks, 'workload-end') ?? Number.POSITIVE_INFINITY;

function neverIn(name: string, marks: readonly Mark[]): string {
  const told = marks.find((mark) => mark.kind === 'not-injected' && mark.name === name);
  return `${name} never went in${told ? `: ${causeOf(told)}` : ''}`;
}

const causeOf = ({ detail }: Mark): string => String(detail?.['error'] ?? 'nobody said why');
