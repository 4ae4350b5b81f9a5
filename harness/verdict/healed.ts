/** What was broken on purpose was mended, and somebody looked: every fault-in has its fault-out and its `healed`. */
import type { ExperimentEvidence } from '../evidence/run-folder.ts';
import { counted, type Judgement, noneOf, skipped, unsure } from './judgement.ts';

export function healed(evidence: ExperimentEvidence): Judgement {
  const planned = evidence.record?.faults ?? [];
  const marks = evidence.marks;
  if (marks === undefined) return unsure('journal.ndjson is missing, so nobody knows which faults went in or out');
  const injected = marks.filter((mark) => mark.kind === 'fault-in');
  if (injected.length === 0) {
    return planned.length === 0
      ? skipped('no fault was planned')
      : unsure(`${planned.map((fault) => fault.name).join(', ')} never went in`);
  }
  const wrong: string[] = [];
  for (const [name, faults] of Map.groupBy(injected, (mark) => mark.name)) {
    for (const [index, fault] of faults.entries()) {
      // A fault that goes in again closes the time its earlier self had for healing.
      const until = faults[index + 1]?.at ?? Number.POSITIVE_INFINITY;
      const after = marks.filter((mark) => mark.name === name && mark.at >= fault.at && mark.at < until);
      if (!after.some((mark) => mark.kind === 'fault-out')) wrong.push(`${name} went in and was never taken out`);
      else if (!after.some((mark) => mark.kind === 'healed'))
        wrong.push(`${name} was taken out, but its healing was never verified`);
    }
  }
  const found = { wrong: wrong.length, checked: injected.length, unit: 'faults', examples: wrong };
  const never = planned.filter((fault) => !injected.some((mark) => mark.name === fault.name)).map((fault) => fault.name);
  if (wrong.length > 0) return noneOf('fail', { ...found, because: wrong.join('; ') });
  if (never.length > 0) return noneOf('unsure', { ...found, because: `${never.join(', ')} never went in` });
  return noneOf('pass', {
    ...found,
    because: `${counted(injected.length, 'fault')} went in, came out, and the healing was verified`,
  });
}
