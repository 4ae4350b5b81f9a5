/** What the parts of the closed world look things up in, and what each of them finds. */
import type { Consumer, Effect, Mark, OutboxRow } from '../../evidence/records.ts';
import type { ExperimentEvidence } from '../../evidence/run-folder.ts';
import { markAt } from '../windows.ts';

export interface Found {
  /** How many things were looked at. */
  checked: number;
  /** Sentences that begin with an id. */
  readonly wrong: string[];
  /** Sentences about what can not be decided. */
  readonly undecided: string[];
  /** Records that came more than once, with one content: the relay promises no less than once. */
  repeated: number;
  /** Made when nobody followed any more. */
  tooLate: number;
}
export const nothingFound = (): Found => ({ checked: 0, wrong: [], undecided: [], repeated: 0, tooLate: 0 });

/**
 * How long things were followed. `settled`: what lay in the broker at `fromMs` has been taken by every consumer, and what was sent by
 * `atMs` lies in what was read of the broker.
 */
export type End =
  | { readonly kind: 'settled'; readonly fromMs: number; readonly atMs: number }
  | { readonly kind: 'gave up'; readonly atMs: number; readonly waitedMs: number }
  | { readonly kind: 'cut short' };

export interface Known {
  readonly startedAt: number;
  readonly end: End;
  /** Of this experiment, by event id. */
  readonly rows: ReadonlyMap<string, readonly OutboxRow[]>;
  /** Of this experiment, or of one before it. */
  readonly rowOf: (eventId: string) => OutboxRow | undefined;
  /** Ids of records that the workload spoilt on purpose. */
  readonly poison: ReadonlySet<string>;
  readonly isPlanted: (topic: string, id: string) => boolean;
  readonly consumers: Readonly<Record<string, Consumer>>;
  /** Topic -> the one whose dead letters it holds. */
  readonly deadLettersOf: ReadonlyMap<string, string>;
  /** Why it may not let this event of a row go, as a phrase; undefined where it may. */
  readonly keeps: (topic: string, row: OutboxRow) => string | undefined;
}

export function knownOf(evidence: ExperimentEvidence): Known {
  const { marks = [], outbox = [], system, earlier } = evidence;
  const rows = Map.groupBy(outbox, ({ eventId }) => eventId);
  const told = (name: string) =>
    marks.filter((mark) => mark.kind === 'mark' && mark.name === name).map(({ detail }) => detail ?? {});
  const planted = told('planted');
  const topics = Object.entries(system?.topics ?? {});
  const faultsIn = marks.filter(({ kind }) => kind === 'fault-in');
  const applied = topics.flatMap(([name, { effects }]) => (effects ? [name] : []));
  return {
    startedAt: markAt(marks, 'experiment-start') ?? Number.NEGATIVE_INFINITY,
    end: endOf(marks, evidence.record?.settleMsMax ?? 0),
    rows,
    rowOf: (eventId) => rows.get(eventId)?.[0] ?? earlier?.get(eventId),
    poison: new Set(told('poison').map(({ id }) => String(id))),
    isPlanted: (topic, id) => planted.some((one) => one['topic'] === topic && id.startsWith(String(one['idPrefix']))),
    // One that has no name applies what is to be applied.
    consumers: system?.consumers ?? { [consumerOf({})]: { topics: applied } },
    deadLettersOf: new Map(
      topics.flatMap(([name, { deadLettersOf }]) => (deadLettersOf ? [[name, deadLettersOf] as const] : [])),
    ),
    keeps(topic, { sentAt }) {
      if (system?.topics[topic]?.promise !== 'best effort') return 'which promises every event';
      const broken = faultsIn.some(({ at }) => at <= (sentAt ?? Number.POSITIVE_INFINITY));
      return broken ? undefined : 'and nothing was broken';
    },
  };
}

export const consumerOf = ({ consumer = '' }: Pick<Effect, 'consumer'>): string => consumer;

/** What may be there once: an event may have several effects only with several consumers, or in several parts. */
export const slotOf = (effect: Pick<Effect, 'eventId' | 'consumer' | 'part'>): string =>
  JSON.stringify([consumerOf(effect), effect.part ?? '', effect.eventId]);

export const inWords = ({ eventId, eventType, key }: Pick<OutboxRow, 'eventId' | 'eventType' | 'key'>): string =>
  `${eventId} (${eventType}, key ${key})`;

function endOf(marks: readonly Mark[], waitedMs: number): End {
  const settled = marks.find(({ kind, name }) => kind === 'mark' && name === 'settled');
  if (settled) {
    const from = settled.detail?.['from'];
    return { kind: 'settled', atMs: settled.at, fromMs: typeof from === 'number' ? from : settled.at };
  }
  const gaveUp = markAt(marks, 'settle-gave-up');
  return gaveUp === undefined ? { kind: 'cut short' } : { kind: 'gave up', atMs: gaveUp, waitedMs };
}
