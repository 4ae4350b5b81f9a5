import type { Crimes } from '../../../harness/trial/crime.ts';
import { NotHere } from '../../../harness/trial/scene.ts';
import {
  acknowledged,
  endOtherwise,
  everyNth,
  forget,
  must,
  nameless,
  ofEvents,
  someChange,
  stranger,
  unanswered,
  unavailable,
  withChanges,
  withLoad,
} from './picks.ts';

export const denominator: Crimes = {
  kind: 'The defendant does not set the denominator',
  crimes: [
    {
      name: 'every-complete-503',
      what: 'All requests of one kind were answered 503, and nothing of them happened.',
      verdict: 'fail',
      claims: ['checker:completions'],
      commit(scene) {
        const one = withChanges(scene);
        const kinds = [...Map.groupBy(acknowledged(one), ({ what }) => what)].sort((a, b) => a[1].length - b[1].length);
        const [what, ofKind] = must(kinds[0], 'kind of change');
        if (kinds.length < 2) throw new NotHere('an experiment with two kinds of changes');
        forget(one, new Set(ofKind.map(({ eventId }) => eventId)));
        endOtherwise(one, (op) => op.what === what, unavailable);
        one.change('answers', (rows) => rows.filter((row) => row.what !== what));
      },
    },
    {
      name: 'half-the-ops-gone',
      what: 'Half of the requests left no completion.',
      verdict: 'not pass',
      commit: (scene) => withChanges(scene).change('ops', (ops) => ops.filter((_, n) => n % 2 === 0)),
    },
    {
      name: 'half-the-arrivals-never-sent',
      what: 'Half of the planned arrivals were neither sent nor dropped.',
      verdict: 'not pass',
      commit(scene) {
        const one = withLoad(scene);
        const gone = new Set(one.rows('invokes').filter((_, n) => n % 2 === 0).map(({ id }) => id));
        const events = one.rows('ops').flatMap((op) => (op.invoke !== undefined && gone.has(op.invoke) && op.eventId ? [op.eventId] : []));
        one.change('invokes', (rows) => rows.filter(({ id }) => !gone.has(id)));
        one.change('ops', (rows) => rows.filter(({ invoke }) => invoke === undefined || !gone.has(invoke)));
        forget(one, new Set(events));
      },
    },
    {
      name: 'no-plan',
      what: 'Nobody says how many arrivals there should have been.',
      verdict: 'not pass',
      commit: (scene) => withLoad(scene).write('plans', []),
    },
    {
      name: 'no-invocations',
      what: 'What was sent was not written down.',
      verdict: 'not pass',
      commit: (scene) => withChanges(scene).write('invokes', []),
    },
    {
      name: 'completion-without-invocation',
      what: 'An answer came to a request that nobody sent.',
      verdict: 'not pass',
      commit(scene) {
        const one = withChanges(scene);
        const op = someChange(one);
        one.change('invokes', (rows) => rows.filter(({ id }) => id !== op.invoke));
      },
    },
    {
      name: 'two-completions',
      what: 'One request was answered twice.',
      verdict: 'not pass',
      commit(scene) {
        const one = withChanges(scene);
        const op = someChange(one);
        one.change('ops', (ops) => [...ops, { ...op }]);
      },
    },
    {
      name: 'a-third-without-event-id',
      what: 'Every third acknowledgement names no event, and of those nothing ever happened.',
      verdict: 'fail',
      claims: ['checker:completions', 'checker:crud-events', 'checker:world'],
      commit(scene) {
        const one = withLoad(scene);
        const silent = everyNth(one, 3);
        endOtherwise(one, ofEvents(silent), nameless);
        forget(one, silent);
      },
    },
    {
      name: 'names-anothers-event',
      what: 'An acknowledgement names the event of another change, and its own never was.',
      verdict: 'fail',
      commit(scene) {
        const one = withChanges(scene);
        const [first, second] = [someChange(one, 2), someChange(one, 7)];
        forget(one, new Set([first.eventId]));
        one.change('ops', (ops) => ops.map((op) => (op.eventId === first.eventId ? { ...op, eventId: second.eventId } : op)));
      },
    },
    {
      name: 'acknowledgements-swapped',
      what: 'Two acknowledgements name each other’s events.',
      verdict: 'fail',
      commit(scene) {
        const one = withChanges(scene);
        const first = someChange(one, 2);
        const second = must(
          acknowledged(one).find(({ key, eventId }) => key !== first.key && eventId !== first.eventId),
          'change of another key',
        );
        const other = new Map([
          [first.eventId, second.eventId],
          [second.eventId, first.eventId],
        ]);
        one.change('ops', (ops) =>
          ops.map((op) => (op.eventId !== undefined && other.has(op.eventId) ? { ...op, eventId: other.get(op.eventId) as string } : op)),
        );
      },
    },
    {
      name: 'drops-uncounted',
      what: 'Nobody counted the arrivals that were dropped.',
      verdict: 'not pass',
      commit(scene) {
        withLoad(scene).change('samples', (rows) => rows.filter(({ metric }) => metric !== 'generator_dropped_iterations'));
      },
    },
    {
      name: 'unanswered-but-done',
      what: 'Innocent: one request got no answer, and what it asked for happened once, with its event and effect.',
      verdict: 'pass',
      commit(scene) {
        const one = withLoad(scene);
        endOtherwise(one, ofEvents(new Set([someChange(one, 20).eventId])), unanswered);
      },
    },
    {
      name: 'acknowledged-nowhere',
      what: 'An acknowledgement names an event that nobody ever made.',
      verdict: 'fail',
      commit(scene) {
        const one = withChanges(scene);
        const op = someChange(one);
        forget(one, new Set([op.eventId]));
        one.change('ops', (ops) => ops.map((each) => (each.eventId === op.eventId ? { ...each, eventId: stranger } : each)));
      },
    },
  ],
};
