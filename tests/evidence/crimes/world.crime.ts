import type { Crimes } from '../../../harness/trial/crime.ts';
import type { SystemRecord } from '../../../harness/evidence/records.ts';
import { NotHere, type ExperimentScene, type RowOf, type Scene } from '../../../harness/trial/scene.ts';
import { acknowledged, doubled, forget, must, someChange, stranger, withChanges } from './picks.ts';

const world = ['checker:world', 'checker:delivery', 'checker:crud-events', 'checker:conformance', 'checker:order', 'checker:completions'];

/** One row of records or effects of one change is another. */
function other<Kind extends 'effects' | 'records' | 'outbox'>(
  kind: Kind,
  change: (row: RowOf<Kind>) => Partial<RowOf<Kind>>,
): (one: ExperimentScene) => void {
  return (one) => {
    const { eventId } = someChange(one);
    let done = false;
    one.change(kind, (rows) =>
      rows.map((row) => {
        const id = 'eventId' in row ? row.eventId : 'id' in row ? row.id : undefined;
        if (id !== eventId || done) return row;
        done = true;
        return { ...row, ...change(row) };
      }),
    );
  };
}

/** A row that no operation asked for, but the system's own doing: a tick, a reminder. */
function unasked(one: ExperimentScene): RowOf<'outbox'> | undefined {
  const asked = new Set(one.rows('ops').flatMap(({ eventId }) => eventId ?? []));
  const effects = new Set(one.rows('effects').map(({ eventId }) => eventId));
  return one.rows('outbox').find(({ eventId }) => !asked.has(eventId) && effects.has(eventId));
}

function deadLettersOf(scene: Scene, topic: string): string {
  let found: string | undefined;
  scene.changeJson<SystemRecord>('system.json', ({ topics }) => {
    found = Object.keys(topics).find((name) => topics[name]?.deadLettersOf === topic);
  });
  return must(found, `topic for dead letters of ${topic}`);
}

const topicsOf = (one: ExperimentScene): string[] => [...new Set(one.rows('records').map(({ topic }) => topic))];

