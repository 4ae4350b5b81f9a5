import type { Crimes } from '../../../harness/trial/crime.ts';
import { NotHere, type Scene } from '../../../harness/trial/scene.ts';
import { acknowledged, must, someChange, withChanges } from './picks.ts';

/** Two experiments, one after the other, both with changes. */
function pair(scene: Scene) {
  const such = scene.experiments.filter((one) => acknowledged(one).length >= 10);
  const [earlier, later] = such;
  if (!earlier || !later) throw new NotHere('two experiments with changes');
  return { earlier, later };
}

export const leaks: Crimes = {
  kind: 'Each experiment begins and ends in quiet, and answers for itself',
  crimes: [
    {
      name: 'late-duplicate',
      what: 'An event of one experiment had a second effect while the next one ran.',
      verdict: 'fail',
      commit(scene) {
        const { earlier, later } = pair(scene);
        const { eventId } = someChange(earlier);
        const again = must(earlier.rows('effects').find((row) => row.eventId === eventId), 'effect');
        later.change('effects', (rows) => {
          const first = must(rows[0], 'effect');
          return [{ ...again, seq: first.seq - 0.5, at: first.at }, ...rows];
        });
      },
    },
    {
      name: 'not-quiet-before',
      what: 'When the experiment began, forty events of earlier ones were still on their way.',
      verdict: 'not pass',
      commit(scene) {
        const one = scene.find('a mark quiet', (each) => each.rows('marks').some(({ name }) => name === 'quiet'));
        one.change('marks', (marks) => marks.map((mark) => (mark.name === 'quiet' ? { ...mark, name: 'not-quiet', detail: { lag: 40, unsent: 3 } } : mark)));
      },
    },
    {
      name: 'nobody-asked-whether-it-was-quiet',
      what: 'Nobody looked whether anything was still on its way when the experiment began.',
      verdict: 'not pass',
      commit(scene) {
        const one = scene.find('a mark quiet', (each) => each.rows('marks').some(({ name }) => name === 'quiet'));
        one.change('marks', (marks) => marks.filter(({ name }) => name !== 'quiet'));
      },
    },
    {
      name: 'never-settled',
      what: 'Nobody waited for what was acknowledged.',
      verdict: 'not pass',
      commit: (scene) => withChanges(scene).change('marks', (marks) => marks.filter(({ name }) => name !== 'settled')),
    },
    {
      name: 'a-part-crashed',
      what: 'A service ended by itself while the experiment ran.',
      verdict: 'fail',
      claims: ['checker:crashes'],
      commit(scene) {
        const one = withChanges(scene);
        one.change('marks', (marks) => {
          const middle = must(marks[Math.floor(marks.length / 2)], 'mark');
          return marks.toSpliced(Math.floor(marks.length / 2), 0, { at: middle.at, kind: 'crash', name: 'backend', detail: { code: 134, signal: null, lastWords: 'out of memory' } });
        });
      },
    },
    {
      name: 'crashed-between',
      what: 'A service ended by itself between two experiments.',
      verdict: 'fail',
      claims: ['checker:crashes'],
      commit: (scene) =>
        scene.session((marks) => [
          ...marks,
          { at: must(marks.at(-1), 'mark').at + 1, kind: 'crash', name: 'notification', detail: { code: 1, signal: null, lastWords: '' } },
        ]),
    },
  ],
};
