/**
 * Per key, what was acknowledged first takes effect first. Two operations are ordered only when one was answered
 * before the other began; operations that overlapped may come in either order.
 */
import type { BrokerRecord, Op } from '../evidence/records.ts';
import type { ExperimentEvidence } from '../evidence/run-folder.ts';
import { promised, topicsWithEffects } from './delivery.ts';
import { counted, type Judgement, noneOf, unsure } from './judgement.ts';
import { consumerOf } from './world/known.ts';

export interface OutOfOrder {
  readonly key: string;
  /** Acknowledged before the other began... */
  readonly first: string;
  /** ...but this one was there before it. */
  readonly overtookBy: string;
}
type Ordered = { readonly checked: number; readonly outOfOrder: readonly OutOfOrder[] };

export function order(evidence: ExperimentEvidence): Judgement {
  const { ops, effects, records } = evidence;
  if (ops === undefined) return unsure('ops.ndjson is missing, so nobody knows what was acknowledged in which order');
  if (effects === undefined) return unsure('effects.ndjson is missing, so nobody knows in which order effects came');
  const applied = inEffects(evidence);
  const topics = topicsWithEffects(evidence);
  const published = records && !('missing' in topics) ? inBroker(ops, records, topics) : undefined;
  const wrong = [
    ...applied.outOfOrder.map((pair) => `effects of key ${pair.key}: ${pair.overtookBy} came before ${pair.first}`),
    ...(published?.outOfOrder ?? []).map((pair) => `broker, key ${pair.key}: ${pair.overtookBy} came before ${pair.first}`),
  ];
  const found = { wrong: wrong.length, checked: applied.checked, unit: 'events', examples: wrong };
  if (wrong.length > 0) {
    return noneOf('fail', { ...found, because: `${counted(wrong.length, 'event')} overtook an earlier one of the same key` });
  }
  if (applied.checked === 0)
    return unsure('no key had two operations of which one was answered before the other began: nothing to check');
  const unseen =
    records === undefined
      ? 'records.ndjson is missing, so the order in the broker is unknown'
      : 'missing' in topics
        ? topics.missing
        : unseenIn(evidence, records, topics);
  if (unseen) return noneOf('unsure', { ...found, because: `effects are in order, but ${unseen}` });
  return noneOf('pass', {
    ...found,
    because: `${counted(applied.checked, 'event')} that followed an earlier one of the same key came after it`,
  });
}

/** What had its effect has been in the broker: where nobody finds it there, nobody has seen its order. */
function unseenIn({ ops = [], effects = [] }: ExperimentEvidence, records: readonly BrokerRecord[], topics: ReadonlySet<string>) {
  const there = new Set(records.filter(({ topic }) => topics.has(topic)).map(({ id }) => id));
  const applied = new Set(effects.map(({ eventId }) => eventId));
  const due = promised(ops).filter(({ key, eventId }) => key !== undefined && applied.has(eventId));
  const absent = due.filter(({ eventId }) => !there.has(eventId));
  const where = [...topics].join(', ');
  if (absent.length === 0) return undefined;
  if (absent.length === due.length) return `nothing of it was found in ${where}`;
  return `${absent.length} of ${counted(due.length, 'event')} were not found in ${where}, first: ${absent[0]?.eventId}`;
}

/** The first effect of each event counts, with each consumer for itself; a missing one is delivery's to report. */
export function inEffects(evidence: ExperimentEvidence): Ordered {
  const all = [...Map.groupBy(evidence.effects ?? [], consumerOf).values()].map((own) => {
    const place = new Map<string, number>();
    for (const effect of own) {
      const known = place.get(effect.eventId);
      if (known === undefined || effect.seq < known) place.set(effect.eventId, effect.seq);
    }
    return compare(evidence.ops ?? [], place);
  });
  return { checked: all.reduce((sum, one) => sum + one.checked, 0), outOfOrder: all.flatMap((one) => one.outOfOrder) };
}

/** Per topic and key: one partition, rising offsets. A key spread over partitions has no order at all. */
function inBroker(ops: readonly Op[], records: readonly BrokerRecord[], topics: ReadonlySet<string>): Ordered {
  const keyOf = new Map(promised(ops).map((op) => [op.eventId, op.key]));
  // On other topics (screens get the same events on one of their own) only the newest counts: no order is promised there.
  const all = [...topics].map((topic) =>
    inTopic(
      ops,
      keyOf,
      records.filter((record) => record.topic === topic),
    ),
  );
  return { checked: all.reduce((sum, one) => sum + one.checked, 0), outOfOrder: all.flatMap((one) => one.outOfOrder) };
}

function inTopic(ops: readonly Op[], keyOf: ReadonlyMap<string, string | undefined>, records: readonly BrokerRecord[]): Ordered {
  const elsewhere: OutOfOrder[] = [];
  const place = new Map<string, number>();
  const homeOf = new Map<string, { partition: number; id: string }>();
  for (const record of records.toSorted((a, b) => a.partition - b.partition || a.offset - b.offset)) {
    const key = record.id === null ? undefined : keyOf.get(record.id);
    if (record.id === null || key === undefined) continue;
    const home = homeOf.get(key) ?? { partition: record.partition, id: record.id };
    homeOf.set(key, home);
    if (home.partition !== record.partition)
      elsewhere.push({ key, first: home.id, overtookBy: `${record.id} (in another partition)` });
    else if (!place.has(record.id)) place.set(record.id, record.offset);
  }
  const ordered = compare(ops, place);
  return { checked: ordered.checked, outOfOrder: [...ordered.outOfOrder, ...elsewhere] };
}

/** Sweeps each key once: the furthest place among all that were answered before this operation began must lie behind it. */
function compare(ops: readonly Op[], place: ReadonlyMap<string, number>): Ordered {
  const outOfOrder: OutOfOrder[] = [];
  let checked = 0;
  const placed = promised(ops).filter((op) => op.key !== undefined && place.has(op.eventId));
  for (const [key, ofKey] of Map.groupBy(placed, (op) => op.key as string)) {
    const answered = ofKey.toSorted((a, b) => a.at - b.at);
    let next = 0;
    let furthest: { id: string; place: number } | undefined;
    for (const op of ofKey.toSorted((a, b) => a.startedAt - b.startedAt)) {
      for (let earlier = answered[next]; earlier && earlier.at <= op.startedAt; earlier = answered[++next]) {
        const at = place.get(earlier.eventId) as number;
        // An event acknowledged twice (a replayed create) is not before itself.
        if (earlier.eventId !== op.eventId && (furthest === undefined || at > furthest.place))
          furthest = { id: earlier.eventId, place: at };
      }
      if (furthest === undefined) continue;
      checked += 1;
      if (furthest.id !== op.eventId && furthest.place > (place.get(op.eventId) as number)) {
        outOfOrder.push({ key, first: furthest.id, overtookBy: op.eventId });
      }
    }
  }
  return { checked, outOfOrder };
}
