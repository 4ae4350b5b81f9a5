/** One span per event, from the change to the broker's acknowledgement: the part of a trace that no request waits for. */
import type { OutboxRow } from '../outbox.ts';
import { sentenceOf } from '../sidecar/outcome.ts';
import type { EntryOutcome } from '../sidecar/publish.ts';
import { isSampled, type LooseSpan, looseSpan } from '../telemetry.ts';

/**
 * When many rows wait, a backlog is being drained, and what matters then is that it ends. Their events still carry the
 * trace of their request; only this span is missing between.
 */
const spansMax = 10;

export interface ProducerSpans {
  /** The rows as they are published: an event with a span continues from it. */
  readonly rows: readonly OutboxRow[];
  acknowledged(id: string, outcome: EntryOutcome): void;
}

export function producerSpans(pubsub: string, rows: readonly OutboxRow[]): ProducerSpans {
  const sampled = rows.filter((row) => isSampled(row.trace));
  if (sampled.length === 0 || sampled.length > spansMax) return { rows, acknowledged: () => {} };
  const spans = new Map(sampled.map((row) => [row.id, spanOf(pubsub, row)]));
  return {
    rows: rows.map((row) => ({ ...row, trace: spans.get(row.id)?.trace ?? row.trace })),
    acknowledged(id, outcome) {
      spans.get(id)?.end(outcome.type === 'ok' ? undefined : sentenceOf(outcome));
    },
  };
}

function spanOf(pubsub: string, row: OutboxRow): LooseSpan {
  return looseSpan(`publish ${row.topics.join(' ')}`, {
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
