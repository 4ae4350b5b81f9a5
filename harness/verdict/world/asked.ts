/**
 * Nothing is made that nobody asked for, and what was refused was not made. Each row of a change is an acknowledged request's, or has
 * another cause; a request that was never answered may have made one.
 */
import type { Op, OutboxRow } from '../../evidence/records.ts';
import type { ExperimentEvidence } from '../../evidence/run-folder.ts';
import { markAt } from '../windows.ts';
import { type Found, inWords, type Known, nothingFound } from './known.ts';

/** Clocks of a database and of a client on one machine agree to less. */
const clockSlackMs = 1_000;

export function asked(evidence: ExperimentEvidence, known: Known): Found {
  const found = nothingFound();
  const { ops, outbox, system } = evidence;
  if (ops === undefined) found.undecided.push('ops.ndjson is missing, so nobody knows what was asked for');
  if (outbox === undefined) found.undecided.push('outbox.ndjson is missing, so nobody knows what was made');
  if (system === undefined) found.undecided.push('system.json is missing, so nobody knows what changes something');
  if (ops === undefined || outbox === undefined || system === undefined) return found;
  answered(ops, known, found);
  causes(outbox, found);

  const types = new Set(Object.values(system.changes));
  const named = new Set(ops.flatMap(({ eventId }) => eventId ?? []));
  const open = outbox.filter(
    (row) =>
      row.createdAt >= known.startedAt && types.has(row.eventType) && !named.has(row.eventId) && typeof row.cause !== 'string',
  );
  found.checked += outbox.length;
  const refusals = ops.filter(({ type }) => type === 'fail');
  const cut = markAt(evidence.marks ?? [], 'workload-end') === undefined;
  for (const row of unexplained(evidence, open, system.changes)) {
    const refused = refusals.find((op) => typeOf(op, system.changes) === row.eventType && op.key === row.key);
    if (cut) found.undecided.push(`${inWords(row)}: nobody asked for it, or the request was cut short`);
    else if (refused)
      found.wrong.push(
        `${inWords(row)}: only a ${refused.what} asked for it, and that was refused (${refused.status ?? 'unsent'})`,
      );
    else found.wrong.push(`${inWords(row)}: nobody asked for it`);
  }
  return found;
}

/** What a request was told, against what it made. */
function answered(ops: readonly Op[], { rowOf, rows }: Known, { wrong }: Found): void {
  for (const { what, type, status, eventId, eventType, key } of ops) {
    if (eventId === undefined) continue;
    const row = rowOf(eventId);
    const say = (sentence: string) => wrong.push(`${eventId} (${what}, key ${key ?? 'unknown'}): ${sentence}`);
    if (type === 'fail' && row) say(`refused (${status ?? 'unsent'}), and made all the same`);
    if (type !== 'ok') continue;
    if (!row) say('acknowledged, and in no outbox');
    else if (eventType !== undefined && row.eventType !== eventType) say(`made a ${row.eventType} instead of a ${eventType}`);
    else if (key !== undefined && row.key !== key) say(`made under the key ${row.key}`);
  }
  for (const [eventId, same] of rows) if (same.length > 1) wrong.push(`${eventId}: ${same.length} rows in the outboxes`);
}

function causes(outbox: readonly OutboxRow[], { wrong }: Found): void {
  for (const [cause, made] of Map.groupBy(outbox, (row) => row.cause ?? '')) {
    const ids = [...new Set(made.map(({ eventId }) => eventId))];
    if (cause !== '' && ids.length > 1) wrong.push(`${ids.join(', ')}: ${ids.length} rows of one cause, ${cause}`);
  }
}

const typeOf = ({ eventType, what }: Op, changes: Readonly<Record<string, string>>): string | undefined =>
  eventType ?? (Object.hasOwn(changes, what) ? changes[what] : undefined);

/** Rows that neither the workload's marks nor its unanswered requests account for: each of those accounts for one. */
function unexplained(
  { ops = [], marks = [] }: ExperimentEvidence,
  rows: readonly OutboxRow[],
  changes: Readonly<Record<string, string>>,
): OutboxRow[] {
  const reasons = [
    ...marks
      .filter(({ kind, name }) => kind === 'mark' && name === 'asked')
      // It is told when the answer is there: when it was asked nobody knows.
      .map(({ detail }) => ({ type: detail?.['type'], key: detail?.['key'], fromMs: Number.NEGATIVE_INFINITY, used: false })),
    ...ops
      .filter((op) => op.type === 'unsure' && op.eventId === undefined)
      .map((op) => ({ type: typeOf(op, changes), key: op.key, fromMs: op.startedAt - clockSlackMs, used: false })),
  ];
  // A reason that knows its key accounts for nothing else: it goes first.
  const byType = Map.groupBy(
    reasons.toSorted((a, b) => Number(a.key === undefined) - Number(b.key === undefined)),
    ({ type }) => type,
  );
  return rows
    .toSorted((a, b) => a.createdAt - b.createdAt)
    .filter((row) => {
      const reason = byType
        .get(row.eventType)
        ?.find(({ key, fromMs, used }) => !used && (key === undefined || key === row.key) && fromMs <= row.createdAt);
      if (reason) reason.used = true;
      return reason === undefined;
    });
}
