import type { Crimes } from '../../../harness/trial/crime.ts';
import type { ExperimentScene, RowOf } from '../../../harness/trial/scene.ts';
import {
  acknowledged,
  closedWorld,
  conflicting,
  doubled,
  endOtherwise,
  forget,
  must,
  ofEvents,
  someChange,
  stranger,
  unanswered,
  withChanges,
} from './picks.ts';

/** A row that no operation asked for, but the system's own doing: a tick, a reminder. */
function unasked(one: ExperimentScene): RowOf<'outbox'> | undefined {
  const asked = new Set(one.rows('ops').flatMap(({ eventId }) => eventId ?? []));
  const effects = new Set(one.rows('effects').map(({ eventId }) => eventId));
  return one.rows('outbox').find(({ eventId }) => !asked.has(eventId) && effects.has(eventId));
}

export const asked: Crimes = {
  kind: 'What was made was asked for, and what was asked for was made',
  crimes: [
    {
      name: 'second-task',
      what: 'A retried create made a second task, with row, records and effect; the client saw one answer.',
      verdict: 'fail',
      claims: closedWorld,
      commit(scene) {
        const one = withChanges(scene);
        const op = must(
          acknowledged(one).find(({ what }) => /create|place/.test(what)),
          'create',
        );
        doubled(one, op.eventId, stranger, '987654');
      },
    },
    {
      name: 'refused-but-stored',
      what: 'A request was refused with 409, and what it asked for was stored and published.',
      verdict: 'fail',
      claims: closedWorld,
      commit(scene) {
        const one = withChanges(scene);
        endOtherwise(one, ofEvents(new Set([someChange(one).eventId])), conflicting);
      },
    },
    {
      name: 'unanswered-lost-its-event',
      what: 'A change without an answer was committed, and its event never had its effect.',
      verdict: 'fail',
      claims: closedWorld,
      commit(scene) {
        const one = withChanges(scene);
        const lost = new Set([someChange(one).eventId]);
        endOtherwise(one, ofEvents(lost), unanswered);
        forget(one, lost, ['records', 'effects']);
      },
    },
    {
      name: 'tick-made-without-effect',
      what: 'An event that the system made by itself (a tick, a reminder) never had its effect.',
      verdict: 'fail',
      claims: closedWorld,
      commit(scene) {
        const one = scene.find('an event of the system’s own making', (each) => unasked(each) !== undefined);
        forget(one, new Set([must(unasked(one), 'row').eventId]), ['effects']);
      },
    },
    {
      name: 'given-up',
      what: 'The relay gave a row up (parked it), and everything else went on.',
      verdict: 'fail',
      claims: closedWorld,
      commit(scene) {
        const one = withChanges(scene);
        const { eventId } = someChange(one);
        forget(one, new Set([eventId]), ['records', 'effects']);
        const parked = { sentAt: null, attempts: 5, error: 'ERR_PUBSUB_FORBIDDEN' };
        one.change('outbox', (rows) =>
          rows.map((row) => (row.eventId === eventId ? { ...row, ...parked, givenUpAt: row.createdAt + 1_500 } : row)),
        );
      },
    },
    {
      name: 'row-gone',
      what: 'Records and effect are there, and the row they were made from is not.',
      verdict: 'fail',
      claims: closedWorld,
      commit(scene) {
        const one = withChanges(scene);
        forget(one, new Set([someChange(one).eventId]), ['outbox']);
      },
    },
  ],
};
