/** One span per event, from the change to the broker's acknowledgement: the part of a trace that no request waits for. */
import type { OutboxRow } from '../outbox.ts';
import { sentenceOf } from '../sidecar/outcome.ts';
import type { EntryOutcome } from '../sidecar/publish.ts';
import type { Batch } from './destination.ts';
import { isSampled, type LooseSpan, looseSpan } from '../telemetry.ts';

/**
 * When many rows wait, a backlog is being drained, and what matters then is that it ends. Their events still carry the
 * trace of their request; only this span is missing between.
 */
const spansMax = 10;

export interface ProducerSpans {
  /** The rows as they are published: an event with a span continues from it. */
  rows(rows: readonly OutboxRow[]): readonly OutboxRow[];
  /** By one topic; the span ends with the last, and is bad when one failed. */
  acknowledged(id: string, outcome: EntryOutcome): void;
}

export function producerSpans(pubsub: string, batches: readonly Batch[]): ProducerSpans {
  const topics = new Map<OutboxRow, string[]>();
  for (const { topic, rows } of batches)
    for (const row of rows) if (isSampled(row.trace)) topics.set(row, [...(topics.get(row) ?? []), topic]);
  if (topics.size === 0 || topics.size > spansMax) return { rows: (rows) => [...rows], acknowledged: () => {} };
  const open = new Map(
    [...topics].map(([row, to]) => [
      row.id,
      { span: spanOf(pubsub, row, to), waits: to.length, error: undefined as string | undefined },
    ]),
  );
  return {
    rows: (rows) => rows.map((row) => ({ ...row, trace: open.get(row.id)?.span.trace ?? row.trace })),
    acknowledged(id, outcome) {
      const event = open.get(id);
      if (!event) return;
      if (outcome.type !== 'ok') event.error = sentenceOf(outcome);
      event.waits -= 1;
      if (event.waits === 0) event.span.end(event.error);
    },
  };
}

function spanOf(pubsub: string, row: OutboxRow, topics: readonly string[]): LooseSpan {
  return looseSpan(`publish ${topics.join(' ')}`, {
    kind: 'producer',
    parent: row.trace as string,
    startedAtMs: timeOf(row.id),
    attributes: {
      'messaging.system': pubsub,
      'messaging.message.id': row.id,
      'event.type': row.type,
      'event.attempt': row.attempts + 1,
      ...(row.requestId !== null && { 'request.id': row.requestId }),
    },
  });
}

/** The first 48 bits of a UUIDv7. */
const timeOf = (eventId: string): number => Number.parseInt(eventId.replaceAll('-', '').slice(0, 12), 16);
