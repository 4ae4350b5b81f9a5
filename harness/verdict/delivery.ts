/**
 * Effect exactly once: every event the system acknowledged has had its effect, once, and nothing had an effect that
 * nobody asked for. What is missing is `fail` only when it can no longer come; until then it is `unsure`.
 */
import type { Effect, Op, OutboxRow } from '../evidence/records.ts';
import type { ExperimentEvidence } from '../evidence/run-folder.ts';
import { counted, type Judgement, noneOf, unsure } from './judgement.ts';
import { slotOf } from './world/known.ts';
import { markAt } from './windows.ts';

export interface Delivery {
  /** Acknowledged operations that promised an event. */
  readonly acknowledged: readonly Op[];
  readonly lost: readonly Strayed[];
  /** Not there yet, and nothing says it never will be. */
  readonly undecided: readonly Strayed[];
  readonly duplicated: readonly Strayed[];
  readonly unexpected: readonly Strayed[];
}
export interface Strayed {
  readonly eventId: string;
  /** Where it was last seen, as a phrase. */
  readonly where: string;
}

/** Undefined with a sentence when the evidence needed was not collected. */
export function followDelivery(evidence: ExperimentEvidence): Delivery | { readonly missing: string } {
  const { ops, effects, outbox } = evidence;
  if (ops === undefined) return { missing: 'ops.ndjson is missing, so nobody knows what was acknowledged' };
  if (effects === undefined) return { missing: 'effects.ndjson is missing, so nobody knows what had its effect' };
  const acknowledged = promised(ops);
  const applied = new Set(effects.map((effect) => effect.eventId));
  const absent = acknowledged.filter((op) => !applied.has(op.eventId));
  const located = locate(evidence, absent);
  // With each consumer, and in each part, once.
  const times = new Map<string, { readonly eventId: string; times: number }>();
  for (const effect of effects) {
    const slot = slotOf(effect);
    const seen = times.get(slot);
    if (seen) seen.times += 1;
    else times.set(slot, { eventId: effect.eventId, times: 1 });
  }
  const twice = [...times.values()].filter((seen) => seen.times > 1);
  return {
    acknowledged,
    lost: located.lost,
    undecided: located.undecided,
    duplicated: twice.map((seen) => ({ eventId: seen.eventId, where: `${seen.times} effects` })),
    unexpected: uncalledFor(ops, effects, outbox && knownIds(outbox, evidence.earlier)),
  };
}

export function delivery(evidence: ExperimentEvidence): Judgement {
  const seen = followDelivery(evidence);
  if ('missing' in seen) return unsure(seen.missing);
  const checked = seen.acknowledged.length;
  const wrong = [...seen.lost, ...seen.duplicated, ...seen.unexpected];
  const examples = [...wrong, ...seen.undecided].map((stray) => `${stray.eventId}: ${stray.where}`);
  const found = { wrong: wrong.length, checked, unit: 'events', examples };
  if (wrong.length > 0) {
    const parts = [
      ...(seen.lost.length > 0 ? [`${seen.lost.length} lost (first: ${seen.lost[0]?.where})`] : []),
      ...(seen.duplicated.length > 0 ? [`${seen.duplicated.length} with more than one effect`] : []),
      ...(seen.unexpected.length > 0 ? [`${seen.unexpected.length} with an effect nobody asked for`] : []),
    ];
    return noneOf('fail', { ...found, because: `of ${counted(checked, 'acknowledged event')}: ${parts.join(', ')}` });
  }
  if (seen.undecided.length > 0) {
    const waiting = seen.undecided.length;
    return noneOf('unsure', {
      ...found,
      because: `${counted(waiting, 'acknowledged event')} had no effect: ${seen.undecided[0]?.where}`,
    });
  }
  if (checked === 0) return unsure('no operation was acknowledged with an event, so there was nothing to deliver');
  if (markAt(evidence.marks ?? [], 'settled') === undefined && markAt(evidence.marks ?? [], 'settle-gave-up') === undefined) {
    return noneOf('unsure', {
      ...found,
      because: 'the experiment never settled (no mark), so a late duplicate may have been missed',
    });
  }
  return noneOf('pass', { ...found, because: `${counted(checked, 'acknowledged event')} had exactly one effect each` });
}

/** Operations that said yes and named their event, warm-up included: a promise is a promise. */
export const promised = (ops: readonly Op[]): (Op & { readonly eventId: string })[] =>
  ops.filter((op): op is Op & { readonly eventId: string } => op.type === 'ok' && op.eventId !== undefined);

/** The topics whose events take effect in another service; a sentence when the run does not say, or there is none. */
export function topicsWithEffects(evidence: ExperimentEvidence): ReadonlySet<string> | { readonly missing: string } {
  const names = effectTopics(evidence);
  if (names.length === 0)
    return { missing: 'system.json names no topic whose events take effect, so nobody knows where to look for them' };
  const missing = ofAnotherSystem(evidence);
  return missing === undefined ? new Set(names) : { missing };
}

