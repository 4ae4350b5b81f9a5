/** Publishing, without the wire: what is said to the sidecar, and what its answer means for each event. */
import { daprErrorOf, type Failure, fail, failureOf, type HttpAnswer, type Outcome, ok, unsure } from './outcome.ts';

export type EntryOutcome = Outcome<null>;

export interface PublishEntry {
  readonly id: string;
  readonly type: string;
  readonly key: string;
  /** The event as JSON text; passed on as it is. */
  readonly body: string;
  readonly trace: string | null;
  /** Of the request that made the event. */
  readonly requestId: string | null;
}

/** Sarama's words for a record that no retry makes smaller. */
const neverFits = /larger than configured|too large/i;

/**
 * Refusals that are about the event and stay what they are. Any other is about the way there (a scope, `allowedTopics`, a component or
 * a topic that is missing), and whoever keeps that can put it right.
 */
const aboutTheEvent = new Set([
  'ERR_PUBSUB_EVENTS_SER',
  'ERR_PUBSUB_CLOUD_EVENTS_SER',
  'ERR_PUBSUB_REQUEST_METADATA',
  'HTTP_413',
]);

export const publishUrl = (kind: 'publish' | 'publish/bulk', pubsub: string, topic: string): string =>
  `/v1.0/${kind}/${encodeURIComponent(pubsub)}/${encodeURIComponent(topic)}`;

/** The one id becomes the CloudEvent's, the key the record's, the request's trace the event's. */
export function publishMetadata(entry: PublishEntry): Record<string, string> {
  return {
    'cloudevent.id': entry.id,
    'cloudevent.type': entry.type,
    partitionKey: entry.key,
    ...(entry.trace !== null && { 'cloudevent.traceparent': entry.trace }),
    // Kafka's component makes a record header of each pair, and the other sidecar an HTTP header of each of those: the
    // subscriber's web.ts finds it where it looks for every request's id.
    ...(entry.requestId !== null && { 'X-Request-ID': entry.requestId }),
  };
}

/** All metadata is the entry's own: in the Kafka component metadata of the request would overwrite it. */
export function bulkBody(entries: readonly PublishEntry[]): Buffer {
  const texts = entries.map(
    (entry) =>
      `{"entryId":"${entry.id}","contentType":"application/json","metadata":${JSON.stringify(publishMetadata(entry))},"event":${entry.body}}`,
  );
  return Buffer.from(`[${texts.join(',')}]`);
}

/** One topic's answer, read per entry. */
export type PublishAnswer = (id: string) => EntryOutcome;

export const sameForAll =
  (outcome: EntryOutcome): PublishAnswer =>
  () =>
    outcome;

export function publishAnswer(answer: HttpAnswer): PublishAnswer {
  if (answer.status < 300) return sameForAll(ok(null));
  const { code, message, failedEntries } = daprErrorOf(answer);
  if (answer.status < 500) return sameForAll(fail(code, !aboutTheEvent.has(code)));
  if (failedEntries.length === 0) return sameForAll(neverFits.test(message) ? tooLarge : failureOf(answer));
  // In a partly failed bulk call, what is not listed was acknowledged by the broker.
  const failed = new Map(failedEntries.map(({ entryId, error }) => [entryId, error ?? code]));
  return (id) => {
    const error = failed.get(id);
    if (error === undefined) return ok(null);
    return neverFits.test(error) ? tooLarge : unsure(`${code}: ${error}`);
  };
}

const tooLarge: Failure = fail('MESSAGE_TOO_LARGE', false);
