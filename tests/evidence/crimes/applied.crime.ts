import type { Crimes } from '../../../harness/trial/crime.ts';
import { type ExperimentScene, NotHere } from '../../../harness/trial/scene.ts';
import { acknowledged, anotherRow, applyAgain, closedWorld, forget, must, someChange, stranger, withChanges } from './picks.ts';

/** Two effects of acknowledged changes of one entity. */
function pairOf(one: ExperimentScene) {
  const ids = new Set(acknowledged(one).map(({ eventId }) => eventId));
  const perKey = Map.groupBy(
    one.rows('effects').filter(({ eventId }) => ids.has(eventId)),
    ({ key }) => key,
  );
  return [...perKey.values()].find(({ length }) => length >= 2);
}

export const applied: Crimes = {
  kind: 'Each event has its effect once, where it belongs, and in its turn',
  crimes: [
    {
      name: 'effect-with-anothers-key',
      what: 'An event was applied to another entity.',
      verdict: 'fail',
      claims: closedWorld,
      commit: (scene) => anotherRow(withChanges(scene), 'effects', () => ({ key: '987654' })),
    },
    {
      name: 'effect-of-another-type',
      what: 'An event was applied as if it were of another type.',
      verdict: 'fail',
      claims: closedWorld,
      commit: (scene) => anotherRow(withChanges(scene), 'effects', ({ eventType }) => ({ eventType: `${eventType}d` })),
    },
    {
      name: 'effect-twice',
      what: 'An event had its effect twice.',
      verdict: 'fail',
      claims: closedWorld,
      commit: (scene) => applyAgain(withChanges(scene), ({ at }) => ({ at: at + 300 })),
    },
    {
      name: 'effect-of-nothing',
      what: 'Something had an effect that is an event of nobody.',
      verdict: 'fail',
      claims: closedWorld,
      commit: (scene) => applyAgain(withChanges(scene), () => ({ eventId: stranger })),
    },
    {
      name: 'effect-lost',
      what: 'An acknowledged event never had its effect.',
      verdict: 'fail',
      claims: closedWorld,
      commit(scene) {
        const one = withChanges(scene);
        forget(one, new Set([someChange(one).eventId]), ['effects']);
      },
    },
    {
      name: 'out-of-order',
      what: 'Two events of one entity had their effects the wrong way round.',
      verdict: 'fail',
      claims: ['slo:order-kept', ...closedWorld],
      commit(scene) {
        const one = scene.find(
          'order that is checked',
          (each) => each.record.checkers.includes('order') && pairOf(each) !== undefined,
        );
        const [first, second] = must(pairOf(one), 'pair');
        if (!first || !second) throw new NotHere('two effects of one key');
        const turn = new Map([
          [first.seq, { seq: second.seq, at: second.at }],
          [second.seq, { seq: first.seq, at: first.at }],
        ]);
        one.change('effects', (rows) => rows.map((row) => ({ ...row, ...turn.get(row.seq) })));
      },
    },
  ],
};