/**
 * Says so when what was promised lies in the broker, and nowhere but in topics that system.json does not name: then it tells of
 * some other system, and whoever goes by it would convict or acquit this one of another's deeds.
 */
export function ofAnotherSystem(evidence: ExperimentEvidence): string | undefined {
  const { system, ops = [], records = [] } = evidence;
  if (system === undefined) return undefined;
  // Mostly the first record is of a topic that is named, and one such record is enough.
  const ids = new Set<string | null>();
  for (const { type, eventId } of ops) if (type === 'ok' && eventId !== undefined) ids.add(eventId);
  const seenIn = new Set<string>();
  for (const { id, topic } of records) {
    if (!ids.has(id)) continue;
    if (Object.hasOwn(system.topics, topic)) return undefined;
    seenIn.add(topic);
  }
  if (seenIn.size === 0) return undefined;
  const foreign = [...seenIn].sort().join(', ');
  return `nothing of it was found in ${effectTopics(evidence).join(', ')}: it is in ${foreign}, which system.json does not name`;
}

const effectTopics = ({ system }: ExperimentEvidence): string[] =>
  Object.entries(system?.topics ?? {}).flatMap(([name, { effects }]) => (effects ? [name] : []));

/** Follows each missing event along its way: outbox row, broker record, effect. */
function locate(evidence: ExperimentEvidence, absent: readonly (Op & { readonly eventId: string })[]) {
  const lost: Strayed[] = [];
  const undecided: Strayed[] = [];
  if (absent.length === 0) return { lost, undecided };
  const marks = evidence.marks ?? [];
  const settled = markAt(marks, 'settled') !== undefined;
  const gaveUp = markAt(marks, 'settle-gave-up') !== undefined;
  const topics = topicsWithEffects(evidence);
  const rows = evidence.outbox && new Map(evidence.outbox.map((row) => [row.eventId, row]));
  const published =
    evidence.records &&
    !('missing' in topics) &&
    new Set(evidence.records.filter((record) => topics.has(record.topic)).map((record) => record.id));
  const waiting = absent.filter((op) => rows?.get(op.eventId)?.sentAt === null).length;
  const waitedS = (evidence.record?.settleMsMax ?? 0) / 1_000;
  for (const { eventId } of absent) {
    const row = rows?.get(eventId);
    const into = (list: Strayed[], where: string) => void list.push({ eventId, where });
    if (rows && !row) into(lost, 'acknowledged, but never in the outbox');
    else if (typeof row?.givenUpAt === 'number') into(lost, `given up${row.error === null ? '' : `: ${row.error}`}`);
    else if (settled) into(lost, 'everything had settled, and it had no effect');
    else if (!gaveUp) into(undecided, 'the experiment was cut short before anybody waited for it');
    else if (!row) into(undecided, 'outbox.ndjson is missing, so it may still be on its way');
    else if (row.sentAt === null) into(undecided, `still on its way: ${waiting} in the outbox`);
    else if ('missing' in topics) into(undecided, `marked sent, and ${topics.missing}`);
    else if (!published) into(undecided, 'marked sent, and records.ndjson is missing, so it may be in the broker');
    else if (!published.has(eventId)) into(lost, 'marked sent, but never published');
    else into(lost, `in the broker, but not applied within ${waitedS} s`);
  }
  return { lost, undecided };
}

/** An event of an earlier experiment is no stranger; that its effect came now is told of the run. */
const knownIds = (outbox: readonly OutboxRow[], earlier: ExperimentEvidence['earlier']): ReadonlySet<string> =>
  new Set([...outbox.map((row) => row.eventId), ...(earlier?.keys() ?? [])]);

/** Other traffic (a canary, the cron tick) has its rows in the outbox and is nobody's surprise. */
function uncalledFor(ops: readonly Op[], effects: readonly Effect[], known: ReadonlySet<string> | undefined): Strayed[] {
  const byType = Map.groupBy(
    ops.filter((op) => op.eventId !== undefined),
    (op) => op.type === 'fail',
  );
  const refused = new Set(byType.get(true)?.map((op) => op.eventId));
  const asked = new Set(byType.get(false)?.map((op) => op.eventId));
  const ids = [...new Set(effects.map((effect) => effect.eventId))];
  return ids.flatMap((eventId) => {
    if (asked.has(eventId)) return [];
    if (refused.has(eventId)) return [{ eventId, where: 'an effect of an operation that was refused' }];
    // Without the outbox nobody can tell a stranger from the canary.
    return known && !known.has(eventId) ? [{ eventId, where: 'an effect of an event that is in no outbox' }] : [];
  });
}
