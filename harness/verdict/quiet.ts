/** Whether experiments kept apart: each began when all before it was over, and nothing of one happened in another. */
import type { ExperimentEvidence } from '../evidence/run-folder.ts';
import { counted, type Judgement, noneOf, unsure } from './judgement.ts';
import { slotOf } from './world/known.ts';
import { markAt } from './windows.ts';

export const QUIET_ASKS = 'All that came before was over when the experiment began.';

/** Told only when it was not: undefined where it began in quiet, or never began. */
export function quiet({ marks }: ExperimentEvidence): Judgement | undefined {
  if (marks === undefined) return undefined;
  const loud = marks.find(({ kind, name }) => kind === 'mark' && name === 'not-quiet');
  if (loud) return unsure(`when it began, ${String(loud.detail?.['because'] ?? 'something was still under way')}`);
  if (markAt(marks, 'experiment-start') === undefined || markAt(marks, 'quiet') !== undefined) return undefined;
  return unsure('nobody looked whether all was over when it began (no mark quiet)');
}

/** In the order in which they began; those that never did come last. */
export function inOrder(experiments: readonly ExperimentEvidence[]): ExperimentEvidence[] {
  const beganAt = ({ marks }: ExperimentEvidence) => markAt(marks ?? [], 'experiment-start') ?? Number.POSITIVE_INFINITY;
  return experiments.toSorted((a, b) => beganAt(a) - beganAt(b) || 0);
}

/**
 * What an event or a cause of one experiment did once more in a later one. It convicts the run: the later experiment is innocent of
 * it. Undefined when there is nothing to tell.
 */
export function leaks(
  experiments: readonly ExperimentEvidence[],
): { readonly judgement: Judgement; readonly in: string } | undefined {
  if (experiments.length < 2) return undefined;
  const effects = new Map<string, { readonly name: string; readonly seq: number; readonly at: number }>();
  const causes = new Map<string, { readonly name: string; readonly eventId: string }>();
  const wrong: { readonly because: string; readonly in: string }[] = [];
  for (const { name, folder, effects: own = [], outbox = [] } of inOrder(experiments)) {
    for (const effect of own) {
      const first = effects.get(slotOf(effect));
      if (!first) effects.set(slotOf(effect), { name, seq: effect.seq, at: effect.at });
      // Two effects within one experiment are its own affair; one row that two experiments saw is one effect.
      else if (first.name !== name && (first.seq !== effect.seq || first.at !== effect.at))
        wrong.push({
          because: `${effect.eventId} of ${first.name} had its effect again during ${name}`,
          in: `${folder}/effects.ndjson`,
        });
    }
    for (const { cause, eventId } of outbox) {
      if (typeof cause !== 'string') continue;
      const first = causes.get(cause);
      if (!first) causes.set(cause, { name, eventId });
      else if (first.name !== name && first.eventId !== eventId)
        wrong.push({
          because: `${cause} made ${first.eventId} in ${first.name}, and ${eventId} during ${name}`,
          in: `${folder}/outbox.ndjson`,
        });
    }
  }
  const [first] = wrong;
  if (!first) return undefined;
  const because = `${counted(wrong.length, 'late repetition')}, first: ${first.because}`;
  const examples = wrong.map((one) => one.because);
  return {
    judgement: noneOf('fail', { wrong: wrong.length, checked: effects.size, unit: 'effects', examples, because }),
    in: first.in,
  };
}