export const closedWorld: Crimes = {
  kind: 'The world is closed: nothing is lost, and nothing is there that nobody asked for',
  crimes: [
    {
      name: 'second-task',
      what: 'A retried create made a second task, with row, records and effect; the client saw one answer.',
      verdict: 'fail',
      claims: world,
      commit(scene) {
        const one = withChanges(scene);
        const op = must(acknowledged(one).find(({ what }) => /create|place/.test(what)), 'create');
        doubled(one, op.eventId, stranger, '987654');
      },
    },
    {
      name: 'refused-but-stored',
      what: 'A request was refused with 409, and what it asked for was stored and published.',
      verdict: 'fail',
      claims: world,
      commit(scene) {
        const one = withChanges(scene);
        const op = someChange(one);
        one.change('ops', (ops) =>
          ops.map((each) => {
            if (each.eventId !== op.eventId) return each;
            const { eventId: _id, eventType: _type, ...rest } = each;
            return { ...rest, type: 'fail' as const, status: 409, error: 'Conflict' };
          }),
        );
      },
    },
    {
      name: 'unanswered-lost-its-event',
      what: 'A change without an answer was committed, and its event never had its effect.',
      verdict: 'fail',
      claims: world,
      commit(scene) {
        const one = withChanges(scene);
        const op = someChange(one);
        one.change('ops', (ops) =>
          ops.map((each) => {
            if (each.eventId !== op.eventId) return each;
            const { eventId: _id, status: _status, ...rest } = each;
            return { ...rest, type: 'unsure' as const, error: 'TimeoutError: nobody answered' };
          }),
        );
        forget(one, op.eventId, ['records', 'effects']);
      },
    },
    {
      name: 'tick-made-without-effect',
      what: 'An event that the system made by itself (a tick, a reminder) never had its effect.',
      verdict: 'fail',
      claims: world,
      commit(scene) {
        const one = scene.find('an event of the system’s own making', (each) => unasked(each) !== undefined);
        forget(one, must(unasked(one), 'row').eventId, ['effects']);
      },
    },
    {
      name: 'effect-with-anothers-key',
      what: 'An event was applied to another entity.',
      verdict: 'fail',
      claims: world,
      commit: (scene) => other('effects', () => ({ key: '987654' }))(withChanges(scene)),
    },
    {
      name: 'effect-of-another-type',
      what: 'An event was applied as if it were of another type.',
      verdict: 'fail',
      claims: world,
      commit: (scene) => other('effects', ({ eventType }) => ({ eventType: `${eventType}d` }))(withChanges(scene)),
    },
    {
      name: 'effect-twice',
      what: 'An event had its effect twice.',
      verdict: 'fail',
      claims: world,
      commit(scene) {
        const one = withChanges(scene);
        const { eventId } = someChange(one);
        one.change('effects', (rows) => {
          const last = rows.reduce((most, { seq }) => Math.max(most, seq), 0);
          return [...rows, ...rows.filter((row) => row.eventId === eventId).map((row) => ({ ...row, seq: last + 1, at: row.at + 300 }))];
        });
      },
    },
    {
      name: 'effect-lost',
      what: 'An acknowledged event never had its effect.',
      verdict: 'fail',
      claims: world,
      commit(scene) {
        const one = withChanges(scene);
        forget(one, someChange(one).eventId, ['effects']);
      },
    },
    {
      name: 'effect-of-nothing',
      what: 'Something had an effect that is an event of nobody.',
      verdict: 'fail',
      claims: world,
      commit(scene) {
        const one = withChanges(scene);
        const { eventId } = someChange(one);
        one.change('effects', (rows) => {
          const last = rows.reduce((most, { seq }) => Math.max(most, seq), 0);
          return [...rows, ...rows.filter((row) => row.eventId === eventId).map((row) => ({ ...row, eventId: stranger, seq: last + 1 }))];
        });
      },
    },
    {
      name: 'garbage-on-a-topic',
      what: 'A record that is no event lies on a topic.',
      verdict: 'fail',
      claims: world,
      commit(scene) {
        withChanges(scene).change('records', (rows) => [
          ...rows,
          { ...must(rows.at(-1), 'record'), offset: 1_000_000, id: null, key: null, contentType: null, event: '\u0000\u0001 no json' },
        ]);
      },
    },
    {
      name: 'record-of-nobody',
      what: 'A well-made event lies on a topic, and in no outbox.',
      verdict: 'fail',
      claims: world,
      commit(scene) {
        const one = withChanges(scene);
        const { eventId } = someChange(one);
        one.change('records', (rows) => {
          const like = must(rows.find(({ id }) => id === eventId), 'record');
          const event = JSON.parse(JSON.stringify(like.event).replaceAll(eventId, stranger)) as unknown;
          return [...rows, { ...like, id: stranger, offset: 1_000_000, event }];
        });
      },
    },
    {
      name: 'good-event-dead-lettered',
      what: 'An event that had its effect also lies among the dead letters.',
      verdict: 'fail',
      claims: world,
      commit(scene) {
        const one = withChanges(scene);
        const { eventId } = someChange(one);
        one.change('records', (rows) => {
          const like = must(rows.find(({ id }) => id === eventId), 'record');
          return [...rows, { ...like, topic: deadLettersOf(scene, like.topic), partition: 0, offset: 1_000_000 }];
        });
      },
    },
    {
      name: 'a-topic-left-out',
      what: 'Nothing at all was published on a topic that each event has to go to.',
      verdict: 'fail',
      claims: world,
      commit(scene) {
        const one = scene.find('events on two topics', (each) => acknowledged(each).length >= 10 && topicsOf(each).length >= 2);
        const applied = new Set(one.rows('effects').map(({ eventId }) => eventId));
        const counts = topicsOf(one).map((topic) => {
          const ids = one.rows('records').filter((row) => row.topic === topic && row.id !== null && applied.has(row.id));
          return [topic, ids.length] as const;
        });
        // The one whose events go to another as well: there nobody misses an effect.
        const [topic] = must(counts.filter(([name, count]) => count > 5 && /update|change/.test(name))[0], 'topic of copies');
        one.change('records', (rows) => rows.filter((row) => row.topic !== topic));
      },
    },
    {
      name: 'one-copy-missing',
      what: 'One event is missing on the second of its topics.',
      verdict: 'fail',
      claims: world,
      commit(scene) {
        const one = scene.find('events on two topics', (each) => {
          const { length } = acknowledged(each);
          return length >= 10 && topicsOf(each).some((name) => /update|change/.test(name));
        });
        const topic = must(topicsOf(one).find((name) => /update|change/.test(name)), 'topic of copies');
        const { eventId } = someChange(one);
        const rows = one.rows('records');
        if (!rows.some((row) => row.topic === topic && row.id === eventId)) throw new NotHere('copy of that event');
        one.write('records', rows.filter((row) => row.topic !== topic || row.id !== eventId));
      },
    },
    {
      name: 'content-changed-on-the-way',
      what: 'A record says something else than the row it was made from.',
      verdict: 'fail',
      claims: world,
      commit: (scene) =>
        other('records', ({ event }) => ({
          event: JSON.parse(JSON.stringify(event).replace(/"(title|customer)":"[^"]*"/, '"$1":"something else"')) as unknown,
        }))(withChanges(scene)),
    },
    {
      name: 'record-under-another-key',
      what: 'A record went to the partition of another key.',
      verdict: 'fail',
      claims: world,
      commit: (scene) => other('records', () => ({ key: '987654' }))(withChanges(scene)),
    },
    {
      name: 'duplicate-of-another-content',
      what: 'A record came a second time, and said something else.',
      verdict: 'fail',
      claims: world,
      commit(scene) {
        const one = withChanges(scene);
        const { eventId } = someChange(one);
        one.change('records', (rows) => {
          const like = must(rows.find(({ id }) => id === eventId), 'record');
          const event = JSON.parse(JSON.stringify(like.event).replace(/"(title|customer)":"[^"]*"/, '"$1":"something else"')) as unknown;
          return [...rows, { ...like, offset: 1_000_000, event }];
        });
      },
    },
    {
      name: 'published-twice',
      what: 'Innocent: a record came a second time, the same, as at-least-once allows.',
      verdict: 'pass',
      commit(scene) {
        const one = withChanges(scene);
        const { eventId } = someChange(one);
        one.change('records', (rows) => {
          const like = must(rows.find(({ id }) => id === eventId), 'record');
          const last = rows
            .filter(({ topic, partition }) => topic === like.topic && partition === like.partition)
            .reduce((most, { offset }) => Math.max(most, offset), 0);
          return [...rows, { ...like, offset: last + 1 }];
        });
      },
    },
    {
      name: 'broken-against-its-schema',
      what: 'A record of a service’s own outbox breaks its published schema.',
      verdict: 'fail',
      claims: ['checker:world', 'checker:conformance'],
      commit(scene) {
        const told = /^(reminder\.sent|reminder\.failed)$/;
        const typeOf = (row: RowOf<'records'>) => String((row.event as { event_type?: string } | null)?.event_type);
        const one = scene.find('a reminder that was told of', (each) => each.rows('records').some((row) => told.test(typeOf(row))));
        const change = (event: unknown) => {
          const { version: _gone, ...rest } = event as Record<string, unknown>;
          return { ...rest, data: { nonsense: true }, version: (event as { version?: unknown }).version };
        };
        const broken = must(one.rows('records').find((row) => told.test(typeOf(row)))?.id ?? undefined, 'id');
        one.change('records', (rows) => rows.map((row) => (row.id === broken ? { ...row, event: change(row.event) } : row)));
        one.change('outbox', (rows) => rows.map((row) => (row.eventId === broken ? { ...row, event: change(row.event) } : row)));
      },
    },
    {
      name: 'marked-sent-never-published',
      what: 'A row is marked as sent, and lies on no topic.',
      verdict: 'fail',
      claims: world,
      commit(scene) {
        const one = withChanges(scene);
        forget(one, someChange(one).eventId, ['records', 'effects']);
      },
    },
    {
      name: 'given-up',
      what: 'The relay gave a row up (parked it), and everything else went on.',
      verdict: 'fail',
      claims: world,
      commit(scene) {
        const one = withChanges(scene);
        const { eventId } = someChange(one);
        forget(one, eventId, ['records', 'effects']);
        one.change('outbox', (rows) =>
          rows.map((row) =>
            row.eventId === eventId ? { ...row, sentAt: null, givenUpAt: row.createdAt + 1_500, attempts: 5, error: 'ERR_PUBSUB_FORBIDDEN' } : row,
          ),
        );
      },
    },
    {
      name: 'row-gone',
      what: 'Records and effect are there, and the row they were made from is not.',
      verdict: 'fail',
      claims: world,
      commit(scene) {
        const one = withChanges(scene);
        forget(one, someChange(one).eventId, ['outbox']);
      },
    },
    {
      name: 'out-of-order',
      what: 'Two events of one entity had their effects the wrong way round.',
      verdict: 'fail',
      claims: ['checker:order', 'slo:order-kept', ...world],
      commit(scene) {
        const twice = (each: ExperimentScene) =>
          [...Map.groupBy(each.rows('effects'), ({ key }) => key).values()].find((ofKey) => {
            const ids = new Set(acknowledged(each).map(({ eventId }) => eventId));
            return ofKey.filter(({ eventId }) => ids.has(eventId)).length >= 2;
          });
        const one = scene.find(
          'order that is checked',
          (each) => each.record.checkers.includes('order') && twice(each) !== undefined,
        );
        const [first, second] = must(twice(one), 'pair');
        if (!first || !second) throw new NotHere('two effects of one key');
        one.change('effects', (rows) =>
          rows.map((row) =>
            row.seq === first.seq ? { ...row, seq: second.seq, at: second.at } : row.seq === second.seq ? { ...row, seq: first.seq, at: first.at } : row,
          ),
        );
      },
    },
  ],
};
