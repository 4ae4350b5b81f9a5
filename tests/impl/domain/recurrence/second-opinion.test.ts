/**
 * What python-dateutil makes of 2,000 rules, kept in `rules.ndjson.gz`: the same, occurrence by occurrence, and the same again one by one from
 * wherever the search begins. Make others: `python3 oracle.py <seed> <rules> | gzip > rules.ndjson.gz`.
 */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { gunzipSync } from 'node:zlib';
import { expect, test } from '@jest/globals';
import { nextOccurrence, occurrencesAfter, type Recurrence, recurrenceOf } from '#domain/recurrence.ts';

interface Opinion {
  readonly rrule: string;
  readonly timeZone: string;
  readonly startsAt: string;
  readonly first: readonly string[];
}

const opinions: readonly Opinion[] = gunzipSync(readFileSync(join(import.meta.dirname, 'rules.ndjson.gz')))
  .toString()
  .split('\n')
  .filter((line) => line !== '')
  .map((line) => JSON.parse(line) as Opinion);
const far = new Date('2099-12-31T23:59:59Z');
const shown = (date: Date) => date.toISOString().replace(':00.000Z', 'Z');

function ours({ rrule, timeZone, startsAt }: Opinion): Recurrence | string {
  try {
    return recurrenceOf({ rrule, timeZone, startsAt });
  } catch (error) {
    return (error as Error).message;
  }
}

test('every rule of the corpus occurs when python-dateutil says', () => {
  const differing: object[] = [];
  for (const opinion of opinions) {
    const recurrence = ours(opinion);
    const found =
      typeof recurrence === 'string' ? recurrence : occurrencesAfter(recurrence, new Date(0), far, opinion.first.length + 1);
    const got = typeof found === 'string' ? found : found.slice(0, opinion.first.length).map(shown);
    const wanted = opinion.first.length === 0 ? 'The rule never occurs' : opinion.first;
    if (JSON.stringify(got) !== JSON.stringify(wanted)) differing.push({ ...opinion, got });
  }
  expect(differing).toEqual([]);
  expect(opinions.length).toBeGreaterThanOrEqual(2_000);
});

test('one by one is the same as many at once, from any of them', () => {
  for (const opinion of opinions.filter((_, n) => n % 4 === 0)) {
    const recurrence = ours(opinion);
    if (typeof recurrence === 'string') continue;
    const last = opinion.first.at(-1) as string;
    for (const [n, each] of opinion.first.entries())
      if (each !== last)
        expect([opinion, nextOccurrence(recurrence, new Date(each))?.toISOString()]).toEqual([
          opinion,
          new Date(opinion.first[n + 1] as string).toISOString(),
        ]);
  }
});
