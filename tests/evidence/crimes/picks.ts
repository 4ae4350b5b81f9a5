/** Where in a run a crime can be committed: the experiments and rows that have what it takes. */
import { type ExperimentScene, NotHere, type RowOf, type Scene } from '../../../harness/trial/scene.ts';

export type Op = RowOf<'ops'>;

/** Changes that were acknowledged and named their event. */
export const acknowledged = (one: ExperimentScene): (Op & { eventId: string })[] =>
  one.rows('ops').filter((op): op is Op & { eventId: string } => op.type === 'ok' && op.eventId !== undefined);

/** An experiment with at least so many acknowledged changes whose effects were seen. */
export const withChanges = (scene: Scene, least = 10): ExperimentScene =>
  scene.find(`${least} acknowledged changes with effects`, (one) => {
    if (acknowledged(one).length < least) return false;
    const effects = new Set(one.rows('effects').map(({ eventId }) => eventId));
    return acknowledged(one).filter(({ eventId }) => effects.has(eventId)).length >= least;
  });

/** A load: many changes of one kind at a rate, with objectives. */
export const withLoad = (scene: Scene): ExperimentScene =>
  scene.find(
    'a load of at least 200 changes at a rate',
    (one) => one.record.kind === 'load' && acknowledged(one).length >= 200 && one.rows('plans').some(({ model }) => model === 'open'),
  );

export const withFault = (scene: Scene): ExperimentScene =>
  scene.find('a fault that was in', (one) => one.rows('marks').some(({ kind }) => kind === 'fault-in'));

/** A fault that something should be seen of, counted by several instances. */
/** Its part of the events that fall into a stretch of time, by when they were due. */
export const dueWithin = (one: ExperimentScene, from: number, to: number): Op[] =>
  one.rows('ops').filter(({ intendedAt }) => intendedAt >= from && intendedAt < to);

export const withSighting = (scene: Scene): ExperimentScene =>
  scene.find('a sighting', (one) => one.record.sometimes.length > 0 && one.rows('samples').length > 0);

export function must<T>(found: T | undefined, what: string): T {
  if (found === undefined) throw new NotHere(`no ${what}`);
  return found;
}

