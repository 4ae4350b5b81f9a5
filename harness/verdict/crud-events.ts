/** Each change the system acknowledged made exactly its event: one outbox row, one effect, right type, right key. */
import { familyOf } from '../evidence/event-contracts.ts';
import type { EventNaming, Op, OutboxRow } from '../evidence/records.ts';
import type { ExperimentEvidence } from '../evidence/run-folder.ts';
import { followDelivery, ofAnotherSystem } from './delivery.ts';
import { counted, type Judgement, noneOf, unsure } from './judgement.ts';
import { slotOf } from './world/known.ts';

export function crudEvents(evidence: ExperimentEvidence): Judgement {
  const { ops, outbox, effects, system } = evidence;
  if (ops === undefined) return unsure('ops.ndjson is missing, so nobody knows what was changed');
  if (outbox === undefined) return unsure('outbox.ndjson is missing, so nobody knows which events were made');
  if (effects === undefined) return unsure('effects.ndjson is missing, so nobody knows which events had an effect');
  if (system === undefined) return unsure('system.json is missing, so nobody knows which operations change something');
  const stranger = ofAnotherSystem(evidence);
  if (stranger) return unsure(stranger);
  // What is named changes something; others change something when they say so with an event.
  const changing = (op: Op) => Object.hasOwn(system.changes, op.what) || op.eventId !== undefined;
  const changes = ops.filter((op) => op.type === 'ok' && changing(op));
  if (changes.length === 0) return unsure('no change was acknowledged, so no event was due');

  const rowsOf = Map.groupBy(outbox, (row) => row.eventId);
  const effectsOf = Map.groupBy(effects, (effect) => effect.eventId);
  const followed = followDelivery(evidence);
  const onTheirWay = new Set('missing' in followed ? [] : followed.undecided.map((stray) => stray.eventId));
  const wrong: string[] = [];
  let undecided = 0;
  for (const op of changes) {
    const say = (what: string) => wrong.push(`${op.what} ${op.key ?? '(no key)'}, event ${op.eventId ?? '(none)'}: ${what}`);
    if (op.eventId === undefined) {
      say('acknowledged without naming an event');
      continue;
    }
    const rows = rowsOf.get(op.eventId) ?? [];
    const seen = effectsOf.get(op.eventId) ?? [];
    if (rows.length !== 1) say(`${counted(rows.length, 'outbox row')} instead of one`);
    for (const made of [...rows.slice(0, 1), ...seen]) {
      if (op.eventType !== undefined && made.eventType !== op.eventType) say(`type ${made.eventType} instead of ${op.eventType}`);
      if (op.key !== undefined && made.key !== op.key) say(`key ${made.key} instead of ${op.key}`);
    }
    if (seen.length === 0 && onTheirWay.has(op.eventId)) undecided += 1;
    else {
      const most = Math.max(0, ...[...Map.groupBy(seen, slotOf).values()].map(({ length }) => length));
      if (most !== 1) say(`${counted(most, 'effect')} instead of one`);
    }
  }
  for (const row of uncalledFor(ops, outbox, system.events))
    wrong.push(`event ${row.eventId} (${row.eventType}, key ${row.key}): no operation asked for it`);

  const found = { wrong: wrong.length, checked: changes.length, unit: 'changes', examples: wrong };
  if (wrong.length > 0) {
    const between = `${counted(wrong.length, 'disagreement')} between ${counted(changes.length, 'change')} and their events`;
    return noneOf('fail', { ...found, because: `${between}, first: ${wrong[0]}` });
  }
  if (undecided > 0) return noneOf('unsure', { ...found, because: `still on their way: ${counted(undecided, 'event')}` });
  return noneOf('pass', {
    ...found,
    because: `${counted(changes.length, 'change')} made exactly one event each, of the right type and key`,
  });
}

/**
 * Rows about an entity of ours that no operation made: a read that wrote, or a change that wrote twice. An unanswered
 * change may have made one. Other families of events about the same entity have their own makers.
 */
function uncalledFor(ops: readonly Op[], outbox: readonly OutboxRow[], naming: EventNaming): OutboxRow[] {
  const ids = new Set(ops.map((op) => op.eventId));
  const types = new Set([...ops, ...outbox].map(({ eventType }) => eventType ?? ''));
  const family = new Map([...types].map((type) => [type, familyOf(type, naming)]));
  const families = new Set(ops.flatMap(({ eventType }) => (eventType ? [family.get(eventType)] : [])));
  const keys = new Set(ops.flatMap((op) => (op.type !== 'fail' && op.key !== undefined ? [op.key] : [])));
  const unanswered = new Map<string, number>();
  for (const op of ops) {
    if (op.type === 'unsure' && op.key !== undefined && op.eventId === undefined)
      unanswered.set(op.key, (unanswered.get(op.key) ?? 0) + 1);
  }
  return outbox.filter((row) => {
    if (ids.has(row.eventId) || !keys.has(row.key) || !families.has(family.get(row.eventType))) return false;
    const allowed = unanswered.get(row.key) ?? 0;
    unanswered.set(row.key, allowed - 1);
    return allowed <= 0;
  });
}
