/**
 * A closed world: whatever the system made in the time of an experiment was asked for, went where it had to go, and was applied where
 * it had to be; and nothing else is there. Asked of every experiment, whatever else it asks.
 */
import type { ExperimentEvidence } from '../evidence/run-folder.ts';
import { ofAnotherSystem } from './delivery.ts';
import { counted, type Judgement, noneOf, unsure } from './judgement.ts';
import { applied } from './world/applied.ts';
import { asked } from './world/asked.ts';
import { knownOf } from './world/known.ts';
import { published } from './world/published.ts';

export const WORLD_ASKS = 'Nothing was made, published or applied but what was asked for, and that once.';

export function world(evidence: ExperimentEvidence): Judgement {
  if (evidence.system === undefined) return unsure('system.json is missing, so nobody knows who should make and apply what');
  const stranger = ofAnotherSystem(evidence);
  if (stranger) return unsure(stranger);
  const known = knownOf(evidence);
  const parts = [asked(evidence, known), published(evidence, known), applied(evidence, known)];
  const wrong = parts.flatMap((part) => part.wrong);
  const undecided = parts.flatMap((part) => part.undecided);
  const sum = (name: 'checked' | 'repeated' | 'tooLate') => parts.reduce((total, part) => total + part[name], 0);
  const found = { wrong: wrong.length, checked: sum('checked'), unit: 'things', examples: [...wrong, ...undecided] };
  if (wrong.length > 0) {
    const what = wrong.length === 1 ? 'thing that should not be' : 'things that should not be';
    return noneOf('fail', { ...found, because: `${wrong.length.toLocaleString('en-US')} ${what}, first: ${wrong[0]}` });
  }
  if (undecided.length > 0)
    return noneOf('unsure', { ...found, because: `${counted(undecided.length, 'open question')}, first: ${undecided[0]}` });
  const { outbox = [], records = [], effects = [] } = evidence;
  const told = [
    ...(sum('repeated') > 0 ? [`${counted(sum('repeated'), 'record')} came again, as they may`] : []),
    ...(sum('tooLate') > 0 ? [`${sum('tooLate')} were made when all had settled, and were not followed`] : []),
  ];
  const because = `${counted(outbox.length, 'row')}, ${counted(records.length, 'record')} and ${counted(effects.length, 'effect')} account for each other`;
  return noneOf('pass', { ...found, because: [because, ...told].join('; ') });
}
