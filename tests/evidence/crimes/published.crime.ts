import type { SystemRecord } from '../../../harness/evidence/records.ts';
import type { Crimes } from '../../../harness/trial/crime.ts';
import { type ExperimentScene, NotHere, type RowOf, type Scene } from '../../../harness/trial/scene.ts';
import {
  acknowledged,
  anotherRow,
  beyond,
  closedWorld,
  forget,
  must,
  publishAgain,
  renamed,
  retold,
  someChange,
  stranger,
  withChanges,
} from './picks.ts';

function deadLettersOf(scene: Scene, topic: string): string {
  let found: string | undefined;
  scene.changeJson<SystemRecord>('system.json', ({ topics }) => {
    found = Object.keys(topics).find((name) => topics[name]?.deadLettersOf === topic);
  });
  return must(found, `topic for dead letters of ${topic}`);
}

/** An experiment whose events go to a second topic as well, where nobody misses an effect. */
function withCopies(scene: Scene): { readonly one: ExperimentScene; readonly topic: string } {
  const copies = (each: ExperimentScene) =>
    each
      .rows('records')
      .map(({ topic }) => topic)
      .find((name) => /update|change/.test(name));
  const one = scene.find('events on two topics', (each) => acknowledged(each).length >= 10 && copies(each) !== undefined);
  return { one, topic: must(copies(one), 'topic of copies') };
}

const told = /^(reminder\.sent|reminder\.failed)$/;
const isTold = ({ event }: RowOf<'records'>): boolean =>
  told.test(String((event as { event_type?: string } | null)?.event_type));
const nonsense = (event: unknown): unknown => ({ ...(event as object), data: { nonsense: true } });

export const published: Crimes = {
  kind: 'What lies on a topic is somebody’s row, as it was written, and every row lies where it has to go',
  crimes: [
    {
      name: 'garbage-on-a-topic',
      what: 'A record that is no event lies on a topic.',
      verdict: 'fail',
      claims: closedWorld,
      commit(scene) {
        const garbage = { id: null, key: null, contentType: null, event: '\u0000\u0001 no json' };
        publishAgain(withChanges(scene), () => garbage);
      },
    },
    {
      name: 'record-of-nobody',
      what: 'A well-made event lies on a topic, and in no outbox.',
      verdict: 'fail',
      claims: closedWorld,
      commit: (scene) =>
        publishAgain(withChanges(scene), ({ id, event }) => ({ id: stranger, event: renamed(event, String(id), stranger) })),
    },
    {
      name: 'good-event-dead-lettered',
      what: 'An event that had its effect also lies among the dead letters.',
      verdict: 'fail',
      claims: closedWorld,
      commit: (scene) =>
        publishAgain(withChanges(scene), ({ topic }) => ({ topic: deadLettersOf(scene, topic), partition: 0 })),
    },
    {
      name: 'a-topic-left-out',
      what: 'Nothing at all was published on a topic that each event has to go to.',
      verdict: 'fail',
      claims: closedWorld,
      commit(scene) {
        const { one, topic } = withCopies(scene);
        one.change('records', (rows) => rows.filter((row) => row.topic !== topic));
      },
    },
    {
      name: 'one-copy-missing',
      what: 'One event is missing on the second of its topics.',
      verdict: 'fail',
      claims: closedWorld,
      commit(scene) {
        const { one, topic } = withCopies(scene);
        const { eventId } = someChange(one);
        const isCopy = (row: RowOf<'records'>) => row.topic === topic && row.id === eventId;
        if (!one.rows('records').some(isCopy)) throw new NotHere('copy of that event');
        one.change('records', (rows) => rows.filter((row) => !isCopy(row)));
      },
    },
    {
      name: 'content-changed-on-the-way',
      what: 'A record says something else than the row it was made from.',
      verdict: 'fail',
      claims: closedWorld,
      commit: (scene) => anotherRow(withChanges(scene), 'records', ({ event }) => ({ event: retold(event) })),
    },
    {
      name: 'record-under-another-key',
      what: 'A record went to the partition of another key.',
      verdict: 'fail',
      claims: closedWorld,
      commit: (scene) => anotherRow(withChanges(scene), 'records', () => ({ key: '987654' })),
    },
    {
      name: 'duplicate-of-another-content',
      what: 'A record came a second time, and said something else.',
      verdict: 'fail',
      claims: closedWorld,
      commit: (scene) => publishAgain(withChanges(scene), ({ event }) => ({ event: retold(event) })),
    },
    {
      name: 'published-twice',
      what: 'Innocent: a record came a second time, the same, as at-least-once allows.',
      verdict: 'pass',
      commit: (scene) => publishAgain(withChanges(scene), () => ({ offset: beyond })),
    },
    {
      name: 'broken-against-its-schema',
      what: 'A record of a service’s own outbox breaks its published schema.',
      verdict: 'fail',
      claims: ['checker:world', 'checker:conformance'],
      commit(scene) {
        const one = scene.find('a reminder that was told of', (each) => each.rows('records').some(isTold));
        const broken = must(one.rows('records').find(isTold)?.id ?? undefined, 'id');
        one.change('records', (rows) => rows.map((row) => (row.id === broken ? { ...row, event: nonsense(row.event) } : row)));
        one.change('outbox', (rows) =>
          rows.map((row) => (row.eventId === broken ? { ...row, event: nonsense(row.event) } : row)),
        );
      },
    },
    {
      name: 'marked-sent-never-published',
      what: 'A row is marked as sent, and lies on no topic.',
      verdict: 'fail',
      claims: closedWorld,
      commit(scene) {
        const one = withChanges(scene);
        forget(one, new Set([someChange(one).eventId]), ['records', 'effects']);
      },
    },
  ],
};
