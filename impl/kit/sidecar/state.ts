/** The state store, without the wire: what is said to the sidecar, and what its answer means. */
import { daprErrorOf, fail, failureOf, type HttpAnswer, type Outcome, ok, unsure } from './outcome.ts';

/** A value of the state store as it was when it was read. */
export interface Stored<T> {
  readonly value: T;
  readonly etag: string;
}

export interface SaveOptions {
  /** What `getState` gave; null: only if there is nothing under the key yet; undefined: whatever is there. */
  readonly etag?: string | null;
  readonly ttlS?: number;
}

export const stateUrl = (store: string, key?: string): string =>
  `/v1.0/state/${encodeURIComponent(store)}${key === undefined ? '' : `/${encodeURIComponent(key)}`}`;

/** Mixing the two modes on one key breaks on Redis: after a first-write, a save without an etag is refused. */
export function saveBody(key: string, value: unknown, { etag, ttlS }: SaveOptions): Buffer {
  const item = {
    key,
    value,
    ...(etag != null && { etag }),
    ...(ttlS !== undefined && { metadata: { ttlInSeconds: String(ttlS) } }),
    options: { concurrency: etag === undefined ? 'last-write' : 'first-write', consistency: 'strong' },
  };
  return Buffer.from(JSON.stringify([item]));
}

export function storedOf<T>(answer: HttpAnswer): Outcome<Stored<T> | null> {
  if (answer.status === 204) return ok(null);
  if (answer.status !== 200) return failureOf(answer);
  try {
    return ok({ value: JSON.parse(answer.body.toString()) as T, etag: answer.headers.etag ?? '' });
  } catch {
    return fail('STATE_UNREADABLE', false);
  }
}

const outage = /dial tcp|refused|timeout|deadline|\bEOF\b|reset by peer|broken pipe|LOADING|READONLY/;
/** A lost "only if absent" is a 500 whose text differs by component: Redis', then Postgres'. */
const lostRace = /failed to set key|no item was updated/;

export function saveAnswer(answer: HttpAnswer, { etag }: SaveOptions): Outcome<null> {
  if (answer.status < 300) return ok(null);
  const { code, message } = daprErrorOf(answer);
  // Redis' component tells an outage in the same way as a conflict; only the driver's words at the end differ.
  if (outage.test(message)) return unsure(`${code}: ${message}`);
  if (answer.status === 409) return fail('STATE_CONFLICT', true);
  if (etag === null && lostRace.test(message)) return fail('STATE_CONFLICT', true);
  return failureOf(answer);
}

export function deleteAnswer(answer: HttpAnswer): Outcome<null> {
  if (answer.status < 300) return ok(null);
  // No etag was sent, so nothing can conflict: this is how Redis' component words an outage.
  if (answer.status === 409) return unsure(daprErrorOf(answer).message);
  return failureOf(answer);
}
