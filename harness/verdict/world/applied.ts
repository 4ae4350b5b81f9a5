/** Each event has its effect once with everybody who should apply it, and nothing else has any. */
import { isOneOf } from '../../evidence/event-contracts.ts';
import type { Consumer, Effect, OutboxRow } from '../../evidence/records.ts';
import type { ExperimentEvidence } from '../../evidence/run-folder.ts';
import { consumerOf, type End, type Found, inWords, type Known, nothingFound, slotOf } from './known.ts';

export function applied({ outbox, effects, records }: ExperimentEvidence, known: Known): Found {
  const found = nothingFound();
  if (effects === undefined) {
    found.undecided.push('effects.ndjson is missing, so nobody knows what was applied');
    return found;
  }
  for (const same of Map.groupBy(effects, slotOf).values()) {
    const [effect] = same as [Effect];
    const because = strange(effect, known, outbox !== undefined);
    if (because) found.wrong.push(`${at(effect)}: ${because}`);
    if (same.length > 1) found.wrong.push(`${at(effect)}: ${same.length} effects`);
  }
  found.checked += effects.length;
  if (outbox === undefined || records === undefined) return found;

  const seen = new Set(effects.map((effect) => `${consumerOf(effect)} ${effect.eventId}`));
  const arrivals = new Map<string, number>();
  for (const { topic, id, at: came } of records)
    arrivals.set(`${topic} ${id}`, Math.min(came, arrivals.get(`${topic} ${id}`) ?? Number.POSITIVE_INFINITY));
  for (const row of outbox) {
    for (const [name, consumer] of Object.entries(known.consumers)) {
      if (!concerns(row, consumer) || seen.has(`${name} ${row.eventId}`)) continue;
      const came = Math.min(
        ...consumer.topics.map((topic) => arrivals.get(`${topic} ${row.eventId}`) ?? Number.POSITIVE_INFINITY),
      );
      // What has not come can't have been applied: that it should have come is the outbox's affair.
      if (came === Number.POSITIVE_INFINITY) continue;
      const fate = fateOf(came, known.end);
      const where = name === '' ? 'in the broker' : `in the broker, for ${name}`;
      if (fate === 'too late') found.tooLate += 1;
      else if (fate === 'lost') found.wrong.push(`${inWords(row)}: ${where}, and without effect`);
      else found.undecided.push(`${inWords(row)}: ${where}, and ${fate}`);
    }
  }
  return found;
}

const at = (effect: Effect): string =>
  [`${effect.eventId} (${effect.eventType}, key ${effect.key})`, effect.consumer, effect.part].filter((word) => word).join(', ');

function concerns({ topics, eventType }: OutboxRow, consumer: Consumer): boolean {
  return (topics === undefined || consumer.topics.some((topic) => topics.includes(topic))) && isOneOf(eventType, consumer.types);
}

/** Why it should not be, as a phrase. */
function strange(effect: Effect, known: Known, haveRows: boolean): string | undefined {
  if (known.poison.has(effect.eventId)) return 'an effect of what was spoilt on purpose';
  const consumer = Object.hasOwn(known.consumers, consumerOf(effect)) ? known.consumers[consumerOf(effect)] : undefined;
  if (!consumer) return 'an effect with somebody whom system.json does not name';
  const row = known.rowOf(effect.eventId);
  if (!row) return haveRows ? 'an effect of an event that is in no outbox' : undefined;
  if (effect.eventType !== row.eventType) return `its event is a ${row.eventType}`;
  if (effect.key !== row.key) return `the key of its event is ${row.key}`;
  if (!concerns(row, consumer)) return 'nothing that this consumer should apply';
  return undefined;
}

/** Of an event that lies in the broker and has no effect. */
function fateOf(cameMs: number, end: End): 'lost' | 'too late' | string {
  if (end.kind === 'cut short') return 'the experiment was cut short before anybody waited for its effect';
  if (end.kind === 'settled') return cameMs < end.fromMs ? 'lost' : 'too late';
  return cameMs < end.atMs - end.waitedMs ? 'lost' : 'its effect may still come';
}