/** As an event of somebody else’s: the first name in it is another. */
export const retold = (event: unknown): unknown =>
  JSON.parse(JSON.stringify(event).replace(/"(title|customer)":"[^"]*"/, '"$1":"something else"'));

/** The n-th acknowledged change, somewhere in the middle. */
export function someChange(one: ExperimentScene, n = 5): Op & { eventId: string } {
  const effects = new Set(one.rows('effects').map(({ eventId }) => eventId));
  const all = acknowledged(one).filter(({ eventId }) => effects.has(eventId));
  return must(all[Math.min(n, all.length - 1)], 'acknowledged change');
}

type Trace = 'outbox' | 'records' | 'effects';

/** What these events left behind is taken away: all of it, or of these kinds. */
export function forget(
  one: ExperimentScene,
  ids: ReadonlySet<string>,
  kinds: readonly Trace[] = ['outbox', 'records', 'effects'],
): void {
  for (const kind of kinds) one.change(kind, (rows) => rows.filter((row) => !ids.has(idOf(row) ?? '')));
}

const idOf = (row: { readonly eventId?: string; readonly id?: string | null }): string | null | undefined => row.eventId ?? row.id;

/** Every second, every third ... of all that were acknowledged: their events. */
export const everyNth = (one: ExperimentScene, step: number): Set<string> =>
  new Set(acknowledged(one).flatMap(({ eventId }, n) => (n % step === 0 ? [eventId] : [])));

export const ofEvents =
  (ids: ReadonlySet<string>) =>
  ({ eventId }: Op): boolean =>
    eventId !== undefined && ids.has(eventId);

/** How a request may have ended instead: what is left out of its completion, and what stands in it. */
export interface End {
  readonly without: readonly (keyof Op)[];
  readonly with: Partial<Op>;
}

const answered = (status: number, error: string): End => ({
  without: ['eventId', 'eventType', 'key'],
  with: { type: 'unsure', status, error },
});
export const unavailable = answered(503, 'Service Unavailable');
export const broken = answered(500, 'Internal Server Error');
export const conflicting: End = { without: ['eventId', 'eventType'], with: { type: 'fail', status: 409, error: 'Conflict' } };
export const unanswered: End = {
  without: ['eventId', 'status'],
  with: { type: 'unsure', error: 'TimeoutError: nobody answered' },
};
export const nameless: End = { without: ['eventId'], with: {} };

export function endOtherwise(one: ExperimentScene, which: (op: Op) => boolean, end: End): void {
  one.change('ops', (ops) =>
    ops.map((op) => {
      if (!which(op)) return op;
      const left = Object.entries(op).filter(([name]) => !end.without.includes(name as keyof Op));
      return { ...(Object.fromEntries(left) as Op), ...end.with };
    }),
  );
}

/** Some change's record once more, as if it had been published a second time; `otherwise`: what is different about it. */
export function publishAgain(one: ExperimentScene, otherwise: (like: RowOf<'records'>) => Partial<RowOf<'records'>>): void {
  const { eventId } = someChange(one);
  one.change('records', (rows) => {
    const like = must(
      rows.find(({ id }) => id === eventId),
      'record',
    );
    return [...rows, { ...like, offset: beyond, ...otherwise(like) }];
  });
}

/** Some change's effect once more; `otherwise`: what is different about it. */
export function applyAgain(one: ExperimentScene, otherwise: (like: RowOf<'effects'>) => Partial<RowOf<'effects'>>): void {
  const { eventId } = someChange(one);
  one.change('effects', (rows) => {
    const last = rows.reduce((most, { seq }) => Math.max(most, seq), 0);
    const again = rows.filter((row) => row.eventId === eventId);
    return [...rows, ...again.map((row) => ({ ...row, seq: last + 1, ...otherwise(row) }))];
  });
}

/** An offset behind all others. */
export const beyond = 1_000_000;

/** The first row of some change's event is otherwise. */
export function anotherRow<Kind extends 'records' | 'effects'>(
  one: ExperimentScene,
  kind: Kind,
  how: (row: RowOf<Kind>) => Partial<RowOf<Kind>>,
): void {
  const { eventId } = someChange(one);
  one.change(kind, (rows) => {
    const n = rows.findIndex((row) => idOf(row as RowOf<Trace>) === eventId);
    return rows.map((row, at) => (at === n ? { ...row, ...how(row) } : row));
  });
}

/** Who may find what leaves the closed world: any of them will do. */
export const closedWorld = ['world', 'delivery', 'crud-events', 'conformance', 'order', 'completions'].map(
  (name) => `checker:${name}`,
);

/** A second event just like it, under another id and, where given, another key: row, records and effects. */
export function doubled(one: ExperimentScene, eventId: string, id: string, key?: string): void {
  const again = <Row extends { key: string | null }>(row: Row): Row => ({ ...row, ...(key !== undefined && { key }) });
  one.change('outbox', (rows) => [
    ...rows,
    ...rows.filter((row) => row.eventId === eventId).map((row) => again({ ...row, eventId: id, event: renamed(row.event, eventId, id) })),
  ]);
  one.change('records', (rows) => [
    ...rows,
    ...rows
      .filter((row) => row.id === eventId)
      .map((row, n) => again({ ...row, id, offset: beyond + n, event: renamed(row.event, eventId, id) })),
  ]);
  one.change('effects', (rows) => {
    const last = rows.reduce((most, { seq }) => Math.max(most, seq), 0);
    return [
      ...rows,
      ...rows.filter((row) => row.eventId === eventId).map((row, n) => again({ ...row, eventId: id, seq: last + 1 + n })),
    ];
  });
}

export const renamed = <T>(event: T, from: string, to: string): T =>
  event === undefined ? event : (JSON.parse(JSON.stringify(event).replaceAll(from, to)) as T);

export const stranger = '00000000-0000-4000-8000-00000000dead';

export const markNamed = (one: ExperimentScene, name: string): number =>
  must(one.rows('marks').find((mark) => mark.name === name), `mark ${name}`).at;
