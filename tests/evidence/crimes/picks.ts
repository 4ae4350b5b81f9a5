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
export const withSighting = (scene: Scene): ExperimentScene =>
  scene.find('a sighting', (one) => one.record.sometimes.length > 0 && one.rows('samples').length > 0);

export function must<T>(found: T | undefined, what: string): T {
  if (found === undefined) throw new NotHere(`no ${what}`);
  return found;
}

/** The n-th acknowledged change, somewhere in the middle. */
export function someChange(one: ExperimentScene, n = 5): Op & { eventId: string } {
  const effects = new Set(one.rows('effects').map(({ eventId }) => eventId));
  const all = acknowledged(one).filter(({ eventId }) => effects.has(eventId));
  return must(all[Math.min(n, all.length - 1)], 'acknowledged change');
}

/** All that the event with this id left, and who asked for it no longer, is taken away. */
export function forget(one: ExperimentScene, eventId: string, kinds: readonly ('outbox' | 'records' | 'effects')[]): void {
  if (kinds.includes('outbox')) one.change('outbox', (rows) => rows.filter((row) => row.eventId !== eventId));
  if (kinds.includes('effects')) one.change('effects', (rows) => rows.filter((row) => row.eventId !== eventId));
  if (kinds.includes('records')) one.change('records', (rows) => rows.filter((row) => row.id !== eventId));
}

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
      .map((row, n) => again({ ...row, id, offset: 1_000_000 + n, event: renamed(row.event, eventId, id) })),
  ]);
  one.change('effects', (rows) => {
    const last = rows.reduce((most, { seq }) => Math.max(most, seq), 0);
    return [
      ...rows,
      ...rows.filter((row) => row.eventId === eventId).map((row, n) => again({ ...row, eventId: id, seq: last + 1 + n })),
    ];
  });
}

const renamed = <T>(event: T, from: string, to: string): T =>
  event === undefined ? event : (JSON.parse(JSON.stringify(event).replaceAll(from, to)) as T);

export const stranger = '00000000-0000-4000-8000-00000000dead';

export const markNamed = (one: ExperimentScene, name: string): number =>
  must(one.rows('marks').find((mark) => mark.name === name), `mark ${name}`).at;
