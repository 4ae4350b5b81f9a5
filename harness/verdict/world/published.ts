/** Every row ends as its event on each of its topics, and every record is some row's: with its key and its content. */
import { isDeepStrictEqual } from 'node:util';
import { eventTextOf } from '../../evidence/ndjson.ts';
import type { BrokerRecord, OutboxRow } from '../../evidence/records.ts';
import type { ExperimentEvidence } from '../../evidence/run-folder.ts';
import { type End, type Found, inWords, type Known, nothingFound } from './known.ts';

/** A row's time is that of its insert, and it is to be seen when its transaction commits. */
const commitMsMax = 5_000;

export function published({ outbox, records }: ExperimentEvidence, known: Known): Found {
  const found = nothingFound();
  if (records === undefined) found.undecided.push('records.ndjson is missing, so nobody knows what was published');
  if (outbox === undefined || records === undefined) {
    if (outbox) for (const row of outbox) givenUp(row, known, found);
    return found;
  }
  const first = new Map<string, BrokerRecord>();
  for (const record of records) {
    found.checked += 1;
    const because = strange(record, known) ?? repeats(record, first, found);
    if (because) found.wrong.push(`${record.id ?? 'no id'} (${record.topic}/${record.partition}@${record.offset}): ${because}`);
  }
  for (const row of outbox) {
    if (givenUp(row, known, found) || row.createdAt < known.startedAt) continue;
    if (row.topics === undefined)
      found.undecided.push(`${inWords(row)}: its outbox does not say where it has to go; select its topics in system.yaml`);
    for (const topic of row.topics ?? []) {
      if (first.has(slot(topic, row.eventId))) continue;
      if (row.letGo?.includes(topic)) {
        const keeps = known.keeps(topic, row);
        if (keeps) found.wrong.push(`${inWords(row)}: let go by ${topic}, ${keeps}`);
        continue;
      }
      const fate = fateOf(row, known.end);
      if (fate === 'too late') found.tooLate += 1;
      else if (fate === 'lost') found.wrong.push(`${inWords(row)}: marked sent, and not in ${topic}`);
      else found.undecided.push(`${inWords(row)}: ${fate}`);
    }
  }
  return found;
}

/** Given up is an end, and not the one that was promised. True: nobody need look for its record. */
function givenUp(row: OutboxRow, { startedAt }: Known, { wrong }: Found): boolean {
  if (typeof row.givenUpAt !== 'number') return false;
  if (Math.max(row.createdAt, row.givenUpAt) >= startedAt)
    wrong.push(`${inWords(row)}: given up${row.error === null ? '' : `: ${row.error}`}`);
  return true;
}

const slot = (topic: string, id: string): string => `${topic} ${id}`;

/** Why it should not be where it is, as a phrase. */
function strange(record: BrokerRecord, known: Known): string | undefined {
  const { topic, id, key } = record;
  if (id === null) return 'no event at all';
  const deadOf = known.deadLettersOf.get(topic);
  if (known.poison.has(id)) return undefined;
  if (deadOf !== undefined) return `a dead letter of ${deadOf}, and nothing was wrong with it on purpose`;
  if (known.isPlanted(topic, id)) return undefined;
  const row = known.rowOf(id);
  if (!row) return 'in no outbox';
  if (row.topics && !row.topics.includes(topic)) return `its row goes to ${row.topics.join(', ')}`;
  if (key !== row.key) return `its key is ${key}, its row's ${row.key}`;
  if (!sameEvent(record, row) && row.event !== undefined) return "its content is not its row's";
  return undefined;
}

function repeats(record: BrokerRecord, first: Map<string, BrokerRecord>, found: Found): string | undefined {
  const at = slot(record.topic, String(record.id));
  const earlier = first.get(at);
  if (!earlier) return void first.set(at, record);
  found.repeated += 1;
  const same = earlier.key === record.key && sameEvent(earlier, record);
  return same ? undefined : `the same event is at ${earlier.partition}@${earlier.offset}, with other content`;
}

/** The same text is the same event; another one may be, too. */
function sameEvent(one: BrokerRecord | OutboxRow, other: BrokerRecord | OutboxRow): boolean {
  const text = eventTextOf(one);
  return (text !== undefined && text === eventTextOf(other)) || isDeepStrictEqual(one.event, other.event);
}

/** Of a row that has no record. */
function fateOf({ sentAt, createdAt, attempts, error }: OutboxRow, end: End): 'lost' | 'too late' | string {
  if (end.kind === 'cut short') return 'the experiment was cut short before anybody waited for it';
  if (sentAt !== null) return sentAt < end.atMs ? 'lost' : 'too late';
  if (end.kind === 'settled' && createdAt >= end.fromMs - commitMsMax) return 'too late';
  return `still to be sent after ${attempts} attempts${error === null ? '' : `: ${error}`}`;
}
